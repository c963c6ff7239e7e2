"""Checks recorded requests and responses against the provider's API descriptions.

    conformance.py SPECS RECORDINGS...

SPECS is the folder of the descriptions; RECORDINGS are `recordings.jsonl` files of emulators that were started with
`--record-bodies`. Prints covered operations, checks, and deviations with their sources; exits with 1 if a deviation is
not in the list below, or if an operation was not called.
"""

import json
import re
import sys
from pathlib import Path

import yaml
from jsonschema import Draft4Validator
from openapi_schema_validator import OAS30Validator

# Known differences from the reference: place and difference as regular expressions, reason, and source.
KNOWN = [
    (
        r"fine_tuning/jobs.*",
        r".*\btrainingType\b.*",
        "not named by this reference; the service takes it and echoes it",
        "notebook Demos/DistillingSarcasm of azure-ai-foundry/fine-tuning, with the service's answers",
    ),
    (
        r"fine_tuning/jobs.*",
        r".*\bmethod\.(supervised|dpo|reinforcement)\b.*",
        "the settings of a method, which the previews leave out and the SDK sends",
        "v1 reference, FineTuneMethod; openai 3.54.0 on the wire",
    ),
    (
        r"fine_tuning/jobs.*",
        r".*method\.type: 'reinforcement' is not one of.*",
        "a method that is newer than this reference",
        "v1 reference, FineTuneMethod; the provider's page on reinforcement fine-tuning",
    ),
    (
        r"v1.*fine_tuning/jobs.*",
        r".*status: '(pending|pausing|paused|resuming)' is not one of.*",
        "this reference has OpenAI's words only, the service says pending; its own pause and resume lead to the others",
        "BerriAI/litellm#24687; the same notebook; authoring reference 2025-04-01-preview, FineTuningState",
    ),
    (
        r"batches.*",
        r".*errors\.data.* is not of type 'object'.*",
        "the service sends a list, this reference has one object",
        "the provider's how-to on batches and its Python sample",
    ),
    (
        r"batches.*",
        r"answer .*: None is not of type '(integer|string|object)'",
        "the service writes null for what is not there yet",
        "the answers in the provider's Python sample for batches",
    ),
    (
        r"v1.*chat/completions",
        r".*prompt_filter_results.*",
        "this reference nests the verdicts twice, the service once",
        "inference reference 2024-10-21, promptFilterResults; the answers in the provider's Python sample for batches",
    ),
    (
        r"chat/completions",
        r".*prompt_tokens_details.*",
        "newer than this reference",
        "the provider's page on prompt caching",
    ),
    (
        r"chat/completions",
        r"request response_format: .*'json_schema'.* is not valid under any.*",
        "this reference wants `type` within json_schema too",
        "the provider's page on structured outputs; inference reference 2024-10-21",
    ),
    (
        r"files$",
        r"form: expires_after\[(anchor|seconds)\] .*",
        "brackets in place of dots",
        "openai 3.54.0 on the wire",
    ),
    (
        r"v1.*files$",
        r"form: 'expires_after' is required",
        "optional in practice",
        "the provider's fine-tuning page for REST and its notebooks upload without it",
    ),
    (
        r"deployments/.*chat/completions",
        r"request model: .*",
        "the SDK keeps it in the body",
        "openai 3.54.0 on the wire",
    ),
]

# The operations that Assay uses; others (embeddings, evaluations, vector stores, …) are ignored.
CONCERN = r"^/(files|uploads|batches|fine_tuning/jobs|models|chat/completions|deployments/[^/]+/chat|subscriptions)"

# Operations of the concern that nothing here makes, with why.
NOT_MADE = [
    (r"/files/import$", "fetches from the network, which the emulator does not"),
    (r"/checkpoints/.*/copy$", "moves a checkpoint to another account; Assay has one account a provider"),
    (r"/deployments/[^/]+/skus$", "Assay takes the SKU from the spec"),
]


