"""Measures nightly runs through the product's real command line, each on a data root of its own.

The made-up municipality is generated beforehand, so that making it is not counted.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.compare import Comparison, compare
from benchmarks.measure import Measured, median, run
from benchmarks.years import add_years

Say = Callable[[str], None]
FINISHED = (0, 3)  # 3: finished, but something is stale or was refused; the report says so
EARLIER_YEARS = 4


@dataclass(frozen=True)
class Days:
    """Nights after one new day. A late mark of protected identity moves the person's whole past, hence on its own."""

    attendance: Measured
    with_late_mark: Measured


@dataclass(frozen=True)
class LongHistory:
    """Nights with five school years of attendance; `first` reads all of it."""

    rows: int
    first: Measured
    days: Days


@dataclass(frozen=True)
class NightlyResults:
    """The medians of all nightly measurements."""

    empty: Measured
    full: Measured
    handwritten: Measured
    handwritten_without_lessons: Measured
    comparison: Comparison
    again: Measured
    imported: list[str]
    days: Days
    small: Measured
    rows_small: int
    rows_full: int


class Root:
    """A data root with a made-up municipality."""

    def __init__(self, folder: Path, preset: str) -> None:
        self.folder, self.preset = folder, preset
        self.environment = {"DIA_DATA": str(folder), "DIA_PRESET": preset}
        self.extracts = folder / "synthetic" / "extracts"
        self.serving = folder / "serving"
        self.lakehouse = folder / "internal" / "lakehouse.duckdb"
        run(["-m", "dia_assets.cli", "generate", "--preset", preset, "--out", str(folder / "synthetic")])

    def nightly(self, watch: Path | None = None) -> Measured:
        """One nightly run; `watch` is a file for what it imported."""
        start = ["-m", "benchmarks.watched", str(watch)] if watch else ["-m", "dia_assets.cli"]
        return run([*start, "nightly"], self.environment, FINISHED)

    def next_day(self, with_register: bool) -> None:
        """Add the next day's attendance and a correction; and, if asked for, a register with a late mark in it."""
        register = self.extracts / "ss12000"
        before = set(register.iterdir())
        run(["-m", "dia_assets.cli", "generate", "--next-day", "--out", str(self.folder / "synthetic")])
        if not with_register:
            for path in set(register.iterdir()) - before:
                path.unlink()

    def two_days(self) -> Days:
        """The night after a day's attendance, then the night after a day with a register and late marks."""
        self.next_day(with_register=False)
        attendance = self.nightly()
        self.next_day(with_register=True)
        return Days(attendance, self.nightly())

    def forget(self) -> None:
        """Remove everything but the municipality."""
        for path in self.folder.iterdir():
            if path.name != "synthetic":
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def attendance_rows(self) -> int:
        """Lines in the attendance files, headers left out."""
        return sum(path.read_bytes().count(b"\n") - 1 for path in (self.extracts / "narvaro").glob("*.csv"))


def measure_nightly(folder: Path, preset: str, repeat: int, say: Say) -> NightlyResults:
    """The whole night against the hand-written script, the night with nothing new, and the night after a new day."""
    say(f"generating {preset} …")
    empty_root, root = Root(folder / "empty", "empty"), Root(folder / preset, preset)
    by_hand = folder / "by_hand.duckdb"
    empty, full, hand, hand_without = [], [], [], []
    for number in range(1, repeat + 1):
        empty_root.forget()
        root.forget()
        empty.append(empty_root.nightly())
        full.append(root.nightly())
        say(f"run {number}: empty {empty[-1].seconds:.1f} s, {preset} {full[-1].seconds:.1f} s")
        script = ["-m", "benchmarks.handwritten", str(root.extracts)]
        hand_without.append(run([*script, str(by_hand), "--without-lessons"]))
        hand.append(run([*script, str(by_hand)]))
        say(f"run {number}: by hand {hand[-1].seconds:.1f} s, without lessons {hand_without[-1].seconds:.1f} s")
    comparison = compare(root.lakehouse, by_hand)
    by_hand.unlink()
    watch = folder / "imported.txt"
    again = [root.nightly(watch) for _ in range(repeat)]
    imported = watch.read_text(encoding="utf-8").split()
    say(f"nothing new: {again[-1].seconds:.1f} s, imported: {imported or 'neither'}")
    rows_full = root.attendance_rows()
    days = root.two_days()
    say(f"one new day: {days.attendance.seconds:.1f} s, with late marks {days.with_late_mark.seconds:.1f} s")
    shutil.rmtree(root.folder)
    small_root = Root(folder / "small", "one_unit" if preset == "tiny" else "tiny")
    small = small_root.nightly()
    return NightlyResults(
        empty=median(empty),
        full=median(full),
        handwritten=median(hand),
        handwritten_without_lessons=median(hand_without),
        comparison=comparison,
        again=median(again),
        imported=imported,
        days=days,
        small=small,
        rows_small=small_root.attendance_rows(),
        rows_full=rows_full,
    )


def measure_long_history(folder: Path, preset: str, say: Say) -> LongHistory:
    """The first night with five years of attendance (no target), and the nights after new days."""
    root = Root(folder / "five_years", preset)
    files = add_years(root.extracts, EARLIER_YEARS)
    rows = root.attendance_rows()
    say(f"five years: {files} more files, {rows} rows of attendance; first night …")
    first = root.nightly()
    days = root.two_days()
    say(f"five years: first night {first.seconds:.1f} s, one new day {days.attendance.seconds:.1f} s")
    shutil.rmtree(root.folder)
    return LongHistory(rows, first, days)
