"""Landing against DuckDB's bare parse: an attendance CSV with 0.1 % unreadable lines into raw, as one ratio.

    python benchmarks/landing.py [--rows 2000000 --rows 20000000] [--repeat 3] [--json results.jsonl]

Every measurement is a process of its own, so that its peak memory is its own. `parse` is the bare parse of all
columns (each counted), `raw` is from the landing zone to the accepted commit (candidate, checks by contract,
quarantine, row numbers), `landing` is that and the copy into the landing zone with its hash and its flush to disk.
The median of the repetitions is given; the order alternates so that a busy machine is busy for all of them.
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

import click
import duckdb

PROJECT = Path(__file__).resolve().parent.parent
HEADER = (
    "Skolenhetskod;Personnummer;Klass;Ämne;Datum;Start;LektionsID;Lektionsminuter;Närvarominuter;Giltig frånvaro;"
    "Ogiltig frånvaro;Rapporterad;Kommentar"
)
NAME = "lektionsnarvaro_2026-05.csv"
WHAT = ("parse", "raw", "landing")
PARSE_LIMIT, MEMORY_LIMIT_MB, MEMORY_GROWTH_LIMIT = 3.5, 1500, 2.0


def make_csv(path: Path, rows: int) -> None:
    """Write an attendance extract of that many lines; every thousandth is cut short."""
    body = path.with_suffix(".body")
    connection = duckdb.connect()
    connection.execute("set memory_limit = '2GB'")
    connection.execute("set preserve_insertion_order = true")
    connection.execute(
        f"""
        copy (
            select case when i % 1000 = 7 then left(line, 40) else line end from (
                select i, concat_ws(';',
                    printf('%08d', 1 + (i // 320) % 25),
                    printf('%04d%02d%02d%04d', 2007 + i % 12, 1 + (i // 7) % 12, 1 + (i // 90) % 28, 9800 + i % 200),
                    printf('%d%s', 1 + (i // 25) % 9, chr(65 + ((i // 225) % 4)::int)),
                    list_extract(['MA', 'SV', 'EN', 'IDH', 'BI', 'HKK', 'SVA', 'TK'], 1 + ((i // 25) % 8)::int),
                    strftime(date '2025-08-18' + ((i // 112000) % 290)::int, '%Y-%m-%d'),
                    printf('%02d:%02d', 8 + (i // 14000) % 8, (i // 3500) % 4 * 15),
                    printf('lektion-%010d-%05d', i // 25, i // 500000),
                    '60',
                    case when i % 13 = 0 then '42,5' when i % 17 = 0 then '0' else '60' end,
                    case when i % 13 = 0 then '17,5' when i % 17 = 0 then '60' else '0' end,
                    '0', 'J',
                    case when i % 29 = 0 then 'Kom för sent till lektionens början' else '' end
                ) as line from range({rows}) t(i)
            )
        ) to '{body}' (format csv, header false, quote '', escape '', delimiter E'\\x01')
        """
    )
    with path.open("wb") as target, body.open("rb") as source:
        target.write(f"{HEADER}\n".encode())
        while block := source.read(16 << 20):
            target.write(block)
    body.unlink()


def parse(file: Path) -> int:
    """DuckDB reads every column as text and counts it; unreadable lines are skipped."""
    names = HEADER.split(";")
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    counts = ", ".join(f'count("{name}")' for name in names)
    row = connection.execute(
        f"select {counts} from read_csv('{file}', delim=';', header=true,"
        f" quote='\"', auto_detect=false, ignore_errors=true, columns={{{columns}}})"
    ).fetchone()
    assert row is not None
    return int(row[0])


def take_in(file: Path, root: Path, what: str) -> tuple[float, int]:
    """The product's way; returns seconds and rows kept."""
    from dia_assets.contracts import load_contracts
    from dia_assets.landing import raw
    from dia_assets.landing.zone import land
    from dia_assets.ledger import Ledger
    from dia_assets.settings import Settings

    settings = Settings(data=root, threads=2)
    lake, moment = settings.lake, datetime.now(UTC)
    lake.prepare()
    ledger, contract = Ledger(lake.ledger), load_contracts()["narvaro.lesson_attendance"]
    began = time.perf_counter()
    (delivery,) = land(settings, lake, ledger, contract, [file], moment)
    if what == "raw":
        began = time.perf_counter()
    ((_, candidate),) = raw.read_candidates(settings, lake, ledger, contract, [delivery])
    assert isinstance(candidate, raw.Candidate), candidate
    raw.accept(lake, ledger, contract, delivery, candidate, moment)
    seconds = time.perf_counter() - began
    assert candidate.rows_quarantined == len(range(7, candidate.rows_read, 1000))
    return seconds, candidate.rows_kept


def measure_here(what: str, file: Path) -> dict[str, float]:
    """One measurement in this process."""
    if what == "parse":
        began = time.perf_counter()
        rows = parse(file)
        seconds = time.perf_counter() - began
    else:
        with tempfile.TemporaryDirectory(dir=file.parent) as root:
            seconds, rows = take_in(file, Path(root), what)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "rows": rows, "peak_mb": used.ru_maxrss / 1024}


def measure(what: str, file: Path) -> dict[str, float]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--measure", what, "--file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=True, env={"PYTHONPATH": "."})
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


@click.command()
@click.option("--rows", multiple=True, type=int, default=(2_000_000, 20_000_000))
@click.option("--repeat", default=3)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Append the results as JSON lines.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the CSV files are made (about 115 bytes a row).")
@click.option("--measure", "what", hidden=True)
@click.option("--file", type=click.Path(path_type=Path), hidden=True)
def main(
    rows: tuple[int, ...], repeat: int, json_file: Path | None, folder: Path | None, what: str | None, file: Path | None
) -> None:
    """Measure, print a table, and say whether the limits hold."""
    if what and file:
        print(json.dumps(measure_here(what, file)))
        return
    results = []
    with tempfile.TemporaryDirectory(dir=folder) as name:
        for count in rows:
            results += _measure_size(Path(name), count, repeat)
    if json_file:
        with json_file.open("a", encoding="utf-8") as target:
            target.writelines(json.dumps(result) + "\n" for result in results)
    _print(results)


def _measure_size(folder: Path, rows: int, repeat: int) -> list[dict[str, float | str]]:
    path = folder / NAME
    make_csv(path, rows)
    found = defaultdict(list)
    for _ in range(repeat):
        for what in WHAT:
            found[what].append(measure(what, path))
    bare = statistics.median(run["seconds"] for run in found["parse"])
    results: list[dict[str, float | str]] = []
    for what, runs in found.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        results.append(
            {
                "benchmark": f"landing/{what}",
                "rows": rows,
                "megabytes": round(path.stat().st_size / 1e6),
                "seconds": round(seconds, 2),
                "cpu_seconds": round(statistics.median(run["cpu"] for run in runs), 2),
                "rows_per_second": round(rows / seconds),
                "ratio_to_parse": round(seconds / bare, 2),
                "peak_mb": round(max(run["peak_mb"] for run in runs)),
            }
        )
    path.unlink()
    return results


def _print(results: list[dict[str, float | str]]) -> None:
    names = list(results[0])
    widths = [max(len(name), *(len(str(result[name])) for result in results)) for name in names]
    for cells in [names, *([str(result[name]) for name in names] for result in results)]:
        print("  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)))
    landed = [result for result in results if result["benchmark"] == "landing/landing"]
    largest = max(landed, key=lambda result: float(result["rows"]))
    growth = float(largest["peak_mb"]) / min(float(result["peak_mb"]) for result in landed)
    for text, value, limit in (
        ("landing ÷ bare parse", float(largest["ratio_to_parse"]), PARSE_LIMIT),
        ("peak memory, MB", float(largest["peak_mb"]), MEMORY_LIMIT_MB),
        ("peak memory ÷ that of the smallest file", growth, MEMORY_GROWTH_LIMIT),
    ):
        print(f"{text}: {value:.2f} (limit {limit}): {'holds' if value <= limit else 'DOES NOT HOLD'}")


if __name__ == "__main__":
    main()
