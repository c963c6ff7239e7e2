"""Checks recorded requests and responses against Google's discovery documents.

    conformance-google.py FOLDER RECORDINGS...

FOLDER contains `schemas-aiplatform-v1.json`, `schemas-aiplatform-v1beta1.json` and `schemas-storage-v1.json`; RECORDINGS
are `recordings.jsonl` files of emulators that were started with `--record-bodies`. Snake-case names and 64-bit integers
as numbers are normalized first, because Google's own clients send them and its servers accept them. Prints covered
operations, checks and deviations; exits with 1 if there is a deviation, or if a method that Assay uses was not called.
"""

import json
import re
import sys
import urllib.parse
from pathlib import Path

# Methods of the documents that nothing here calls, with why.
NOT_CALLED = [
    (r"deployModel$|endpoints\.patch$|mergeVersionAliases$", "a managed tuned model cannot be deployed again"),
    (r"deleteVersion$|listVersions$", "a tuned model has one version; the model is deleted"),
    (r"models\.(patch|listCheckpoints|list)$|endpoints\.list$", "for scripts; Assay reads the tuning job"),
    (r"operations\.(wait|list|cancel|delete)$|models\.operations|tuningJobs\.operations|locations\.operations",
     "Assay polls the operation by its name"),
    (r"tensorboards\.(get|batchRead)$|runs\.(get|list)$|exportTensorboardTimeSeries$|locations\.(get|list)$",
     "Assay reads metrics by contexts.list, timeSeries.list and timeSeries.read"),
    (r"rebaseTunedModel$|optimizePrompt$|processData$|validateReinforcementTuningReward$", "not a step of an experiment"),
    (r"countTokens$|publishers\.models\.get$", "estimates and checks of names"),
    (r"buckets\.(insert|list)$|objects\.(compose|patch)$", "Assay uses a bucket that exists, and whole objects"),
]


class Document:
    def __init__(self, path, prefix=""):
        document = json.loads(Path(path).read_text())
        self.name = Path(path).stem.removeprefix("schemas-")
        self.schemas = document["schemas"]
        self.methods = []
        for name, method in document["methods"].items():
            template = prefix + method["flatPath" if "flatPath" in method else "path"]
            if not prefix:
                template = "/" + template
            shape = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
            self.methods.append((re.compile(shape + "$"), method["httpMethod"], name, method))
        # The most specific path first.
        self.methods.sort(key=lambda entry: -len(entry[0].pattern))

    def method(self, verb, path):
        return next((entry[2:] for entry in self.methods if entry[1] == verb and entry[0].match(path)), None)

    def problems(self, schema, value, where):
        """The parts of a value that the schema does not allow."""
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        kind = schema.get("type", "any")
        if kind == "any":
            return
        if kind == "object":
            if not isinstance(value, dict):
                yield f"{where}: {json.dumps(value)[:60]} is not an object"
                return
            named = schema.get("properties", {})
            other = schema.get("additionalProperties")
            for key, member in value.items():
                name = key if key in named else camel(key)
                if name in named:
                    yield from self.problems(named[name], member, f"{where}.{name}")
                elif other is not None:
                    yield from self.problems(other, member, f"{where}.{key}")
                elif named or "LEFT OUT" not in schema.get("description", ""):
                    yield f"{where}.{key}: not a field"
        elif kind == "array":
            if not isinstance(value, list):
                yield f"{where}: is not a list"
                return
            for item in value:
                yield from self.problems(schema["items"], item, where + "[]")
        elif kind == "string":
            if schema.get("format") in ("int64", "uint64") and isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if not isinstance(value, str):
                yield f"{where}: {json.dumps(value)[:60]} is not a string"
            elif schema.get("format") in ("int64", "uint64") and not re.fullmatch(r"-?\d+", value):
                yield f"{where}: {value[:60]!r} is not a 64-bit integer"
            elif "enum" in schema and value not in schema["enum"]:
                yield f"{where}: {value[:60]!r} is not one of the enumeration"
            elif schema.get("format") in ("google-datetime", "date-time") and not re.fullmatch(
                    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value):
                yield f"{where}: {value[:60]!r} is not a time"
        elif kind in ("integer", "number"):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or kind == "integer" and value != int(value):
                yield f"{where}: {json.dumps(value)[:60]} is not a number"
        elif kind == "boolean" and not isinstance(value, bool):
            yield f"{where}: {json.dumps(value)[:60]} is not a truth value"


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


