"""Reads the output of 'assay export' with programs that use the formats. Called by scripts/test-exports."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from hashlib import sha256

warnings.filterwarnings("ignore")

assay = os.path.abspath(sys.argv[1])
schemas = pathlib.Path(sys.argv[2]).resolve() / "every_eval_ever" / "schemas"
work = pathlib.Path(tempfile.mkdtemp(prefix="assay-exports-"))
environment = dict(os.environ, XDG_CONFIG_HOME=str(work / "config"), NO_PROXY="127.0.0.1,localhost")
environment["ASSAY_STATE"] = str(work / ".assay")
environment.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")
for name in list(environment):
    if name.startswith("MLFLOW_TRACKING"):
        del environment[name]
HOSTILE = "=cmd|' /C calc'!A0 \\end{tabular} | <script>alert(1)</script> ]]> `x` [a](b) \u202e $x_1^2$ ~&%#{}"

SPEC = """
assay: 1
name: "shared <b> & \\\\input{x} | run"
dataset: { generate: { pictures: shapes, labels: 3, per_label: 10, seed: 7 } }
splits: { main: { train: 6, validation: 1, test: 3, order: name } }
models:
  cnn:
    train:
      architecture: small_cnn
      weights: none
      data: { split: main }
      epochs: 3
      batch_size: 8
      optimizer: { adamw: { learning_rate: 3.0e-3 } }
      schedule: constant
      seed: 42
  published: { answers: published.csv, columns: { path: file, answer: said, cost_usd: usd, latency_ms: ms } }
  notes: { answers: notes.jsonl }
evaluations:
  accuracy: { split: main.test, allow_missing: true, models: { cnn: {}, published: {}, notes: {} } }
baseline: published
claims:
  - { metric: evaluations.accuracy.published.accuracy, published: 0.6667, within: 0.5 }
  - { metric: evaluations.accuracy.published.accuracy, at_least: 0.99 }
  - { stated: "a statement with <markup> & \\\\commands" }
