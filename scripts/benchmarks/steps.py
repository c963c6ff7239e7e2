"""Runs many small programs in a chain and in a fan, uncached and cached, with Assay and with build tools."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from benchmarks.bench import Bench, Side, beside, last_event, run_once, seconds

TITLE = "Steps that are programs"

# Every step reads the first word of one file and writes it with its own number: one shell a step, nothing else.


def source(shape: str, index: int) -> str | None:
    """The step that a step reads; None for the first, which reads seed.txt."""
    return None if index == 0 else f"{index - 1}" if shape == "chain" else "0"


def line(read: str, index: int, write: str) -> str:
    return f'read -r word rest < {read}; echo $word {index} > {write}'


def read_name(shape: str, index: int, folder: str = "") -> str:
    before = source(shape, index)
    return "seed.txt" if before is None else f"{folder}{before}.out"


class Assay:
    def generate(self, folder: pathlib.Path, shape: str, count: int) -> None:
        lines = ["assay: 1", "name: steps", "commands:"]
        for index in range(count):
            before = source(shape, index)
            inputs = "seed.txt" if before is None else f"{{ from: s{before} }}"
            command = json.dumps(line(read_name(shape, index), index, f"{index}.out"))
            lines.append(f"  s{index}: {{ run: {command}, inputs: [{inputs}], outputs: [{index}.out] }}")
        (folder / "steps.yaml").write_text("\n".join(lines) + "\n")

    def command(self, bench: Bench) -> list:
        return [bench.assay, "run", "steps.yaml", "--json"]

    state = [".assay"]


class Bare:
    """One shell after the other, and no bookkeeping."""

    def generate(self, folder: pathlib.Path, shape: str, count: int) -> None:
        commands = (f"sh -c '{line(read_name(shape, index, 'out/'), index, f'out/{index}.out')}'"
                    for index in range(count))
        (folder / "all.sh").write_text("\n".join(commands) + "\n")

    def command(self, bench: Bench) -> list:
        return ["sh", "all.sh"]

    state = []


class Ninja:
    def generate(self, folder: pathlib.Path, shape: str, count: int) -> None:
        text = "rule step\n  command = " + line("$in", 0, "$out").replace("$word", "$$word") + "\n"
        for index in range(count):
            text += f"build out/{index}.out: step {read_name(shape, index, 'out/')}\n"
        (folder / "build.ninja").write_text(text)

    def command(self, bench: Bench) -> list:
        return ["ninja", "--quiet"]

    state = [".ninja_log", ".ninja_deps"]


class Doit:
    def generate(self, folder: pathlib.Path, shape: str, count: int) -> None:
        steps = [(read_name(shape, index, "out/"), f"out/{index}.out") for index in range(count)]
        (folder / "steps.json").write_text(json.dumps(steps))
        (folder / "dodo.py").write_text(
            "import json\n\n"
            "def task_step():\n"
            "    for index, (read, write) in enumerate(json.load(open('steps.json'))):\n"
            "        yield {'name': str(index), 'file_dep': [read], 'targets': [write],\n"
            "               'actions': [f'read -r word rest < {read}; echo $word {index} > {write}']}\n")

    def command(self, bench: Bench) -> list:
        return [bench.peer("doit"), "run", "-v", "0", "--backend", "sqlite3"]

    state = [".doit.db"]


class Snakemake:
    def generate(self, folder: pathlib.Path, shape: str, count: int) -> None:
        before = "int(w.i) - 1" if shape == "chain" else "0"
        (folder / "Snakefile").write_text(
            f"rule all:\n    input: expand('out/{{i}}.out', i=range({count}))\n"
            "rule step:\n"
            f"    input: lambda w: 'seed.txt' if w.i == '0' else f'out/{{{before}}}.out'\n"
            "    output: 'out/{i}.out'\n"
            "    shell: 'read -r word rest < {input}; echo $word {wildcards.i} > {output}'\n")

    def command(self, bench: Bench) -> list:
        return [bench.peer("snakemake"), "--cores", "2", "--quiet", "all"]

    state = [".snakemake"]


class DVC:
    def generate(self, folder: pathlib.Path, shape: str, count: int) -> None:
        stages = {f"s{index}": {
            "cmd": line(read_name(shape, index, "out/"), index, f"out/{index}.out"),
            "deps": [read_name(shape, index, "out/")], "outs": [f"out/{index}.out"]} for index in range(count)}
        (folder / "dvc.yaml").write_text(json.dumps({"stages": stages}))

    def command(self, bench: Bench) -> list:
        return [bench.peer("dvc"), "repro", "-q"]

    state = ["dvc.lock", ".dvc/cache", ".dvc/tmp"]


TOOLS = {"assay": Assay(), "one shell after the other": Bare(), "ninja": Ninja(), "doit": Doit(),
         "Snakemake": Snakemake(), "DVC": DVC()}
PROGRAMS = {"ninja": "ninja", "doit": "doit", "Snakemake": "snakemake", "DVC": "dvc"}


def project(bench: Bench, name: str, shape: str, count: int) -> Side | None:
    """A generated project of one tool; None when the tool cannot be had."""
    if name in PROGRAMS and not (bench.peer(PROGRAMS[name])):
        return None
    tool, folder = TOOLS[name], bench.fresh(f"steps/{name.split()[0]}-{shape}-{count}")
    (folder / "out").mkdir()
    (folder / "seed.txt").write_text("word 0\n")
    tool.generate(folder, shape, count)
    if name == "DVC":
        subprocess.run([bench.peer("dvc"), "init", "--no-scm", "-q"], cwd=folder, check=True)

    def forget() -> None:
        for state in tool.state + ["out"]:
            path = folder / state
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        (folder / "out").mkdir()

    environment = dict(os.environ, DVC_NO_ANALYTICS="1")
    return Side(tool.command(bench), prepare=forget, cwd=folder, env=environment)


def projects(bench: Bench, names: list[str], shape: str, count: int) -> tuple[dict[str, Side], list[str]]:
    sides = {name: project(bench, name, shape, count) for name in names}
    return {name: side for name, side in sides.items() if side}, [name for name, side in sides.items() if not side]


def without_preparing(side: Side) -> Side:
    return Side(side.command, cwd=side.cwd, env=side.env, runs=side.runs)


def measure(bench: Bench) -> str:
    text = ""
    for shape in ("chain", "fan"):
        # The time of the slow tools for 1,000 steps follows from their time for 100.
        for count, names, is_cold in (
            (100, ["assay", "Snakemake", "DVC"], True),
            (1_000, ["assay", "one shell after the other", "ninja", "doit"], True),
            (10_000, ["assay", "ninja", "doit"], False),
        ):
            sides, missing = projects(bench, names, shape, count)
            for name in missing:
                text += f"{name} could not be had.\n\n"
            for name in sides:
                if name in ("Snakemake", "DVC"):
                    sides[name].runs = 1
            if is_cold:
                text += f"{count:,} steps, {shape}, all of them run:\n\n" + beside(bench.measure(sides)) + "\n"
            else:
                for side in sides.values():
                    sample = run_once(side)
                    if sample.status != 0:
                        sys.exit(f"{side.command} ended with {sample.status}")
            sides.pop("one shell after the other", None)
            idle = bench.measure({name: without_preparing(side) for name, side in sides.items()})
            check_idle(idle["assay"], count)
            text += f"{count:,} steps, {shape}, nothing changed:\n\n" + beside(idle) + "\n"
            if count == 1_000:
                text += after_a_touch(sides["assay"], count)
    return text


def check_idle(samples: list, count: int) -> None:
    for sample in samples:
        if last_event(sample)["ran"] != 0 or last_event(sample)["cached"] != count:
            sys.exit(f"a run of nothing did something: {last_event(sample)}")


def after_a_touch(side: Side, count: int) -> str:
    (side.cwd / "seed.txt").touch()
    sample = run_once(without_preparing(side))
    check_idle([sample], count)
    return f"assay after `touch` of the file that the first step reads: nothing runs, {seconds(sample.wall)}.\n\n"
