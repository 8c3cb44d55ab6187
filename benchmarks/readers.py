"""The readers of SCB's files and of workbooks against the bare library that parses them, in rows per second.

    python -m benchmarks.readers [--repeat 3]

The extracts of the made-up municipality are made longer by repeating their rows. `bare` parses every cell and forgets
it (PyArrow for text, calamine for Excel); `reader` is the product's way from the landed file to a candidate: layout,
checks by contract, quarantine, row numbers, Parquet. Every measurement is a process of its own.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pyarrow.csv as pa_csv
import xlsxwriter
from python_calamine import CalamineWorkbook

from benchmarks.measure import PROJECT

ROWS, QUICK_ROWS = {"scb": 300_000, "excel": 60_000}, {"scb": 10_000, "excel": 2_000}
DATASETS = {"scb": "scb.final_grade_year9", "excel": "personal.staff_service"}
WHAT = ("bare", "reader")


def make_files(folder: Path, rows: dict[str, int]) -> dict[str, Path]:
    """An SCB file and a workbook of that many rows, from the smallest municipality's."""
    from dia_assets.synthetic import generate

    generate("one_unit", folder / "small", 1)
    [text, *_] = sorted((folder / "small" / "extracts" / "scb").glob("betyg_ak9_*.txt"))
    [book] = (folder / "small" / "extracts" / "personal").glob("*.xlsx")
    return {"scb": _longer_text(text, folder, rows["scb"]), "excel": _longer_book(book, folder, rows["excel"])}


def _longer_text(path: Path, folder: Path, rows: int) -> Path:
    lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    whole = [line for line in lines if line.count(b";") == max(other.count(b";") for other in lines)]
    target = folder / path.name
    target.write_bytes(b"\n".join(whole[place % len(whole)] for place in range(rows)) + b"\n")
    return target


def _longer_book(path: Path, folder: Path, rows: int) -> Path:
    given = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    width = max(sum(cell != "" for cell in row) for row in given)
    start = next(place for place, row in enumerate(given) if sum(cell != "" for cell in row) == width)
    records = [row for row in given[start + 1 :] if row[0] != "" and row[1] != ""]
    target = folder / path.name
    with xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for y, row in enumerate([*given[: start + 1], *(records[n % len(records)] for n in range(rows))]):
            sheet.write_row(y, 0, row)
    return target


def bare(kind: str, file: Path) -> int:
    """The library alone; returns the number of rows."""
    if kind == "excel":
        return len(CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python())
    width = file.read_bytes().split(b"\n", 1)[0].count(b";") + 1
    names = [f"c{place}" for place in range(width)]
    table = pa_csv.read_csv(
        file,
        read_options=pa_csv.ReadOptions(column_names=names, encoding="latin-1"),
        parse_options=pa_csv.ParseOptions(delimiter=";", quote_char=False),
        convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, "string")),
    )
    return int(table.num_rows)


def read(kind: str, file: Path, root: Path) -> tuple[float, int]:
    """The product's reader; returns seconds and rows read."""
    from dia_assets.contracts import load_contracts
    from dia_assets.landing import raw
    from dia_assets.landing.zone import land
    from dia_assets.ledger import Ledger
    from dia_assets.settings import Settings

    settings = Settings(data=root, threads=2, max_quarantine_share=1)
    settings.lake.prepare()
    ledger, contract = Ledger(settings.lake.ledger), load_contracts()[DATASETS[kind]]
    (delivery,) = land(settings, settings.lake, ledger, contract, [file], datetime.now(UTC))
    began = time.perf_counter()
    ((_, candidate),) = raw.read_candidates(settings, settings.lake, ledger, contract, [delivery])
    seconds = time.perf_counter() - began
    assert isinstance(candidate, raw.Candidate), candidate
    return seconds, candidate.rows_read


def measure_here(kind: str, what: str, file: Path) -> dict[str, float]:
    """One measurement in this process."""
    if what == "bare":
        began = time.perf_counter()
        rows = bare(kind, file)
        seconds = time.perf_counter() - began
    else:
        with tempfile.TemporaryDirectory(dir=file.parent) as root:
            seconds, rows = read(kind, file, Path(root))
    return {"seconds": seconds, "rows": rows, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def measure(rows: dict[str, int], repeat: int) -> list[dict[str, Any]]:
    """The median of each measurement, beside the bare library's."""
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        for kind, file in make_files(Path(name), rows).items():
            found = defaultdict(list)
            for _ in range(repeat):
                for what in WHAT:
                    command = [sys.executable, "-m", "benchmarks.readers", "--measure", kind, what, str(file)]
                    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=True)
                    found[what].append(json.loads(done.stdout.splitlines()[-1]))
            seconds = {what: statistics.median(run["seconds"] for run in runs) for what, runs in found.items()}
            for what, runs in found.items():
                results.append(
                    {
                        "kind": kind,
                        "what": what,
                        "rows": rows[kind],
                        "seconds": seconds[what],
                        "ratio_to_bare": seconds[what] / seconds["bare"],
                        "peak_mb": max(run["peak_mb"] for run in runs),
                    }
                )
    return results


@click.command()
@click.option("--repeat", default=3)
@click.option("--measure", "one", nargs=3, hidden=True)
def main(repeat: int, one: tuple[str, str, str] | None) -> None:
    """Measure and print, a line for each."""
    if one:
        click.echo(json.dumps(measure_here(one[0], one[1], Path(one[2]))))
        return
    for result in measure(ROWS, repeat):
        click.echo(json.dumps(result))


if __name__ == "__main__":
    main()
