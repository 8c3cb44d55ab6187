"""Measures a large city: the whole night, attendance's marts against bare SQL, and nights after small changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.disclosure import DisclosureResults, measure_disclosure
from benchmarks.measure import Measured, run
from benchmarks.nightly import Root

LITTLE_MEMORY = "1GB"


@dataclass(frozen=True)
class CityResults:
    """What was measured; `models_seconds` are those of dbt's models alone, without its start and its tests."""

    rows: int
    units: int
    first: Measured
    disclosure: DisclosureResults
    bare: Measured
    product: Measured
    models_seconds: float
    little_memory: Measured
    differing: int
    again: Measured
    new_day: Measured
    correction: Measured


def measure_city(folder: Path, preset: str, say: Callable[[str], None]) -> CityResults:
    """One run of each. What the two ways of making the marts give is compared row by row."""
    say(f"generating {preset} …")
    root = Root(folder / "city", preset)
    rows = root.attendance_rows()
    say(f"{rows:,} rows of attendance; first night …")
    first = root.nightly()
    say(f"first night {first.seconds:.0f} s, {first.peak_mb:.0f} MiB; the marts of attendance …")
    disclosure = measure_disclosure(root.lakehouse, root.serving, folder / "told.json")
    say(f"disclosure control {disclosure.seconds:.0f} s …")
    marts, told = ["-m", "benchmarks.attendance_marts"], folder / "told.txt"
    bare = run([*marts, "bare"], root.environment)
    run([*marts, "prepare"], root.environment)
    little = run([*marts, "product", str(told)], {**root.environment, "DIA_MEMORY_LIMIT": LITTLE_MEMORY})
    run([*marts, "prepare"], root.environment)
    product = run([*marts, "product", str(told)], root.environment)
    models = float(told.read_text(encoding="utf-8"))
    run([*marts, "differing", str(told)], root.environment)
    differing = int(told.read_text(encoding="utf-8"))
    say(f"by dbt {product.seconds:.1f} s, bare {bare.seconds:.1f} s, {differing} rows differ; small changes …")
    again = root.nightly()
    root.next_day(with_register=False)
    new_day = root.nightly()
    units = correct_one_unit(min((root.extracts / "narvaro").glob("lektionsnarvaro_*.csv")))
    correction = root.nightly()
    shutil.rmtree(root.folder)
    return CityResults(
        rows, units, first, disclosure, bare, product, models, little, differing, again, new_day, correction
    )


def correct_one_unit(month: Path) -> int:
    """Deliver one school unit's rows of a month again, every fiftieth unrecorded; tells how many units there are."""
    header, *lines = month.read_bytes().splitlines(keepends=True)
    codes = sorted({line.split(b";", 1)[0] for line in lines})
    own = [line for line in lines if line.startswith(codes[0])]
    own[::50] = [line.replace(b";J;", b";N;") for line in own[::50]]
    month.with_name(month.name.replace(".csv", "_rattelse9.csv")).write_bytes(b"".join([header, *own]))
    return len(codes)
