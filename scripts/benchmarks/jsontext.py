"""Compares the project's JSON parser with Foundation's decoder."""

import json
import random
import statistics
import subprocess
import sys

from benchmarks.bench import Bench, table

TITLE = "JSON"
LINES = 20_000


def answers(count: int) -> str:
    """Lines as a provider answers a batch with."""
    rng = random.Random(7)
    return "".join(json.dumps({
        "id": f"batch_req_{index}", "custom_id": str(index), "error": None,
        "response": {"status_code": 200, "request_id": f"{rng.getrandbits(128):032x}", "body": {
            "id": f"chatcmpl-{index}", "object": "chat.completion", "created": 1_700_000_000 + index,
            "model": "gpt-4o-2024-08-06", "system_fingerprint": "fp_1", "choices": [{
                "index": 0, "finish_reason": "stop", "logprobs": None,
                "message": {"role": "assistant", "content": f"{{\"label\": \"Label Number {rng.randrange(120)}\"}}"}}],
            "usage": {"prompt_tokens": 500 + index % 9, "completion_tokens": 7, "total_tokens": 507 + index % 9,
                      "share": rng.random()}}}}) + "\n" for index in range(count))


def measure(bench: Bench) -> str:
    path = bench.fresh("json") / "answers.jsonl"
    path.write_text(answers(LINES))
    size = path.stat().st_size / 1e6
    runs = []
    for _ in range(bench.runs):
        output = subprocess.run([bench.binary("assay-bench"), "json", path], check=True, capture_output=True, text=True)
        runs.append(json.loads(output.stdout))
    if not all(run["same"] for run in runs):
        sys.exit("the two read different values")
    own, foundation = (statistics.median(run[name] for run in runs) for name in ("own_seconds", "foundation_seconds"))
    return f"{LINES:,} lines of answers, {size:.0f} MB, into the same values:\n\n" + table(
        ["", "median", "MB/s", "ratio"], [
            ["assay", f"{own * 1000:.0f} ms", f"{size / own:.0f}", "1.00"],
            ["Foundation's JSONDecoder", f"{foundation * 1000:.0f} ms", f"{size / foundation:.0f}",
             f"{foundation / own:.2f}"]])
