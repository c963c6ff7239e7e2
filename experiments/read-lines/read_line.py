"""RapidOCR behind the emulator: answers each line of JSON on standard input with the text of one line in a picture."""
import json
import sys

from rapidocr_onnxruntime import RapidOCR

engine = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
for line in sys.stdin:
    question = json.loads(line)
    try:
        found, _ = engine(question["image"], use_det=False, use_cls=False, use_rec=True)
        reply = {"answer": " ".join(text for text, _ in found or [])}
    except Exception as error:  # One bad picture must not end the program.
        reply = {"error": str(error)}
    print(json.dumps(reply), flush=True)
