#!/usr/bin/env python3
"""Lists ChartQA's human-authored questions as one table: list-charts.py CHARTQA > charts.jsonl

CHARTQA is the folder with train/, val/ and test/, each with png/ and PART_human.json. Paths start from that folder. All
questions about a chart have its file name as their group. Needs Python's standard library alone."""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
for part in ("train", "val", "test"):
    source = folder / part / f"{part}_human.json"
    for number, row in enumerate(json.loads(source.read_text(encoding="utf-8"))):
        for key in ("imgname", "query", "label"):
            if not isinstance(row.get(key), str):
                sys.exit(f"{source}: entry {number}: '{key}' is not a text")
        print(json.dumps({
            "id": f"{part}-{number}", "path": f"{part}/png/{row['imgname']}", "split": part, "group": row["imgname"],
            "question": row["query"], "answers": row["label"]}, ensure_ascii=False))