"""

checks = 0


def check(condition, message):
    global checks
    checks += 1
    if not condition:
        raise SystemExit(f"failed: {message}")


def run(*arguments, status=0):
    done = subprocess.run([assay, *arguments], cwd=work, env=environment, capture_output=True, text=True)
    check(done.returncode == status, f"assay {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def table_reader(lines):
    import csv as reader

    return list(reader.DictReader(lines))


def timed(name, function):
    start = time.monotonic()
    function()
    print(f"{name}: {time.monotonic() - start:.1f} s", flush=True)


def project():
    """A run with a network, recorded answers with hostile texts, and claims of every verdict."""
    (work / "assay.yaml").write_text(SPEC)
    (work / "published.csv").write_text("file,said,usd,ms\nnowhere.png,x,,\n")
    (work / "notes.jsonl").write_text('{"path": "nowhere.png", "answer": "y"}\n')
    run("run", "--yes", status=1)
    # The split's images are in the store: the table of the network's predictions names them.
    failed = run("run", "--yes", "--set", "evaluations.accuracy.models={cnn: {}}", "--set", "baseline=cnn", "--set", "claims=[]")
    check(failed.returncode == 0, "the network alone")
    table = run("report", "--format", "predictions").stdout.splitlines()
    items = [(row["example"], row["label"]) for row in table_reader(table)]
    check(len(items) == 9, f"9 items: {items}")
    rows = ["file,said,usd,ms"]
    for at, (path, label) in enumerate(items):
        said = HOSTILE if at == 0 else label if at % 3 else items[(at + 3) % 9][1]
        rows.append(f'{path},"{said}",0.001,{100 + at}')
    (work / "published.csv").write_text("\n".join(rows) + "\n")
    notes = [json.dumps({"path": path, "answer": label if at % 2 else None}) for at, (path, label) in enumerate(items)]
    (work / "notes.jsonl").write_text("\n".join(notes) + "\n")
    run("run", "--yes")
    metrics = json.loads(run("report", "--format", "json").stdout)["variants"]["default"]["evaluations"]["accuracy"]
    check(abs(metrics["published"]["result_cost_usd"] - 0.009) < 1e-9, "the stated cost is the row's cost")
    check(metrics["notes"]["result_cost_usd"] is None and metrics["notes"]["latency_ms"] is None, "unknown cost and latency")
    check(metrics["notes"]["missing"] == 5 and metrics["notes"]["n"] == 4, "null is a missing answer")
    check(abs(metrics["published"]["latency_ms"]["mean"] - 104) < 1e-9, "recorded latencies")


def junit():
    from junitparser import JUnitXml

    path = json.loads(run("export", "--to", "junit", "--json").stdout)["path"]
    xml = JUnitXml.fromfile(str(work / path))
    suites = list(xml)
    check([suite.name for suite in suites] == ["claims of default", "steps"], f"suites {[s.name for s in suites]}")
    check(suites[0].tests == 3 and suites[0].failures + suites[0].skipped >= 1, "claims")
    check(sum(1 for case in suites[1] if case.is_passed) == suites[1].tests, "every step passed")
    check(any("<markup> & \\commands" in case.name for case in suites[0]), "texts come back as they were")


def latex():
    from pylatexenc.latex2text import LatexNodes2Text
    from pylatexenc.latexwalker import LatexWalker, LatexEnvironmentNode

    text = run("export", "--to", "latex").stdout
    nodes, _, length = LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
    check(length == len(text), "the whole text parses")
    tables = [node for node in nodes if isinstance(node, LatexEnvironmentNode) and node.environmentname == "table"]
    check(len(tables) == 3, f"{len(tables)} tables")
    check("\\input{x}" not in text and text.count("\\end{tabular}") == 3, "no command comes from a text")
    plain = LatexNodes2Text().latex_to_text(text)
    # pylatexenc does not know the signs of \\textless and \\textbar.
    check("b & \\input{x}" in plain, "the name reads as it was")
    for program in ["tectonic", "pdflatex", "lualatex"]:
        if shutil.which(program):
            (work / "tables.tex").write_text("\\documentclass{article}\\begin{document}" + text + "\\end{document}")
            options = [] if program == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
            done = subprocess.run([program, *options, "tables.tex"], cwd=work, capture_output=True, text=True)
            check(done.returncode == 0, f"{program}: {done.stdout[-2000:]}")
            print(f"compiled by {program}")
            break
    else:
        print("no TeX here: parsed, not compiled")


def markdown():
    from markdown_it import MarkdownIt

    text = run("export", "--to", "github-summary").stdout
    check(len(text.encode()) <= 1 << 20, "within the limit of a summary")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    kinds = [token.type for token in tokens]
    inline = [child for token in tokens for child in token.children or []]
    check(kinds.count("table_open") == 3, "three tables")
    check("html_block" not in kinds and not any(c.type in ("html_inline", "link_open", "image") for c in inline), "no markup from texts")
    check(any("<b> & \\input{x} | run" in "".join(c.content for c in token.children or []) for token in tokens), "the name")


def csv():
    import csv as reader

    text = run("export", "--to", "csv").stdout
    rows = list(reader.DictReader(text.splitlines()))
    check(len({(row["model"], row["metric"]) for row in rows}) == len(rows) > 20, "one line per metric")
    check(all(cell[:1] not in "=+@" or not cell for row in rows for cell in row.values()), "no formulas")
    accuracy = next(row for row in rows if row["model"] == "published" and row["metric"] == "accuracy")
    check(float(accuracy["low"]) < float(accuracy["value"]) < float(accuracy["high"]), "an interval")


def every_eval_ever():
    import jsonschema

    run("export", "--to", "eee", "--output", "eee")
    again = sorted((work / "eee").rglob("*.*"))
    run("export", "--to", "eee", "--output", "eee")
    check(sorted((work / "eee").rglob("*.*")) == again and len(again) == 6, "the same six files again")
    aggregate = json.loads((schemas / "eval.schema.json").read_text())
    instance = json.loads((schemas / "instance_level_eval.schema.json").read_text())
    for file in again:
        if file.suffix == ".json":
            record = json.loads(file.read_text())
            jsonschema.Draft7Validator(aggregate).validate(record)
            details = record["detailed_evaluation_results"]
            samples = work / "eee" / details["file_path"]
            check(sha256(samples.read_bytes()).hexdigest() == details["checksum"], "checksum")
            lines = samples.read_text().splitlines()
            check(len(lines) == details["total_rows"], "rows")
            accuracy = next(r for r in record["evaluation_results"] if r["metric_config"]["metric_id"] == "accuracy")
            scores = [json.loads(line)["evaluation"]["score"] for line in lines]
            check(abs(sum(scores) / len(scores) - accuracy["score_details"]["score"]) < 1e-9, "the samples give the score")
        else:
            for line in file.read_text().splitlines():
                jsonschema.Draft7Validator(instance).validate(json.loads(line))


def ro_crate():
    run("export", "--to", "ro-crate", "--output", "crate")
    first = {file.name: file.read_bytes() for file in (work / "crate").iterdir()}
    run("export", "--to", "ro-crate", "--output", "crate")
    check(first == {file.name: file.read_bytes() for file in (work / "crate").iterdir()}, "exporting again changes nothing")
    validate_crate(work / "crate")
    done = run("verify", "crate")
    check("The crate is sound" in done.stdout, done.stdout)
    metrics = work / "crate" / "metrics.json"
    text = metrics.read_text()
    metrics.write_text(text.replace('"missing": 5', '"missing": 0', 1))
    description = work / "crate" / "ro-crate-metadata.json"
    stated = description.read_text()
    description.write_text(stated.replace(sha256(text.encode()).hexdigest(), sha256(metrics.read_bytes()).hexdigest()))
    done = run("verify", "crate", "--json", status=1)
    problems = json.loads(done.stdout)["problems"]
    check([p["kind"] for p in problems] == ["number"] and "stated 0, recomputed 5" in problems[0]["message"], str(problems))


def validate_crate(folder):
    """Validates with roc-validator. Its JSON-LD context is preloaded, so that nothing is fetched."""
    from rocrate_validator import services
    from rocrate_validator.models import Severity

    preload_context()
    settings = services.ValidationSettings(
        rocrate_uri=str(folder), profile_identifier="process-run-crate", requirement_severity=Severity.RECOMMENDED,
        allow_requirement_check_override=True, abort_on_first=False)
    result = services.validate(settings)
    issues = [(issue.severity.name, issue.check.identifier, issue.message) for issue in result.get_issues()]
    required = [issue for issue in issues if issue[0] == "REQUIRED"]
    check(not required, f"RO-Crate requirements: {required}")
    for issue in issues:
        print("  recommended:", *issue[1:])


def preload_context():
    """Answers requests for the context of RO-Crate from the copy in ro-crate-py; every other address is refused."""
    import importlib.util

    import requests
    from rocrate_validator.utils.http import HttpRequester

    package = pathlib.Path(importlib.util.find_spec("rocrate").origin).parent
    document = (package / "data" / "ro-crate.jsonld").read_bytes()

    def get(_, url, **options):
        check(url == "https://w3id.org/ro/crate/1.1/context", f"the crate refers to {url}")
        response = requests.Response()
        response.status_code, response.url, response._content = 200, url, document
        response.headers["Content-Type"] = "application/ld+json"
        return response

    HttpRequester.get = get


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


class Server:
    """An MLflow server on loopback with a fresh database."""

    def __enter__(self):
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        folder = work / f"mlflow-{self.port}"
        folder.mkdir()
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
             "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "artifacts")],
            env=environment, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)
        for _ in range(240):
            try:
                with urllib.request.urlopen(self.uri + "/health", timeout=2) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                time.sleep(0.5)
        raise SystemExit(f"the MLflow server did not start: {(folder / 'log').read_text()[-2000:]}")

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()
        self.log.close()


def inspect(uri, experiment_name):
    import mlflow

    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(experiment_name)
    check(experiment is not None, f"the experiment '{experiment_name}'")
    return client, experiment, client.search_runs([experiment.experiment_id])


def mlflow_export():
    name = "shared <b> & \\input{x} | run"
    with Server() as server:
        done = run("export", "--to", "mlflow", "--uri", server.uri)
        check("4 runs created, 0 completed, 0 unchanged" in done.stdout, done.stdout)
        again = run("export", "--to", "mlflow", "--uri", server.uri + "/", "--json")
        counts = json.loads(again.stdout)["server"]
        check((counts["created"], counts["completed"], counts["unchanged"]) == (0, 0, 4), f"idempotent: {counts}")
        client, experiment, runs = inspect(server.uri, name)
        check(len(runs) == 4, f"{len(runs)} runs")
        parent = next(r for r in runs if "mlflow.parentRunId" not in r.data.tags)
        by_name = {r.info.run_name: r for r in runs}
        check(all(r.data.tags.get("mlflow.parentRunId") == parent.info.run_id for r in runs if r is not parent), "nested runs")
        check(all(r.info.status == "FINISHED" for r in runs), "ended")
        files = {file.path for file in client.list_artifacts(parent.info.run_id)}
        check({"metrics.json", "predictions.csv", "report.html", "report.md", "results.json", "spec.yaml"} <= files, f"{files}")
        published = by_name["published"].data
        report = json.loads(run("report", "--format", "json").stdout)["variants"]["default"]["evaluations"]["accuracy"]["published"]
        check(published.metrics["accuracy/accuracy"] == report["accuracy"], "accuracy")
        check(published.metrics["accuracy/accuracy.low"] == report["accuracy_interval"][0], "interval")
        check(published.metrics["accuracy/result_cost_usd"] == report["result_cost_usd"], "cost")
        check("accuracy/result_cost_usd" not in by_name["notes"].data.metrics, "an unknown cost is not logged")
        check(published.params["accuracy.mode"] == "recorded", "parameters")
        curve = client.get_metric_history(by_name["cnn"].info.run_id, "training/train_loss")
        check([point.step for point in curve] == [1, 2, 3], f"curve {curve}")
        models = client.search_logged_models([experiment.experiment_id])
        check([(m.name, str(m.status)) for m in models] == [("cnn", "LoggedModelStatus.READY")] or
              [m.name for m in models] == ["cnn"], f"models {models}")
        local = client.download_artifacts(parent.info.run_id, "metrics.json", str(work))
        check(json.loads(pathlib.Path(local).read_text()) == json.loads(run("report", "--format", "json").stdout), "the file")
    killed()
    refused()


def killed():
    """Kills the export at many moments; the last one completes it, and nothing exists twice."""
    with Server() as server:
        for pause in [0.02, 0.05, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7]:
            process = subprocess.Popen([assay, "export", "--to", "mlflow", "--uri", server.uri], cwd=work, env=environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(pause)
            process.kill()
            process.wait()
        run("export", "--to", "mlflow", "--uri", server.uri)
        client, experiment, runs = inspect(server.uri, "shared <b> & \\input{x} | run")
        check(len(runs) == 4, f"{len(runs)} runs after kills")
        for one in runs:
            for key in one.data.metrics:
                points = [(p.step, p.value) for p in client.get_metric_history(one.info.run_id, key)]
                check(len(points) == len(set(points)), f"{key} is logged twice: {points}")
        check(len(client.search_logged_models([experiment.experiment_id])) == 1, "one model after kills")


def tracked():
    """Follows a run while it trains, and survives a server that is not there."""
    begin, end = SPEC.index("models:"), SPEC.index("  published:")
    spec = SPEC[:begin].replace('name: "shared <b> & \\\\input{x} | run"', "name: tracked") + SPEC[begin:end] + (
        "evaluations: { accuracy: { split: main.test, models: { cnn: {} } } }\ntrack: { mlflow: { uri: \"${SERVER}\" } }\n")
    check("name: tracked" in spec, spec)
    (work / "tracked.yaml").write_text(spec)
    arguments = ["run", "tracked.yaml", "--yes", "--set", "models.cnn.train.epochs=60"]
    with Server() as server:
        process = subprocess.Popen([assay, *arguments], cwd=work, env=dict(environment, SERVER=server.uri),
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        live = 0
        while process.poll() is None:
            live = max(live, *[0, *(points for status, points in curves(server.uri) if status == "RUNNING")])
            time.sleep(0.1)
        check(process.returncode == 0, process.stdout.read())
        check(live >= 2, f"points of the curve while the run went on: {live}")
        client, _, runs = inspect(server.uri, "tracked")
        check(len(runs) == 2 and all(r.info.status == "FINISHED" for r in runs), f"{[r.info.status for r in runs]}")
        cnn = next(r for r in runs if r.info.run_name == "cnn")
        steps = [point.step for point in client.get_metric_history(cnn.info.run_id, "training/train_loss")]
        check(steps == list(range(1, 61)), f"each epoch once: {steps}")
        done = json.loads(run("export", "last", "--to", "mlflow", "--uri", server.uri, "--json").stdout)["server"]
        check((done["created"], done["completed"], done["unchanged"]) == (0, 0, 2), f"exported already: {done}")
    gone = subprocess.run([assay, *arguments, "--set", "models.cnn.train.seed=43"], cwd=work, capture_output=True, text=True,
                          env=dict(environment, SERVER=f"http://127.0.0.1:{free_port()}"))
    check(gone.returncode == 0 and "exports it later" in gone.stderr, f"without a server: {gone.returncode} {gone.stderr}")


def curves(uri):
    """The state of each run of the experiment 'tracked', and the points of its training loss."""
    import mlflow

    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name("tracked")
    return [(one.info.status, len(client.get_metric_history(one.info.run_id, "training/train_loss")))
            for one in (client.search_runs([experiment.experiment_id]) if experiment else [])]


def refused():
    done = run("export", "--to", "mlflow", "--uri", "http://mlflow.example:5000", status=2)
    check("not a host that you trust" in done.stderr, done.stderr)
    done = run("export", "--to", "mlflow", "--uri", f"http://127.0.0.1:{free_port()}", status=1)
    check("could not connect" in done.stderr, done.stderr)
    done = run("export", "--to", "mlflow", "--uri", "file:///tmp/x", status=2)
    check("not the address of an MLflow server" in done.stderr, done.stderr)
    done = run("export", "--to", "mlflow", status=2)
    check("MLFLOW_TRACKING_URI" in done.stderr, done.stderr)


def main():
    steps = [("a run", project), ("csv", csv), ("junit", junit), ("latex", latex), ("github-summary", markdown),
             ("eee", every_eval_ever), ("ro-crate", ro_crate), ("mlflow", mlflow_export), ("mlflow, live", tracked)]
    try:
        for name, step in steps:
            timed(name, step)
    finally:
        if "ASSAY_KEEP" not in os.environ:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{checks} checks")


main()
