"""An OCR engine behind the emulator that reads digits: read_digits.py tesseract|rapidocr.

Answers each line of JSON on standard input in the form of the question's schema: the digits, the number of those that the
question quotes, the digits that occur, or their boxes in thousandths of the picture (Tesseract alone finds them).
"""
import json
import os
import re
import subprocess
import sys


def tesseract(path):
    run = subprocess.run(
        ["tesseract", path, "-", "-l", "eng", "--psm", "7", "-c", "tessedit_char_whitelist=0123456789", "makebox"],
        capture_output=True, text=True, check=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    from PIL import Image
    width, height = Image.open(path).size
    found = []
    for line in run.stdout.splitlines():
        # Tesseract counts rows from the bottom.
        digit, left, bottom, right, top, _ = line.split()
        if digit.isdigit():
            edges = int(left) / width, 1 - int(top) / height, int(right) / width, 1 - int(bottom) / height
            found.append((digit, [round(1000 * edge) for edge in edges]))
    return found


engine = None


def rapidocr(path):
    global engine
    if engine is None:
        from rapidocr_onnxruntime import RapidOCR
        engine = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    found, _ = engine(path, use_det=False, use_cls=False, use_rec=True)
    return [(character, None) for text, _ in found or [] for character in text if character.isdigit()]


read = {"tesseract": tesseract, "rapidocr": rapidocr}[sys.argv[1]]
for line in sys.stdin:
    question = json.loads(line)
    try:
        found = read(question["image"])
        schema = (question["schema"] or {}).get("properties", {})
        wanted = next(iter(schema.values()), {"type": "string"})
        if wanted["type"] == "integer":
            digit = re.search(r'"(\d)"', question["question"])[1]
            answer = sum(character == digit for character, _ in found)
        elif wanted["type"] == "array" and "enum" in wanted["items"]:
            answer = sorted({character for character, _ in found})
        elif wanted["type"] == "array":
            answer = [{"label": character, "box": box} for character, box in found if box]
        else:
            answer = "".join(character for character, _ in found)
        reply = {"answer": answer}
    except Exception as error:  # One bad picture must not end the program.
        reply = {"error": str(error)}
    print(json.dumps(reply), flush=True)
