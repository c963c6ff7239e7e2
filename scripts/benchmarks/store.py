"""Measures a store and a ledger with a hundred thousand results."""

import subprocess
import sys

from benchmarks.bench import Bench, Side, median, peak, run_once, seconds, table
from benchmarks.steps import project

TITLE = "100,000 results"
COUNT = 100_000
A_RUN = 1_000


def measure(bench: Bench) -> str:
    side = project(bench, "assay", "chain", A_RUN)
    assay, folder = bench.assay, side.cwd
    subprocess.run([bench.binary("assay-bench"), "fill", folder / ".assay", str(COUNT), str(A_RUN)], check=True)
    run_once(Side(side.command, cwd=folder))
    index = folder / ".assay/results.index"
    sides = {
        "assay runs": Side([assay, "runs"], cwd=folder),
        "assay plan, 1,000 steps, all cached": Side([assay, "plan", "steps.yaml"], cwd=folder),
        "assay run, 1,000 steps, all cached": Side(side.command, cwd=folder),
        "assay cache size": Side([assay, "cache", "size"], cwd=folder),
        "assay cache gc --dry-run, of nearly all": Side(
            [assay, "cache", "gc", "--keep-runs", "1", "--dry-run"], cwd=folder),
        "assay cache gc, with nothing to remove": Side([assay, "cache", "gc", "--keep-runs", "1000"], cwd=folder),
        "assay plan after the index was lost": Side(
            [assay, "plan", "steps.yaml"], cwd=folder, prepare=lambda: index.unlink(missing_ok=True), runs=1),
    }
    samples = bench.measure(sides)
    last = run_once(Side([assay, "cache", "gc", "--keep-runs", "1"], cwd=folder))
    if last.status != 0:
        sys.exit(f"cache gc ended with {last.status}")
    samples[f"assay cache gc, of all but {A_RUN:,}: {last.output.strip()}"] = [last]
    return f"A state folder with {COUNT:,} results of {COUNT // A_RUN} runs, an object each:\n\n" + table(
        ["", "median", "CPU", "peak memory"], [
            [name, seconds(median(runs)), seconds(median(runs, "cpu")), peak(runs)]
            for name, runs in samples.items()])
