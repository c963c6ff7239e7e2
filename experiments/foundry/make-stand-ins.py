#!/usr/bin/env python3
"""Makes small stand-in datasets in the layouts of ChartQA and UCF101: make-stand-ins.py FOLDER [charts] [clips]

FOLDER/ChartQA has bar charts with questions about them, FOLDER/UCF-101 clips of moving shapes, eight sources of two clips for
each of three actions. Nothing in them is data of the originals. Needs Python's standard library, and ffmpeg for the clips.
Equal calls make equal charts."""
import json
import pathlib
import random
import struct
import subprocess
import sys
import zlib

COLOURS = {"red": (200, 40, 40), "green": (40, 150, 60), "blue": (50, 80, 200), "orange": (230, 140, 30)}
PARTS = {"train": 12, "val": 4, "test": 10}
ACTIONS = {
    "Basketball": "x='(W-w)/2':y='abs(sin(t*{speed}))*(H-h)'",
    "CricketShot": "x='mod(t*{speed}*40,W)':y='H/2'",
    "TennisSwing": "x='(W-w)/2+cos(t*{speed})*W/3':y='H/2+sin(t*{speed})*H/3'",
}


def png(path, width, height, pixel):
    """Writes a picture; pixel(x, y) is its colour."""
    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in pixel(x, y)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def charts(folder):
    chance = random.Random(42)
    for part, count in PARTS.items():
        (folder / part / "png").mkdir(parents=True, exist_ok=True)
        questions = {"human": [], "augmented": []}
        for number in range(count):
            names = chance.sample(sorted(COLOURS), chance.randint(2, 4))
            heights = dict(zip(names, chance.sample(range(2, 10), len(names))))
            file = f"{part}{number}.png"

            def pixel(x, y):
                place, inside = divmod(x, 40)
                if y == 109 or (x == 0 and y > 4):
                    return (0, 0, 0)
                if place < len(names) and 8 <= inside < 32 and y >= 109 - 10 * heights[names[place]]:
                    return COLOURS[names[place]]
                return (255, 255, 255)

            png(folder / part / "png" / file, 40 * len(names), 112, pixel)
            questions["human"] += [
                {"imgname": file, "query": "How many bars are there?", "label": str(len(names))},
                {"imgname": file, "query": "Which colour is the highest bar?", "label": max(names, key=heights.get)},
            ]
            # Made by a template, as ChartQA's augmented questions are made by a program.
            name = names[number % len(names)]
            questions["augmented"].append(
                {"imgname": file, "query": f"What is the value of the {name} bar?", "label": str(heights[name])})
        for kind, rows in questions.items():
            (folder / part / f"{part}_{kind}.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")


def clips(folder):
    for action, motion in ACTIONS.items():
        (folder / action).mkdir(parents=True, exist_ok=True)
        for source in range(1, 9):
            for clip in (1, 2):
                path = folder / action / f"v_{action}_g{source:02}_c{clip:02}.avi"
                ground = f"color=c=0x{40 + 25 * source:02x}{60 + 10 * clip:02x}50:s=96x72:r=10:d=2"
                subprocess.run(
                    ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", ground, "-f", "lavfi", "-i",
                     "color=c=white:s=16x16:r=10:d=2", "-filter_complex",
                     "[0][1]overlay=" + motion.format(speed=1 + source / 3 + clip / 7), "-c:v", "mpeg4", str(path)],
                    check=True)


def table(folder, name, *kinds):
    command = [sys.executable, str(pathlib.Path(__file__).with_name("list-charts.py")), str(folder / "ChartQA"), *kinds]
    (folder / name).write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)


folder = pathlib.Path(sys.argv[1])
wanted = sys.argv[2:] or ["charts", "clips"]
if "charts" in wanted:
    charts(folder / "ChartQA")
    table(folder, "charts.jsonl", "human")
    table(folder, "charts-all.jsonl", "human", "augmented")
if "clips" in wanted:
    clips(folder / "UCF-101")
