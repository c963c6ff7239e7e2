"""draw-pictures.py FOLDER [COUNT]: draws shapes into FOLDER/LABEL/N.png, for checks without pictures of their own."""

import random
import struct
import sys
import zlib
from pathlib import Path

SIDE = 64
SHAPES = {
    "circle": lambda x, y: x * x + y * y < 400,
    "square": lambda x, y: max(abs(x), abs(y)) < 18,
    "cross": lambda x, y: min(abs(x), abs(y)) < 6 and max(abs(x), abs(y)) < 22,
}


def png(rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


for label, inside in SHAPES.items():
    for number in range(int(sys.argv[2]) if len(sys.argv) > 2 else 5):
        draw = random.Random(f"{label} {number}")
        left, top = draw.randint(-8, 8), draw.randint(-8, 8)
        colour = [draw.randint(120, 255) for _ in range(3)]
        rows = []
        for y in range(SIDE):
            row = []
            for x in range(SIDE):
                is_in = inside(x - SIDE // 2 - left, y - SIDE // 2 - top)
                row += [part if is_in else draw.randint(0, 60) for part in colour]
            rows.append(row)
        path = Path(sys.argv[1]) / label / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(rows))
