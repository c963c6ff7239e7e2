"""Measures a sweep of a thousand variants: planning, running and reporting."""

import os
import pathlib
import random
import sys

from benchmarks.bench import Bench, Side, last_event, median, peak, run_once, seconds, table
from benchmarks.images import picture

TITLE = "Sweeps"

HYDRA = """import hydra

@hydra.main(version_base=None, config_path=None)
def main(config):
    pass

main()
"""

# A program as the model, so small that the sweep's own costs show: it answers with each image's name.
ANSWERED = """assay: 1
name: answered
dataset: {{ folder: {folder}, layout: folder-per-label }}
splits:
  main: {{ train: 0, validation: 0, test: 10, order: name }}
models:
  fixed:
    command: {{ run: ["sh", answer.sh], inputs: [answer.sh], outputs: [answers.csv], version: "0" }}
    predictions: answers.csv
evaluations:
  accuracy: {{ split: main.test, models: {{ fixed: {{}} }} }}
sweep:
  models.fixed.command.version: [{versions}]
"""

SCRIPT = """{ read -r head; echo path,answer; while read -r path; do
  folder=${path%/*}; echo "$path,${folder##*/}"; done; } < predict.csv > answers.csv
"""


def measure(bench: Bench) -> str:
    return plans(bench) + answers(bench)


def plans(bench: Bench) -> str:
    """Plans variants of photographs.yaml; only the index of its archive needs the photographs' own bytes."""
    folder = bench.fresh("sweep")
    (folder / "tiny-imagenet-120.tar").write_bytes(b"not looked into by a plan")
    (folder / "efficientnet_lite0.safetensors").write_bytes(b"weights")
    (folder / "imagenet-classes.tsv").write_bytes(b"classes")
    spec = folder / "photographs.yaml"
    seeds = ", ".join(map(str, range(1_000)))
    text = (bench.root / "experiments/photographs.yaml").read_text().replace(
        "prices: prices/", f"prices: {bench.root}/experiments/prices/")
    spec.write_text(f"{text}\nsweep: {{ models.cnn.train.seed: [{seeds}] }}\n")
    environment = dict(os.environ, ASSAY_DATA=str(folder))
    sides = {
        "assay plan, 1,000 variants": Side([bench.assay, "plan", spec, "--sweep"], cwd=folder, env=environment),
        "assay plan, one": Side([bench.assay, "plan", spec], cwd=folder, env=environment),
    }
    return "`assay plan` of `experiments/photographs.yaml`:\n\n" + rows(bench, sides, hydra_sides(bench, folder))


def hydra_sides(bench: Bench, folder: pathlib.Path) -> dict[str, Side]:
    """Hydra's sweep of a program that does nothing: 20 variants, for it takes a seventh of a second for each."""
    python = bench.peer("hydra-core", "python")
    program = folder / "nothing.py"
    program.write_text(HYDRA)
    return {"Hydra --multirun, 20 variants": Side(
        [python, program, "--multirun", "+seed=range(0,20)"], cwd=folder, runs=2)}


def rows(bench: Bench, ours: dict[str, Side], peers: dict[str, Side]) -> str:
    samples = bench.measure(ours | peers)
    return table(["", "median", "peak memory"], [
        [name, seconds(median(runs)), peak(runs)] for name, runs in samples.items()]) + "\n"


def answers(bench: Bench) -> str:
    """A thousand variants with a hundred answers each: a hundred thousand answers."""
    folder = bench.fresh("answers")
    images = folder / "images"
    rng = random.Random(7)
    for label in range(10):
        (images / f"label-{label}").mkdir(parents=True)
        for index in range(10):
            (images / f"label-{label}" / f"{index}.png").write_bytes(picture(rng, 16))
    spec = folder / "answered.yaml"
    versions = ", ".join(f'"{version}"' for version in range(1_000))
    spec.write_text(ANSWERED.format(folder=images, versions=versions))
    (folder / "answer.sh").write_text(SCRIPT)
    run = Side([bench.assay, "run", spec, "--sweep", "--json"], cwd=folder)
    sides = {"assay run, all of it": Side(run.command, cwd=folder, runs=1)}
    sides["assay run, nothing changed"] = Side(run.command, cwd=folder, runs=min(bench.runs, 3))
    sides["assay report"] = Side([bench.assay, "report"], cwd=folder, runs=min(bench.runs, 3))
    text = "1,000 variants of a model that is a program, 100 images each: 100,000 answers, scored and reported.\n\n"
    first = run_once(sides["assay run, all of it"])
    if first.status != 0 or last_event(first)["failed"]:
        sys.exit(f"the sweep ended with {first.status}")
    samples = {"assay run, all of it": [first]}
    for name in ("assay run, nothing changed", "assay report"):
        samples[name] = [run_once(sides[name]) for _ in range(sides[name].runs)]
    return text + table(["", "median", "assay's own CPU", "peak memory"], [
        [name, seconds(median(runs)), seconds(median(runs, "own_cpu")), peak(runs)]
        for name, runs in samples.items()])
