"""Times the reading and checking of specs, including hostile ones."""

from benchmarks.bench import Bench, Side, median, peak, seconds, table
from benchmarks.steps import Assay

TITLE = "Specs"


def laughs() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefghijkl", "bcdefghijklm"):
        lines.append(f"{name}: &{name} [{', '.join(['*' + before] * 9)}]")
    return "\n".join(lines)


def merges() -> str:
    lines = ["a0: &a0 { x: 1 }"]
    for index in range(1, 61):
        lines.append(f"a{index}: &a{index} {{ <<: [*a{index - 1}, *a{index - 1}], y{index}: 1 }}")
    return "\n".join(lines)


def measure(bench: Bench) -> str:
    quickstart = (bench.root / "experiments/quickstart.yaml").read_text().replace(
        "prices: prices/", f"prices: {bench.root}/experiments/prices/")
    seeds = ", ".join(map(str, range(1_000)))
    cases = {
        "quickstart": quickstart,
        "1,000 variants": f"{quickstart}\nsweep: {{ models.cnn.train.seed: [{seeds}] }}\n",
        "10,000 commands": None,
        "a billion laughs": laughs(),
        "merges of merges": merges(),
        "brackets without end": "[" * 1_000_000,
    }
    sides = {}
    for name, text in cases.items():
        folder = bench.fresh("specs/" + name.replace(" ", "-"))
        path = folder / "steps.yaml"
        if text is None:
            (folder / "seed.txt").write_text("word 0\n")
            Assay().generate(folder, "chain", 10_000)
        else:
            path.write_text(text)
        sides[name] = Side([bench.assay, "validate", path])
    samples = bench.measure(sides, check=False)
    return "`assay validate`, start of the process included; the last three are refused:\n\n" + table(
        ["", "median", "peak memory", "exit"], [
            [name, seconds(median(runs)), peak(runs), runs[0].status]
            for name, runs in samples.items()])
