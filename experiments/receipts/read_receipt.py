"""An OCR engine behind the emulator that fills the fields of a receipt: read_receipt.py tesseract|rapidocr.

Answers each line of JSON on standard input. The rules below know how these receipts are laid out.
"""
import json
import os
import re
import subprocess
import sys


def tesseract():
    def read(path):
        run = subprocess.run(
            ["tesseract", path, "-", "-l", "eng", "--psm", "6"], capture_output=True, text=True, check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"})
        return run.stdout.splitlines()
    return read


def rapidocr():
    from rapidocr_onnxruntime import RapidOCR
    engine = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)

    def read(path):
        found, _ = engine(path, use_cls=False)
        rows = []
        # Boxes of one row of text differ little in height.
        for corners, text, _ in sorted(found or [], key=lambda box: sum(point[1] for point in box[0])):
            y = sum(point[1] for point in corners) / 4
            if rows and abs(rows[-1][0] - y) < 12:
                rows[-1][1].append((corners[0][0], text))
            else:
                rows.append((y, [(corners[0][0], text)]))
        return [" ".join(text for _, text in sorted(row)) for _, row in rows]
    return read


def amount(text):
    found = re.findall(r"\d+[.,]\d\d", text)
    return float(found[-1].replace(",", ".")) if found else None


def fields(lines):
    lines = [line.strip() for line in lines if re.search(r"\w", line)]
    result = {"shop": lines[0] if lines else None, "date": None, "items": [], "total": None, "tax": None}
    for line in lines:
        item = re.fullmatch(r"(\d+)\s*[xX×]\s*(.+?)\s+(\d+[.,]\d\d)", line)
        date = re.search(r"\d{4}-\d\d-\d\d", line)
        if item:
            result["items"].append({"quantity": int(item[1]), "name": item[2], "price": float(item[3].replace(",", "."))})
        elif date:
            result["date"] = date[0]
        elif re.match(r"(?i)total", line):
            result["total"] = amount(line)
        elif re.match(r"(?i)tax", line):
            result["tax"] = amount(line)
    return result


read = {"tesseract": tesseract, "rapidocr": rapidocr}[sys.argv[1]]()
for line in sys.stdin:
    try:
        reply = {"answer": fields(read(json.loads(line)["image"]))}
    except Exception as error:  # One bad picture must not end the program.
        reply = {"error": str(error)}
    print(json.dumps(reply), flush=True)
