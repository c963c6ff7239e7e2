"""Compares request lines of a batch with the Python of the published notebook."""

import json
import shutil
import statistics
import subprocess
import sys

from benchmarks.bench import Bench, table
from benchmarks.images import generate

TITLE = "Request lines"

NOTEBOOK = r'''
import base64, json, os, re, sys, time
folder, output = sys.argv[1:]
files = sorted(os.path.join(d, f) for d, _, names in os.walk(folder) for f in names)
labels = sorted(f"Label Number {i}" for i in range(120))
prompt = f"Classify the following input image into one of the following categories: [{', '.join(labels)}]."
system = {"role": "system", "content": prompt}
schema = {"type": "object", "properties": {"breed": {"type": "string"}}, "required": ["breed"],
          "additionalProperties": False}
start = time.perf_counter()
with open(os.path.join(output, "python.jsonl"), "w") as lines:
    for id, path in enumerate(files):
        with open(path, "rb") as image:
            url = "data:image/png;base64," + base64.b64encode(image.read()).decode("utf-8")
        user = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url, "detail": "low"}}]}
        row = {"custom_id": str(id), "method": "POST", "url": "/chat/completions", "body": {
            "model": "gpt-4o-batch", "messages": [system, user], "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "BreedClassifierOutput", "strict": True, "schema": schema}}}}
        lines.write(json.dumps(row) + "\n")
seconds = time.perf_counter() - start
size = os.path.getsize(os.path.join(output, "python.jsonl"))
peak = int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read()).group(1))
print(json.dumps({"seconds": seconds, "bytes": size, "peak_kb": peak}))
'''


def measure(bench: Bench) -> str:
    images = generate(bench.work / "images")
    sides = {"assay": [bench.binary("assay-bench"), "jsonl", images],
             "the notebook's Python": [sys.executable, "-c", NOTEBOOK, images]}
    results: dict = {name: [] for name in sides}
    for _ in range(bench.runs):
        output = bench.fresh("requests")
        for name, command in sides.items():
            answer = subprocess.run(command + [output], check=True, capture_output=True, text=True).stdout
            results[name].append(json.loads(answer))
    written = b"".join(path.read_bytes() for path in sorted(output.glob("requests-*.jsonl")))
    if written != (output / "python.jsonl").read_bytes():
        sys.exit("the two sides wrote different bytes")
    shutil.rmtree(output)
    base = statistics.median(result["seconds"] for result in results["assay"])
    rows = []
    for name, runs in results.items():
        time = statistics.median(run["seconds"] for run in runs)
        peak = max(run["peak_kb"] for run in runs) / 1024
        rows.append([name, f"{time:.3f} s", f"{len(written) / time / 1e9:.2f}", f"{peak:.0f} MB", f"{time / base:.2f}"])
    return (f"{len(written) / 1e6:.0f} MB of lines for 6,000 images, byte for byte the same from both:\n\n"
            + table(["", "median", "GB/s", "peak memory", "ratio to assay"], rows))
