"""Starting, planning what is cached, and what a small experiment costs Assay itself."""

import shutil
import sys

from benchmarks.bench import Bench, Side, beside, median, run_once, seconds, table

TITLE = "Start-up and the quickstart"


def measure(bench: Bench) -> str:
    folder = bench.fresh("quickstart")
    shutil.copytree(bench.root / "experiments/prices", folder / "prices")
    spec = shutil.copy(bench.root / "experiments/quickstart.yaml", folder)
    runs = []
    for _ in range(2):
        shutil.rmtree(folder / ".assay", ignore_errors=True)
        runs.append(run_once(Side([bench.assay, "run", spec, "--quiet"], cwd=folder)))
        if runs[-1].status != 0:
            sys.exit(f"the quickstart ended with {runs[-1].status}")

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
    return text + "\nThe whole quickstart, nothing cached:\n\n" + table(
        ["", "wall", "CPU, with the vision worker", "assay's own CPU"],
        [[f"median of {len(runs)}", *(seconds(median(runs, what)) for what in ("wall", "cpu", "own_cpu"))]])
