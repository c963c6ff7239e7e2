"""Runs large uploads against the emulator and prints the peak memory of each process.

    flat-memory.py ASSAY FOLDER

The cases are a training file of 4,800 images and a batch of 300 MB; each upload is killed halfway and run again. The
pictures are noise, which compression does not reduce.
"""

import json
import random
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

assay, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
LABELS, TRAIN, TEST, SIDE = 12, 400, 400, 125


def png(source):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + source.randbytes(SIDE * 3) for _ in range(SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")
    )


source = random.Random(1)
for label in range(LABELS):
    place = folder / "Images" / f"label-{label:02}"
    place.mkdir(parents=True, exist_ok=True)
    for number in range(TRAIN + TEST):
        path = place / f"{number:04}.png"
        if not path.exists():
            path.write_bytes(png(source))

(folder / "large.yaml").write_text("""\
assay: 1
name: large
dataset: { folder: Images }
splits: { main: { train: 400, test: 400, order: name } }
prompts:
  classify:
    system: "Classify the following input image into one of the following categories: [{{ labels }}]."
    user: [image]
requests:
  plain: { prompt: classify, detail: low, answer: text }
providers:
  local: { kind: emulator, account: large }
models:
  base: { provider: local, model: shapes-base, deployment: base, batch_deployment: base-batch }
  tuned:
    provider: local
    fine_tune:
      model: shapes-base
      data: { split: main, prompt: classify, detail: low, validation: false }
      hyperparameters: { n_epochs: 1, batch_size: 64 }
      seed: 1
evaluations:
  accuracy: { split: main.test, models: { base: { batch: plain } } }
""")


def tree(root):
    """A process and what it started, by name."""
    found, open_ = {}, [root]
    while open_:
        pid = open_.pop()
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            status = Path(f"/proc/{pid}/status").read_text()
            open_ += [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            continue
        peak = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
        found[name] = max(found.get(name, 0), peak)
    return found


def run(kill_when=None):
    """Runs the spec; with `kill_when` ends it hard as soon as that says so. Returns peaks in MB, by program."""
    process = subprocess.Popen(
        [assay, "run", "large.yaml", "--json"], cwd=folder, stdout=open(folder / "events.jsonl", "w"),
        stderr=subprocess.STDOUT,
    )
    peaks = {}
    while process.poll() is None:
        for name, peak in tree(process.pid).items():
            peaks[name] = max(peaks.get(name, 0), peak)
        if kill_when and kill_when():
            process.send_signal(signal.SIGKILL)
            process.wait()
            return peaks, None
        time.sleep(0.05)
    return peaks, process.returncode


log = folder / ".assay/emulator/large/requests.jsonl"


def requests(operation):
    if not log.exists():
        return 0
    return sum(1 for line in log.read_text().splitlines() if json.loads(line).get("operation") == operation)


start = time.time()
first, _ = run(lambda: requests("uploads.part") >= 3)
sent = requests("uploads.part")
created = requests("uploads.create")
second, code = run()
assert code == 0, (folder / "events.jsonl").read_text()[-2000:]
files = {}
for record in (folder / ".assay/emulator/large/files").glob("*.json"):
    value = json.loads(record.read_text())["object"]
    files[value["filename"]] = value["bytes"]
inputs = {name: size for name, size in files.items() if name.startswith("assay-")}
print("files that were uploaded, in MB:", sorted(round(size / 1e6, 1) for size in inputs.values()))
parts = requests("uploads.part")
needed = sum(-(-size // (64 << 20)) for size in inputs.values() if size > 100 << 20)
print(f"parts sent: {parts} for {needed} needed; {sent} of them before the kill")
print(f"uploads begun: {requests('uploads.create')}, completed: {requests('uploads.complete')}")
for name in sorted(set(first) | set(second)):
    print(f"peak of {name}: {max(first.get(name, 0), second.get(name, 0)) / 1024:.0f} MB")
print(f"{time.time() - start:.0f} s")
assert max(first.get("assay", 0), second.get("assay", 0)) < 400 << 10, "assay's memory grew with the files"