class Reference:
    """One reference file: finds the schemas of a request and of its answer."""

    def __init__(self, path, prefix):
        text = Path(path).read_text()
        self.document = yaml.safe_load(text) if str(path).endswith("yaml") else json.loads(text)
        self.prefix = prefix
        self.name = Path(path).name
        self.is_swagger = "definitions" in self.document
        self.routes = []
        for template, item in self.document["paths"].items():
            shape = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
            self.routes.append((re.compile(shape + "$"), template, item))
        self.routes.sort(key=lambda route: "{" in route[1])

    def operation(self, method, path):
        for shape, template, item in self.routes:
            if shape.match(path) and method.lower() in item:
                return template, item[method.lower()]
        return None

    def resolve(self, value):
        while isinstance(value, dict) and "$ref" in value:
            target = self.document
            for key in value["$ref"][2:].split("/"):
                target = target[key]
            value = target
        return value

    def request_schema(self, operation):
        if isinstance(operation.get("body"), str):
            return {"$ref": "#/definitions/" + operation["body"]}
        for parameter in operation.get("parameters", []):
            parameter = self.resolve(parameter)
            if parameter.get("in") == "body":
                return parameter["schema"]
        content = self.resolve(operation.get("requestBody", {})).get("content", {})
        return content.get("application/json", {}).get("schema")

    def response_schema(self, operation, status):
        responses = operation["responses"]
        if str(status) in responses:
            response = responses[str(status)]
        elif status >= 400:
            response = responses.get("default", {"$ref": "none"} if self.is_swagger else {})
            if "default" not in responses:
                return None
        else:
            raise LookupError(f"status {status} is not one of {sorted(responses)}")
        if response is None:
            return None
        if isinstance(response, str):
            return {"$ref": "#/definitions/" + response}
        response = self.resolve(response)
        if self.is_swagger:
            return response.get("schema")
        return response.get("content", {}).get("application/json", {}).get("schema")

    def form_problems(self, operation, fields, files):
        """A form's parts against the reference's: names, required ones, enums and ranges."""
        if self.is_swagger:
            known = {}
            for parameter in operation.get("parameters", []):
                parameter = self.resolve(parameter)
                if parameter.get("in") == "formData":
                    known[parameter["name"]] = parameter
            required = [name for name, parameter in known.items() if parameter.get("required")]
        else:
            schema = self.resolve(operation["requestBody"]["content"]["multipart/form-data"]["schema"])
            known = {name: self.resolve(part) for name, part in schema["properties"].items()}
            required = schema.get("required", [])
        for name in required:
            if name not in fields and name not in files:
                yield f"form: '{name}' is required"
        for name, value in fields.items():
            part = known.get(name) or known.get(re.split(r"[.\[]", name)[0])
            if part is None:
                yield f"form: {name} is not named by the reference"
            elif "enum" in part and value not in part["enum"]:
                yield f"form: {name} '{value}' is not one of {part['enum']}"
            elif part.get("type") == "integer" and not part["minimum"] <= int(value) <= part["maximum"]:
                yield f"form: {name} {value} is out of range"
        for name, content_type in files.items():
            if name not in known:
                yield f"form: file {name} is not named by the reference"
            if not content_type:
                yield f"form: file {name} has no content type"

    def problems(self, schema, value):
        root = dict(self.document)
        root.pop("paths", None)
        validator_class = Draft4Validator if self.is_swagger else OAS30Validator
        root.update(schema)
        for error in validator_class(root).iter_errors(value):
            where = ".".join(str(part) for part in error.absolute_path)
            yield f"{where}: {error.message}"[:300]
        yield from self.unnamed([schema], value, "")

    def unnamed(self, schemas, value, where):
        """Members that no part of the reference's schemas names."""
        parts = [part for schema in schemas for part in self.parts(schema)]
        if isinstance(value, list):
            items = [part["items"] for part in parts if "items" in part]
            for item in value[:3]:
                yield from self.unnamed(items, item, where)
            return
        if not isinstance(value, dict) or not any("properties" in part for part in parts):
            return
        is_open = any(part.get("additionalProperties", False) is not False for part in parts)
        for key, member in value.items():
            place = f"{where}.{key}".lstrip(".")
            named = [part["properties"][key] for part in parts if key in part.get("properties", {})]
            if named:
                yield from self.unnamed(named, member, place)
            elif not is_open:
                yield place + ": not named by the reference"

    def parts(self, schema):
        """A schema and all that it is composed of."""
        schema = self.resolve(schema)
        yield schema
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(key, []):
                yield from self.parts(part)
        for target in schema.get("discriminator", {}).get("mapping", {}).values() if not self.is_swagger else ():
            yield self.resolve({"$ref": target})


