"""A random forest over gradient histograms. Reads train.csv and predict.csv, writes predictions.csv."""

import csv
import os
import time

import numpy
from PIL import Image
from sklearn.ensemble import RandomForestClassifier

SIDE = 64
CELLS = 8
BINS = 9


def features(path):
    """Histograms of gradient directions in a grid of cells: shape more than colour."""
    image = Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    pixels = numpy.asarray(image, dtype=numpy.float32) / 255
    # Of each pixel the channel with the strongest gradient counts.
    down, right = numpy.gradient(pixels, axis=(0, 1))
    strength = numpy.hypot(down, right)
    strongest = strength.argmax(axis=2)[..., None]
    strength = numpy.take_along_axis(strength, strongest, axis=2)[..., 0]
    angle = numpy.arctan2(
        numpy.take_along_axis(down, strongest, axis=2)[..., 0],
        numpy.take_along_axis(right, strongest, axis=2)[..., 0],
    ) % numpy.pi
    bins = numpy.minimum((angle / numpy.pi * BINS).astype(int), BINS - 1)
    size = SIDE // CELLS
    cells = numpy.zeros((CELLS, CELLS, BINS), dtype=numpy.float32)
    rows, columns = numpy.indices(bins.shape) // size
    numpy.add.at(cells, (rows, columns, bins), strength)
    return (cells / (numpy.linalg.norm(cells) + 1e-6)).ravel()


def read(name):
    with open(name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main():
    train = read("train.csv")
    forest = RandomForestClassifier(
        n_estimators=int(os.environ.get("FOREST_TREES", "300")), random_state=42, n_jobs=1)
    forest.fit([features(row["path"]) for row in train], [row["label"] for row in train])
    with open("predictions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "answer", "latency_ms"])
        for row in read("predict.csv"):
            start = time.perf_counter()
            answer = forest.predict([features(row["path"])])[0]
            writer.writerow([row["path"], answer, f"{(time.perf_counter() - start) * 1000:.3f}"])


main()
