"""Replaces the marked tables of a document."""

import datetime
import os
import pathlib
import re
import sys


def write(document: pathlib.Path, part: str, text: str) -> None:
    """Replaces a part's tables, with a line on when and where they were measured."""
    date = datetime.date.today().isoformat()
    note = f"Measured on {date}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end."
    marks = f"<!-- {part} -->", f"<!-- end of {part} -->"
    changed, count = re.subn(
        f"{marks[0]}.*?{marks[1]}", lambda _: f"{marks[0]}\n{text}\n{note}\n{marks[1]}", document.read_text(),
        flags=re.S)
    if count != 1:
        sys.exit(f"{document} has no place for the part '{part}'")
    document.write_text(changed)
