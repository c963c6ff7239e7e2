#!/usr/bin/env python3
"""Lists ChartQA's questions as one table: list-charts.py CHARTQA [human] [augmented] > charts.jsonl

CHARTQA is the folder with train/, val/ and test/, each with png/, PART_human.json and PART_augmented.json. Without a kind, the
human-authored questions are listed. The column `type` holds the kind, so that the report shows each one's score. Paths start
from that folder. All questions about a chart have its file name as their group. Needs Python's standard library alone."""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
kinds = sys.argv[2:] or ["human"]
for part in ("train", "val", "test"):
    for kind in kinds:
        source = folder / part / f"{part}_{kind}.json"
        for number, row in enumerate(json.loads(source.read_text(encoding="utf-8"))):
            for key in ("imgname", "query", "label"):
                if not isinstance(row.get(key), str):
                    sys.exit(f"{source}: entry {number}: '{key}' is not a text")
            print(json.dumps({
                "id": f"{part}-{number}" if kind == "human" else f"{part}-{kind}-{number}",
                "path": f"{part}/png/{row['imgname']}", "split": part, "group": row["imgname"], "type": kind,
                "question": row["query"], "answers": row["label"]}, ensure_ascii=False))
