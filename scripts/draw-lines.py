#!/usr/bin/env python3
"""Draws pictures of text lines: a PNG for each line, and FOLDER/lines.jsonl with path and text.

usage: draw-lines.py FOLDER COUNT [--seed N] [--fonts training|experiment] [--texts short|documents] [--hard SHARE]

Pictures that train the emulator's text reader and pictures of experiments use different fonts. Needs Pillow, NumPy and
the fonts of these Debian packages: fonts-freefont-ttf fonts-lato fonts-open-sans fonts-roboto-unhinted
fonts-crosextra-carlito fonts-crosextra-caladea fonts-linuxlibertine fonts-hack fonts-inconsolata fonts-courier-prime
fonts-noto-mono (training), fonts-dejavu fonts-liberation (experiment).
"""
import argparse, glob, json, os, random, string, sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = {
    "training": ["freefont", "lato", "open-sans", "roboto", "crosextra", "linux-libertine", "hack", "inconsolata", "courier-prime", "noto"],
    "experiment": ["dejavu", "liberation"],
}
# Symbols, thin and very heavy weights: no letters that a document has.
UNFIT = ("Hairline", "Thin", "ExtraLight", "Black", "Initials", "Keyboard", "Display", "MathTeX", "Outline", "O.otf")
SYLLABLES = "ba be bi bo bu ca ce co da de di do fa fe fi ga ge go ha he hi ho in is it la le li lo ma me mi mo na ne ni no on or pa pe pi po ra re ri ro sa se si so ta te ti to un us va ve vi wa we wi xa ya ye za zo th st ch sh qu ck ll tt ss ee oo ing er ed ly tion".split()


def fonts(kind):
    found = []
    for folder in ("/usr/share/fonts/truetype", "/usr/share/fonts/opentype"):
        for name in FONTS[kind]:
            for pattern in ("*.ttf", "*.otf"):
                found += glob.glob(os.path.join(folder, name + "*", "**", pattern), recursive=True)
    found = sorted({f for f in found if not any(word in os.path.basename(f) for word in UNFIT)})
    if not found:
        sys.exit(f"no font of the kind '{kind}' is installed: see the packages in draw-lines.py")
    return found


def word(r):
    text = "".join(r.choice(SYLLABLES) for _ in range(r.randint(1, 3)))
    p = r.random()
    return text.capitalize() if p < 0.25 else text.upper() if p < 0.35 else text


def number(r):
    p = r.random()
    if p < 0.3:
        return str(r.randint(0, 10 ** r.randint(1, 5)))
    if p < 0.5:
        return f"{r.randint(0, 9999)}.{r.randint(0, 99):02d}"
    if p < 0.6:
        return f"{r.randint(1, 999)},{r.randint(0, 999):03d}"
    if p < 0.75:
        return f"20{r.randint(0, 39):02d}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"
    if p < 0.85:
        return f"{r.randint(1, 28)}/{r.randint(1, 12)}/{r.randint(10, 39)}"
    return f"{r.randint(1, 99)}%" if p < 0.92 else f"${r.randint(1, 999)}"


def text(r):
    """Short texts of every kind: words, numbers, codes, and every character that ASCII has."""
    p = r.random()
    if p < 0.35:
        line = " ".join(word(r) for _ in range(r.randint(1, 4)))
        return line + r.choice(["", "", "", ".", ",", ":", "!", "?", ";"])
    if p < 0.55:
        return word(r) + r.choice([" ", ": ", " x ", " - ", "  "]) .replace("  ", " ") + number(r)
    if p < 0.7:
        return " ".join(number(r) for _ in range(r.randint(1, 2)))
    if p < 0.85:
        return "".join(r.choice(string.ascii_letters + string.digits) for _ in range(r.randint(3, 12)))
    pool = string.ascii_letters + string.digits + string.punctuation
    return "".join(r.choice(pool) for _ in range(r.randint(2, 8))) + " " + word(r)


