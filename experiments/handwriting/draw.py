"""Arranges real handwritten digits in lines: 240 pictures, and digits.jsonl with everything known about them.

The digits are the 1,797 of scikit-learn's wheel (UCI Optical Recognition of Handwritten Digits, 8x8 pixels). Digits of the first
lines, which are for training, do not occur in the later ones.

usage: draw.py FOLDER
"""
import json
import os
import sys

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

LINES, TRAIN = 240, 160


def main(folder):
    os.makedirs(folder, exist_ok=True)
    digits = load_digits()
    rng = np.random.default_rng(3)
    order = rng.permutation(len(digits.target))
    pools = order[:1200], order[1200:]
    with open(os.path.join(folder, "digits.jsonl"), "w", encoding="utf-8") as table:
        for number in range(LINES):
            chosen = rng.choice(pools[number >= TRAIN + 20], int(rng.integers(4, 9)))
            width = len(chosen) * 44 + 24
            paper, boxes, x = np.full((64, width), 255.0), [], 12
            for index in chosen:
                ink = Image.fromarray((255 - digits.images[index] * 255 / 16).astype(np.uint8)).resize((40, 40), Image.BICUBIC)
                y = int(rng.integers(6, 18))
                paper[y:y + 40, x:x + 40] = np.minimum(paper[y:y + 40, x:x + 40], np.asarray(ink))
                boxes.append({"label": str(digits.target[index]), "box": [x, y, 40, 40]})
                x += 44
            paper = np.clip(paper + rng.normal(0, 8, paper.shape), 0, 255).astype(np.uint8)
            name = f"digits-{number:03d}.png"
            # Providers take no greyscale images for fine-tuning.
            Image.fromarray(paper).convert("RGB").save(os.path.join(folder, name))
            text = "".join(box["label"] for box in boxes)
            row = {"path": name, "text": text, "number": text.count("3"), "tags": sorted(set(text)), "boxes": boxes}
            table.write(json.dumps(row) + "\n")
    print(f"{LINES} lines of handwritten digits: {folder}")


if __name__ == "__main__":
    main(sys.argv[1])
