"""Shared by all parts of the benchmark: programs, other tools, timing, tables."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import Callable

PRODUCTS = ("assay-vision", "assay", "assay-bench")
# Peers that the system's packages bring.
SYSTEM = ("ninja", "b3sum")


def build(root: pathlib.Path) -> pathlib.Path:
    """Builds the programs in release; their folder."""
    subprocess.run(["scripts/build-release", *PRODUCTS], cwd=root, check=True, stdout=sys.stderr)
    return root / ".build/release"


@dataclass
class Sample:
    """One run of a command. `cpu` counts its children too, `own_cpu` in hundredths of a second the process alone.
    `peak_mb` is what was last seen of the process's own high-water mark, looked at fifty times a second: the one that
    the kernel tells at the end counts the memory of the process that started it."""
    wall: float
    cpu: float
    own_cpu: float
    peak_mb: float
    output: str
    status: int
    errors: str


@dataclass
class Side:
    """A command to be timed, and what is done before each time."""
    command: list
    prepare: Callable[[], object] = lambda: None
    cwd: pathlib.Path | None = None
    env: dict | None = None
    runs: int | None = None


def run_once(side: Side) -> Sample:
    side.prepare()
    errors = tempfile.TemporaryFile()
    before = time.perf_counter()
    process = subprocess.Popen([str(word) for word in side.command], cwd=side.cwd, env=side.env,
                               stdout=subprocess.PIPE, stderr=errors)
    peaks: list[float] = []
    watch = threading.Thread(target=watch_peak, args=(process.pid, peaks))
    watch.start()
    output = process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    wall = time.perf_counter() - before
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    watch.join()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    errors.seek(0)
    return Sample(wall, usage.ru_utime + usage.ru_stime, own, peaks[-1] if peaks else 0,
                  output.decode(errors="replace"), process.returncode, errors.read().decode(errors="replace"))


def watch_peak(pid: int, peaks: list[float]) -> None:
    while True:
        try:
            lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            return
        marks = [line.split()[1] for line in lines if line.startswith("VmHWM")]
        if not marks:
            return
        peaks.append(int(marks[0]) / 1024)
        time.sleep(0.02)


class Bench:
    def __init__(self, root: pathlib.Path, binaries: pathlib.Path, work: pathlib.Path, runs: int):
        self.root, self.binaries, self.work, self.runs = root, binaries.resolve(), work, runs
        work.mkdir(parents=True, exist_ok=True)

    def binary(self, name: str) -> pathlib.Path:
        return self.binaries / name

    @property
    def assay(self) -> pathlib.Path:
        return self.binary("assay")

    def fresh(self, name: str) -> pathlib.Path:
        """An empty folder of that name."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def peer(self, package: str, program: str | None = None) -> str | None:
        """A program of a package: of the system, or from PyPI; None when it cannot be had."""
        if package in SYSTEM:
            return shutil.which(package)
        folder = self.work / "peers" / package
        if not folder.exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([folder / "bin/pip", "install", "-q", "--disable-pip-version-check", package],
                           stdout=sys.stderr)
        path = folder / "bin" / (program or package)
        return str(path) if path.exists() else None

    def measure(self, sides: dict[str, Side], check: bool = True) -> dict[str, list[Sample]]:
        """Times all sides in turn, as often as asked for, after one round that does not count."""
        samples: dict[str, list[Sample]] = {name: [] for name in sides}
        for round in range(self.runs + 1):
            for name, side in sides.items():
                # A side of one run is too slow for a round that does not count.
                if round > (side.runs or self.runs) or (round == 0 and side.runs == 1):
                    continue
                sample = run_once(side)
                if check and sample.status != 0:
                    sys.exit(f"{name} ended with {sample.status}: {' '.join(map(str, side.command))}\n{sample.errors[-2000:]}"
                             f"\n{sample.output[-2000:]}")
                if round > 0:
                    samples[name].append(sample)
        return samples


def median(samples: list[Sample], what: str = "wall") -> float:
    return statistics.median(getattr(sample, what) for sample in samples)


def peak(samples: list[Sample]) -> str:
    """The most memory; a process that ended before it was looked at has none to tell."""
    value = median(samples, "peak_mb")
    return f"{value:.0f} MB" if value >= 1 else "–"


def seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def table(head: list[str], rows: list[list]) -> str:
    lines = [head, ["---"] * len(head)] + rows
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def beside(samples: dict[str, list[Sample]], ours: str = "assay") -> str:
    """Medians of some sides, with the ratio of each to ours. CPU is of all processes: where others work on the machine
    too, it says more than the time on the wall."""
    base = median(samples[ours])
    return table(["", "median", "best", "CPU", "ratio to assay"], [
        [name, seconds(median(runs)), seconds(min(run.wall for run in runs)), seconds(median(runs, "cpu")),
         f"{median(runs) / base:.2f}"] for name, runs in samples.items() if runs])


def last_event(sample: Sample) -> dict:
    """The last line of `assay run --json`: how many steps ran and were cached."""
    return json.loads(sample.output.splitlines()[-1])
