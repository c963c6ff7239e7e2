"""Times start-up, planning of a cached experiment, and Assay's own share of a small experiment."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.bench import Bench, Sample, Side, beside, median, run_once, seconds, table

TITLE = "Start-up and the quickstart"


def measure(bench: Bench) -> str:
    folder = bench.fresh("quickstart")
    shutil.copytree(bench.root / "experiments/prices", folder / "prices")
    spec = shutil.copy(bench.root / "experiments/quickstart.yaml", folder)
    samples = {
        "with the emulator in the same process": [whole(bench, spec) for _ in range(2)],
        "with the emulator in a process of its own": [apart(bench, spec) for _ in range(2)],
    }
    sides = {
        "assay --version": Side([bench.assay, "--version"]),
        "assay plan, the quickstart, all cached": Side([bench.assay, "plan", spec], cwd=folder),
        "assay run, the quickstart, all cached": Side([bench.assay, "run", spec, "--quiet"], cwd=folder),
        "python3 -c pass": Side([sys.executable, "-c", "pass"]),
    }
    for peer in ("ninja", "doit", "snakemake", "dvc"):
        if program := bench.peer(peer):
            sides[f"{peer} --version"] = Side([program, "--version"])
    text = beside(bench.measure(sides), "assay --version")
    return text + "\nThe whole quickstart, nothing cached, medians of two runs:\n\n" + table(
        ["", "wall", "CPU, with the vision worker", "assay's own CPU"],
        [[name, *(seconds(median(runs, what)) for what in ("wall", "cpu", "own_cpu"))]
         for name, runs in samples.items()])


def whole(bench: Bench, spec: pathlib.Path, **environment: str) -> Sample:
    """The quickstart from an empty store."""
    folder = pathlib.Path(spec).parent
    shutil.rmtree(folder / ".assay", ignore_errors=True)
    sample = run_once(Side(
        [bench.assay, "run", spec, "--quiet"], cwd=folder, env=dict(os.environ, **environment)))
    if sample.status != 0:
        sys.exit(f"the quickstart ended with {sample.status}")
    return sample


def apart(bench: Bench, spec: pathlib.Path) -> Sample:
    with emulator(bench) as address:
        return whole(bench, spec, ASSAY_EMULATOR=address, ASSAY_EMULATOR_KEY="bench")


@contextlib.contextmanager
def emulator(bench: Bench) -> Iterator[str]:
    """`assay emulate` with the quickstart's account; its address."""
    folder = bench.fresh("emulator")
    process = subprocess.Popen(
        [bench.assay, "emulate", "--account", "quickstart", "--folder", folder, "--model", "shapes-base", "--key", "bench",
         "--deployment", "base=shapes-base:GlobalStandard", "--deployment", "base-batch=shapes-base:GlobalBatch"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