WORDS = """order number amount due report engine valve pressure total signed copy street monday warehouse shipment delayed weather
please return before noon river green window paper against several machine garden letter between office market simple yellow
station morning second during quality version require fabric contract harbour winter customer delivery service account""".split()
ACCENTED = """café crème brûlée façon Größe naïve Ångström Señor Núñez pagó Zürich Malmö Straße déjà fête Übung señal años garçon
Köln über noël coöperate El€ 3€ 12µm ±2 20°C Émile Århus mañana Fürth château""".split()


def document_line(r):
    """Lines as documents have them; some have letters beyond ASCII."""
    p = r.random()
    if p < 0.3:
        return " ".join(r.choice(WORDS) for _ in range(r.randint(4, 6)))
    if p < 0.5:
        return f"Invoice {r.randint(1000, 9999)}-{r.choice('ABCDEF')}: EUR {r.randint(1, 999)}.{r.randint(0, 99):02d}"
    if p < 0.65:
        day = f"{r.randint(1, 28)} {r.choice(['March', 'April', 'June', 'October'])} 20{r.randint(10, 29)}"
        return " ".join(r.choice(WORDS).capitalize() for _ in range(3)) + ", " + day
    if p < 0.9:
        return " ".join(r.choice(ACCENTED if r.random() < 0.6 else WORDS) for _ in range(r.randint(3, 5)))
    code = string.ascii_uppercase + string.digits
    return "".join(r.choice(code) for _ in range(10)) + " " + "".join(r.choice(string.ascii_lowercase + "0O1lI") for _ in range(6))


def draw(r, n, line, font, hard):
    """One line on paper with noise; `hard` adds blur, a turn and more noise."""
    size = r.randint(16, 34)
    face = ImageFont.truetype(font, size)
    left, top, right, bottom = face.getbbox(line)
    w, h = right + r.randint(8, 40), bottom + r.randint(6, 24)
    if right - left < 4 or w > 4000:
        return None
    paper = np.array([r.randint(205, 255)] * 3) - np.array([0, r.randint(0, 8), r.randint(0, 16)])
    ink = tuple(r.randint(0, 90) for _ in range(3))
    if r.random() < 0.08:
        paper, ink = np.array([r.randint(0, 60)] * 3), tuple(r.randint(190, 255) for _ in range(3))
    picture = Image.new("RGB", (w, h), tuple(int(v) for v in paper))
    ImageDraw.Draw(picture).text((r.randint(4, max(5, w - right)), r.randint(2, max(3, h - bottom))), line, font=face, fill=ink)
    if hard:
        turn = r.uniform(-2, 2)
        picture = picture.rotate(turn, expand=True, fillcolor=tuple(int(v) for v in paper), resample=Image.BICUBIC)
        picture = picture.filter(ImageFilter.GaussianBlur(r.uniform(0, 1.2)))
    pixels = np.asarray(picture, float)
    spread = r.uniform(4, 24) if hard else r.uniform(0, 8)
    return Image.fromarray(np.clip(pixels + n.normal(0, spread, pixels.shape), 0, 255).astype(np.uint8))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fonts", choices=sorted(FONTS), default="training")
    parser.add_argument("--texts", choices=["short", "documents"], default="short")
    parser.add_argument("--hard", type=float, default=0.4, help="the share of blurred, turned and noisier pictures")
    options = parser.parse_args()
    r, n = random.Random(options.seed), np.random.default_rng(options.seed)
    faces = fonts(options.fonts)
    os.makedirs(options.folder, exist_ok=True)
    with open(os.path.join(options.folder, "lines.jsonl"), "w", encoding="utf-8") as table:
        made = 0
        while made < options.count:
            line = document_line(r) if options.texts == "documents" else text(r)
            picture = draw(r, n, line, r.choice(faces), r.random() < options.hard)
            if picture is None:
                continue
            name = f"line-{made:06d}.png"
            picture.save(os.path.join(options.folder, name), compress_level=1)
            table.write(json.dumps({"path": name, "text": line}, ensure_ascii=False) + "\n")
            made += 1
    print(f"{made} lines in {len(faces)} fonts: {options.folder}")


if __name__ == "__main__":
    main()