ERROR = {
    "type": "object",
    "properties": {"error": {"type": "object", "properties": {
        "code": {"type": "integer"}, "message": {"type": "string"}, "status": {"type": "string"},
        "details": {"type": "array", "items": {"type": "any"}},
        "errors": {"type": "array", "items": {"type": "any"}}}}},
}


def main():
    folder = Path(sys.argv[1])
    v1 = Document(folder / "schemas-aiplatform-v1.json")
    beta = Document(folder / "schemas-aiplatform-v1beta1.json")
    storage = Document(folder / "schemas-storage-v1.json", "/storage/v1/")
    covered, checks, deviations, unknown = set(), 0, {}, set()

    def note(method, problems):
        for problem in problems:
            deviations[method, problem] = deviations.get((method, problem), 0) + 1

    def parameters(method, query, other=()):
        named = set(method.get("parameters", {})) | {
            "alt", "$alt", "fields", "key", "prettyPrint", "quotaUser", "uploadType", "upload_id", "userProject", *other}
        for key in urllib.parse.parse_qs(query, keep_blank_values=True):
            if key not in named:
                yield f"query: {key} is not a parameter"

    for file in sys.argv[2:]:
        for line in Path(file).read_text().splitlines():
            recording = json.loads(line)
            verb, path, query = recording["method"], recording["path"], recording["query"]
            if path.startswith("/emulator") or path == "/token":
                continue
            answer = json.loads(recording["response"]) if recording.get("response") else None
            request = json.loads(recording["request"]) if recording.get("request") else None
            upload = re.match(r"/(?:resumable/)?upload/(storage/v1/.*)", path)
            if upload:
                document, path, verb = storage, "/" + upload[1], "POST"
            elif path.startswith("/download/storage/"):
                document, path, answer = storage, path.removeprefix("/download"), None
            elif path.startswith("/storage/"):
                document = storage
                if "alt=media" in query and recording["status"] < 400:
                    answer = None
            else:
                document = beta if path.startswith("/v1beta1/") else v1
            if ":streamGenerateContent" in path:
                path = path.replace(":streamGenerateContent", ":generateContent")
                answer = answer[0] if isinstance(answer, list) else answer
            found = document.method(verb, path)
            if not found:
                unknown.add(f"{verb} {re.sub(r'[0-9]{10,}', '…', path)}")
                continue
            name, method = found
            name = name.removeprefix("aiplatform.projects.locations.")
            covered.add((document.name, found[0]))
            checks += 1
            note(name, parameters(method, query))
            if request is not None and recording["status"] < 400 and "request" in method:
                checks += 1
                note(name, document.problems(method["request"], request, "request"))
            if answer is not None:
                checks += 1
                if recording["status"] >= 400:
                    note(name, v1.problems(ERROR, answer, f"answer {recording['status']}"))
                elif "response" in method:
                    note(name, document.problems(method["response"], answer, "answer"))
            if document is not storage and recording["status"] < 400 and recording["status"] != 200:
                note(name, [f"answer: status {recording['status']} is not 200"])

        forms = Path(file).with_name("forms.jsonl")
        for line in forms.read_text().splitlines() if forms.exists() else []:
            form = json.loads(line)
            method = next(method for _, _, name, method in storage.methods if name == "storage.objects.insert")
            checks += 1
            note("storage.objects.insert", storage.problems(method["request"], form["metadata"], "metadata"))

    print(f"methods called: {len(covered)}; checks made: {checks}")
    for document, name in sorted(covered):
        print(f"  {document}: {name}")
    called = {name for _, name in covered}
    forgotten = []
    print("not called, for a reason:")
    for document in (v1, storage):
        for _, _, name, _ in document.methods:
            if name in called:
                continue
            reason = next((why for what, why in NOT_CALLED if re.search(what, name)), None)
            if reason:
                print(f"  {name} ({reason})")
            elif name not in forgotten:
                forgotten.append(name)
    if forgotten:
        print("NOT CALLED:", *forgotten, sep="\n  ")
    if unknown:
        print("not in the documents:", *sorted(unknown), sep="\n  ")
    print(f"deviations: {len(deviations)}")
    for (name, problem), count in sorted(deviations.items()):
        print(f"  x{count} {name}: {problem}")
    sys.exit(1 if deviations or unknown or forgotten else 0)


main()
