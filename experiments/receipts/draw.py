"""Draws receipts on noisy paper: pictures, and receipts.jsonl with their fields.

usage: draw.py FOLDER
"""
import json
import os
import random
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

COUNT = 60
FONTS = ["dejavu/DejaVuSansMono.ttf", "liberation/LiberationMono-Regular.ttf", "dejavu/DejaVuSansMono-Bold.ttf"]
GOODS = "Green tea,Oat milk,Rye bread,Apples,Notebook,Batteries,Soap bar,Coffee beans,Rice,Olive oil,Pencils,Lemonade".split(",")
SHOPS = ["NORTHGATE GROCERY", "LUMEN STATIONERS", "Harbour Foods Ltd", "The Corner Shop", "MILL LANE MARKET", "Paper and Ink"]
WIDTH = 32


def receipt(r):
    shop = r.choice(SHOPS)
    date = f"20{r.randint(20, 29)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"
    items = []
    for name in r.sample(GOODS, r.randint(2, 5)):
        quantity = r.randint(1, 4)
        items.append({"name": name, "quantity": quantity, "price": round(quantity * r.randint(50, 1500) / 100, 2)})
    total = round(sum(item["price"] for item in items), 2)
    tax = round(total * 0.07, 2)
    lines = [shop.center(WIDTH).rstrip(), "", f"Date: {date}", "-" * WIDTH]
    lines += [f"{i['quantity']} x {i['name']}".ljust(WIDTH - 9) + f"{i['price']:9.2f}" for i in items]
    lines += ["-" * WIDTH, "TOTAL".ljust(WIDTH - 9) + f"{total:9.2f}", "Tax".ljust(WIDTH - 9) + f"{tax:9.2f}", "", "Thank you".center(WIDTH).rstrip()]
    return lines, {"shop": shop, "date": date, "items": items, "total": total, "tax": tax}


def draw(r, n, lines):
    font = ImageFont.truetype("/usr/share/fonts/truetype/" + r.choice(FONTS), r.randint(17, 22))
    step = int(font.size * 1.4)
    width, height = int(WIDTH * font.getlength("M")) + 60, step * len(lines) + 60
    paper = (r.randint(238, 250),) * 2 + (r.randint(228, 240),)
    picture = Image.new("RGB", (width, height), paper)
    pen = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        pen.text((30, 30 + step * row), line, font=font, fill=(40, 40, 50))
    picture = picture.rotate(r.uniform(-1, 1), expand=True, fillcolor=paper, resample=Image.BICUBIC)
    if r.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(0.5))
    pixels = np.asarray(picture, float)
    return Image.fromarray(np.clip(pixels + n.normal(0, r.uniform(3, 14), pixels.shape), 0, 255).astype(np.uint8))


def main(folder):
    os.makedirs(folder, exist_ok=True)
    r, n = random.Random(5), np.random.default_rng(5)
    with open(os.path.join(folder, "receipts.jsonl"), "w", encoding="utf-8") as table:
        for number in range(COUNT):
            lines, fields = receipt(r)
            name = f"receipt-{number:02d}.png"
            draw(r, n, lines).save(os.path.join(folder, name))
            table.write(json.dumps({"path": name, "fields": fields}) + "\n")
    print(f"{COUNT} receipts: {folder}")


if __name__ == "__main__":
    main(sys.argv[1])
