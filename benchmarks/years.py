"""Makes a longer past: the attendance files of earlier school years, as copies with the dates moved back.

A copy keeps everything else (pupils, minutes, defects, encoding), so that a year is like the next one in size and dirt.
"""

from __future__ import annotations

import re
from pathlib import Path

MONTH = re.compile(r"lektionsnarvaro_(\d{4})-(\d{2})\.csv")
DATE = re.compile(rb";(20\d\d)(-\d\d-\d\d;\d\d:\d\d);L")


def add_years(extracts: Path, years: int) -> int:
    """Write the closed months of the `years` school years before the one there is; answers with the files written."""
    folder = extracts / "narvaro"
    months = [(path, match) for path in sorted(folder.iterdir()) if (match := MONTH.fullmatch(path.name))]
    for path, match in months:
        content = path.read_bytes()
        for back in range(1, years + 1):
            moved = folder / f"lektionsnarvaro_{int(match[1]) - back}-{match[2]}.csv"
            moved.write_bytes(_moved(content, back))
    return len(months) * years


def _moved(content: bytes, back: int) -> bytes:
    """The same lessons so many years earlier; a lesson's id is its own, so its first letter changes too."""
    letter = b"LMNOPQRSTU"[back : back + 1]
    return DATE.sub(lambda date: b";%d%s;%s" % (int(date[1]) - back, date[2], letter), content)