def main():
    specs = Path(sys.argv[1])
    stable = Reference(specs / "azureopenai-authoring-2024-10-21.transcribed.json", "/openai")
    preview = Reference(specs / "azureopenai-authoring-2025-04-01-preview.transcribed.json", "/openai")
    inference = Reference(specs / "azure-inference-2024-10-21.ai-hub-gateway-copy.yaml", "/openai")
    v1 = Reference(specs / "azure-v1.AI-Gateway-copy.json", "/openai/v1")
    control = Reference(specs / "arm-accounts-deployments-2025-09-01.from-pypi.json", "")

    def reference(path, query):
        if path.startswith("/openai/v1/"):
            return v1
        if path.startswith("/openai/deployments/"):
            return inference
        if path.startswith("/openai/"):
            return preview if "preview" in query else stable
        return control

    covered, checks, deviations, unreferenced = set(), 0, {}, set()
    for file in sys.argv[2:]:
        for line in Path(file).read_text().splitlines():
            recording = json.loads(line)
            path = recording["path"]
            if path.startswith("/emulator"):
                continue
            spec = reference(path, recording["query"])
            found = spec.operation(recording["method"], path.removeprefix(spec.prefix))
            if not found:
                unreferenced.add(f"{recording['method']} {re.sub(r'[0-9a-f-]{32,}', '…', path)}")
                continue
            template, operation = found
            covered.add((spec.name, recording["method"], template))
            problems = []
            if "apim-request-id" not in recording["headers"]:
                problems.append("no apim-request-id")
            if recording.get("request") and recording["status"] < 400:
                schema = spec.request_schema(operation)
                if schema:
                    checks += 1
                    problems += ["request " + text for text in spec.problems(schema, json.loads(recording["request"]))]
            try:
                schema = spec.response_schema(operation, recording["status"])
                checks += 1
                if schema and recording.get("response"):
                    answer = json.loads(recording["response"])
                    problems += [f"answer {recording['status']} " + text for text in spec.problems(schema, answer)]
            except LookupError as error:
                problems.append(f"answer {error}")
            for problem in problems:
                deviations.setdefault((f"{spec.name} {recording['method']} {template}", problem), 0)
                deviations[(f"{spec.name} {recording['method']} {template}", problem)] += 1

    for file in sys.argv[2:]:
        forms = Path(file).with_name("forms.jsonl")
        for line in forms.read_text().splitlines() if forms.exists() else []:
            form = json.loads(line)
            query = form["query"].get("api-version", "")
            spec = reference(form["path"], query)
            found = spec.operation("POST", form["path"].removeprefix(spec.prefix))
            if not found:
                continue
            checks += 1
            for problem in spec.form_problems(found[1], form["fields"], form["files"]):
                key = (f"{spec.name} POST {found[0]}", problem)
                deviations[key] = deviations.get(key, 0) + 1

    concern, left_out, forgotten = 0, [], []
    for spec in (stable, preview, inference, v1, control):
        for _, template, item in spec.routes:
            for method in sorted({"get", "post", "put", "patch", "delete"} & set(item)):
                if not re.search(CONCERN, template):
                    continue
                concern += 1
                if (spec.name, method.upper(), template) in covered:
                    continue
                reason = next((why for what, why in NOT_MADE if re.search(what, template)), None)
                (left_out if reason else forgotten).append(f"{spec.name}: {method.upper()} {template}" + f" ({reason})" * bool(reason))

    mine = {entry for entry in covered if re.search(CONCERN, entry[2])}
    print(f"operations covered: {len(mine)} of the {concern} that concern Assay")
    for name, method, template in sorted(covered):
        print(f"  {name}: {method} {template}")
    print("not made, for a reason:", *left_out, sep="\n  ")
    if forgotten:
        print("NOT MADE:", *forgotten, sep="\n  ")
    print(f"checks made: {checks}")
    if unreferenced:
        print("not in the reference files at hand:", *sorted(unreferenced), sep="\n  ")
    known, unknown = {}, []
    for (where, problem), count in sorted(deviations.items()):
        entry = next((entry for entry in KNOWN if re.search(entry[0], where) and re.search(entry[1], problem)), None)
        if entry:
            known.setdefault(entry, []).append((where, problem, count))
        else:
            unknown.append(f"x{count} {where}: {problem}")
    print(f"deviations known: {len(known)}")
    for (_, _, why, source), found in known.items():
        where, problem, _ = found[0]
        print(f"  {why}\n    says: {source}")
        print(f"    seen x{sum(count for _, _, count in found)}, such as {where}: {problem[:160]}")
    for entry in KNOWN:
        if entry not in known:
            print(f"  not seen this time: {entry[2]}")
    print(f"deviations unknown: {len(unknown)}", *unknown, sep="\n  ")
    sys.exit(1 if unknown or forgotten else 0)


main()
