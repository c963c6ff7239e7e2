"""A folder of images: digests compared with hashing tools, and a dataset with no changed image or one."""

import pathlib
import random
import shutil
import struct
import sys
import zlib

from benchmarks.bench import Bench, Side, beside, last_event, median, run_once, seconds, table

TITLE = "6,000 images"
COUNT = 6_000
SIZE = 115

HASHLIB = r'''
import hashlib, os, sys
from concurrent.futures import ThreadPoolExecutor
files = sorted(os.path.join(d, f) for d, _, names in os.walk(sys.argv[1]) for f in names)
def digest(path):
    with open(path, "rb") as file: return hashlib.file_digest(file, "sha256").hexdigest()
with ThreadPoolExecutor(2) as pool: print(len(list(pool.map(digest, files))))
'''


def picture(rng: random.Random, size: int = SIZE) -> bytes:
    """A PNG of noise, stored without compression: 40 KB by default."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + rng.randbytes(3 * size) for _ in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


def generate(folder: pathlib.Path) -> pathlib.Path:
    """The same pictures each time, fifty for each of 120 labels."""
    if not folder.exists():
        rng = random.Random(7)
        for index in range(COUNT):
            label = folder / f"label-{index % 120:03d}"
            label.mkdir(parents=True, exist_ok=True)
            (label / f"{index:05d}.png").write_bytes(picture(rng))
    return folder


SPEC = """assay: 1
name: images
dataset: {{ folder: {folder}, layout: folder-per-label }}
splits:
  main: {{ train: 40, validation: 5, test: 5, order: name }}
"""


def measure(bench: Bench) -> str:
    images = generate(bench.work / "images")
    cache = bench.work / "stat-cache"
    index = [bench.binary("assay-bench"), "index", images, cache]
    sides = {
        "assay": Side(index, prepare=lambda: cache.unlink(missing_ok=True)),
        "assay, nothing changed": Side(index),
        "SHA-256 in Python, two threads": Side([sys.executable, "-c", HASHLIB, images]),
        "sha256sum, two at a time": Side(
            ["sh", "-c", f"find '{images}' -type f -print0 | xargs -0 -P 2 -n 500 sha256sum"]),
        "find, stat of all": Side(["find", images, "-type", "f", "-printf", "%s %T@ %i\n"]),
    }
    if shutil.which("b3sum"):
        sides["b3sum, two threads"] = Side(
            ["sh", "-c", f"find '{images}' -type f -print0 | xargs -0 b3sum --num-threads 2"])
    digests = bench.measure(sides)
    text = f"Digests of {COUNT:,} files, 240 MB, from the page cache:\n\n" + beside(digests)
    stat = median(digests["assay, nothing changed"]) / median(digests["find, stat of all"])
    hasher = min(median(runs) for name, runs in digests.items() if "sum" in name or "SHA" in name)
    text += (f"\nCold: {median(digests['assay']) / hasher:.2f} times the best of the tools that hash. "
             f"Nothing changed: {stat:.2f} times the stat of all.\n\n")
    return text + dataset(bench, images)


def dataset(bench: Bench, images: pathlib.Path) -> str:
    """The same images as an experiment's dataset."""
    folder = bench.fresh("dataset")
    spec = folder / "images.yaml"
    spec.write_text(SPEC.format(folder=images))
    run = Side([bench.assay, "run", spec, "--json"], cwd=folder)
    changed = sorted(images.glob("*/*.png"))[COUNT // 2]
    rng = random.Random()
    original = changed.read_bytes()
    rows = []

    def add(what: str, samples: list) -> None:
        for sample in samples:
            if sample.status != 0:
                sys.exit(f"{what}: assay ended with {sample.status}")
        rows.append([what, seconds(median(samples)), last_event(samples[-1])["ran"]])

    # Digests are taken again from files that changed within the last seconds: the folder's are older.
    add("all of it", [run_once(run)])
    run_once(run)
    add("nothing changed", [run_once(run) for _ in range(bench.runs)])
    samples = []
    for _ in range(bench.runs):
        changed.write_bytes(picture(rng))
        samples.append(run_once(run))
    add("one image changed", samples)
    changed.write_bytes(original)
    run_once(run)
    changed.touch()
    add("one image touched, with the same bytes", [run_once(run)])
    return "`assay run` of an experiment that indexes, splits and checks them for leaks:\n\n" + table(
        ["", "median", "steps that ran"], rows)
