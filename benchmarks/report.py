"""Writes the page of results. Knows targets and wording; measures nothing."""

from __future__ import annotations

import itertools
import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.city import LITTLE_MEMORY, CityResults
from benchmarks.disclosure import DisclosureResults
from benchmarks.measure import Measured
from benchmarks.nightly import EARLIER_YEARS, Days, LongHistory, NightlyResults

VERSIONS = ("duckdb", "deltalake", "dbt-core", "dbt-duckdb", "dagster", "great-expectations", "pyarrow")
RATIO_TARGET, EMPTY_TARGET, AGAIN_TARGET, MARTS_TARGET = 2.5, 35.0, 20.0, 1.5
PARSE_TARGET, PEAK_TARGET_MB, PEAK_GROWTH_TARGET = 3.5, 1500.0, 2.0
PULL_TARGET, PULL_GROWTH_TARGET = 5.0, 1.2
DISCLOSURE_TARGET = 60.0
VAULT_TARGET, INCREMENT_TARGET, LINKAGE_GROWTH_TARGET, RECALL_TARGET = 20.0, 0.25, 3.0, 0.95


@dataclass
class Section:
    """One table of the page, and the text under it."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    measured_on: date = field(default_factory=lambda: datetime.now(UTC).date())

    def markdown(self) -> str:
        """As GitHub reads it; every column but the first is right-aligned."""
        lines = [f"## {self.title}", "", f"| {' | '.join(self.columns)} |"]
        lines.append(f"|---|{'---:|' * (len(self.columns) - 1)}")
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        lines += ["", f"Measured on {self.measured_on:%Y-%m-%d}."]
        for paragraph in self.text:
            lines += ["", paragraph]
        return "\n".join(lines)


def page(sections: list[Section], command: str, repeat: int) -> str:
    """The whole page: where and when it was measured, then the sections."""
    head = [
        "# Benchmarks",
        "",
        f"Written by `{command}` on {datetime.now(UTC):%Y-%m-%d}; a target holds on any machine, since it is a ratio",
        "to an opponent in the same run or has room to spare. Seconds only compare within one table.",
        "",
        f"Machine: {_processor()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB of memory, {platform.system()}.",
        f"Versions: Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in VERSIONS)
        + ".",
        "Every measurement is a process of its own: wall time, processor time (all cores), largest resident size.",
        "Each was made once." if repeat == 1 else f"The median of {repeat} runs; nights after new days were run once.",
        "",
    ]
    return "\n".join(head) + "\n" + "\n\n".join(section.markdown() for section in sections) + "\n"


def updated(old: str, sections: list[Section]) -> str:
    """The page with these sections in place of those of the same title; a new one comes last."""
    head, *parts = old.split("\n## ")
    made = {part.splitlines()[0]: part.rstrip("\n") for part in parts}
    made |= {section.title: section.markdown().removeprefix("## ") for section in sections}
    return "\n\n## ".join([head.rstrip("\n"), *made.values()]) + "\n"


def landing_section(results: list[dict[str, Any]]) -> Section:
    """From the records of benchmarks/landing.py."""
    section = Section("Landing a file", ("what", "rows", "seconds", "rows/s", "÷ bare parse", "peak MiB"))
    names = {
        "landing/parse": "DuckDB's bare parse of all columns",
        "landing/raw": "candidate, checks, quarantine, commit to raw",
        "landing/landing": "the same and the copy into the landing zone",
    }
    for item in results:
        section.rows.append(
            (
                names[str(item["benchmark"])],
                f"{item['rows']:,}",
                f"{item['seconds']:.2f}",
                f"{item['rows_per_second']:,}",
                f"{item['ratio_to_parse']:.2f}",
                f"{item['peak_mb']:.0f}",
            )
        )
    landed = sorted((item for item in results if item["benchmark"] == "landing/landing"), key=lambda i: i["rows"])
    largest, smallest = landed[-1], landed[0]
    growth = float(largest["peak_mb"]) / float(smallest["peak_mb"])
    section.text.append(_target("landing ÷ bare parse", float(largest["ratio_to_parse"]), PARSE_TARGET))
    section.text.append(_target("peak memory, MiB", float(largest["peak_mb"]), PEAK_TARGET_MB))
    section.text.append(_target(f"peak memory ÷ that of {smallest['rows']:,} rows", growth, PEAK_GROWTH_TARGET))
    return section


def ss12000_section(results: list[dict[str, Any]]) -> Section:
    """From the records of benchmarks/ss12000.py."""
    columns = ("what", "persons", "seconds", "persons/s", "÷ bare loop", "peak MiB")
    section = Section("Pulling over SS 12000", columns)
    names = {
        "bare": "a bare loop that downloads the pages and forgets them",
        "pull": "the pull: pages read, watched, hashed, packed and kept",
        "increment": "the pull of a day's changes (1 % of the persons, at most a page)",
    }
    for item in results:
        section.rows.append(
            (
                names[str(item["what"])],
                f"{item['persons']:,}",
                f"{item['seconds']:.2f}",
                "–" if item["what"] == "increment" else f"{item['persons'] / item['seconds']:,.0f}",
                f"{item['ratio_to_bare']:.2f}",
                f"{item['peak_mb']:.0f}",
            )
        )
    pulls = sorted((item for item in results if item["what"] == "pull"), key=lambda item: item["persons"])
    smallest, largest = pulls[0], pulls[-1]
    growth = float(largest["peak_mb"]) / float(smallest["peak_mb"])
    section.text.append(_target("pull ÷ bare loop", float(largest["ratio_to_bare"]), PULL_TARGET))
    section.text.append(_target(f"peak memory ÷ that of {smallest['persons']:,} persons", growth, PULL_GROWTH_TARGET))
    section.text.append(
        "Pages of 500 over the loopback from a server in a process of its own, whose pages were rendered beforehand; "
        "over a real network the server is the slower part."
    )
    return section


def readers_section(results: list[dict[str, Any]]) -> Section:
    """From the records of benchmarks/readers.py."""
    section = Section("Reading SCB's files and workbooks", ("what", "rows", "seconds", "rows/s", "÷ bare", "peak MiB"))
    names = {
        ("scb", "bare"): "SCB, final grades: PyArrow's bare parse of all columns",
        ("scb", "reader"): "SCB, final grades: from the landed file to a candidate",
        ("excel", "bare"): "a workbook: calamine alone",
        ("excel", "reader"): "a workbook: from the landed file to a candidate",
    }
    for item in results:
        section.rows.append(
            (
                names[item["kind"], item["what"]],
                f"{item['rows']:,}",
                f"{item['seconds']:.2f}",
                f"{item['rows'] / item['seconds']:,.0f}",
                f"{item['ratio_to_bare']:.2f}",
                f"{item['peak_mb']:.0f}",
            )
        )
    return section


def identity_section(results: list[dict[str, Any]]) -> Section:
    """From the records of benchmarks/identity.py."""
    section = Section(
        "Who is who", ("what", "persons", "seconds", "÷ the join", "proposed", "of true ones", "peak MiB")
    )
    names = {
        "join": "one hash join of three identifiers a person with the persons, in DuckDB",
        "scratch": "the vault from nothing: numbers read, keys given, written to Delta",
        "increment": "one per cent more persons, in a vault of so many",
        "linkage": "possible duplicates among so many, one in a hundred true",
    }
    by_what = {str(item["what"]): item for item in results}
    join, linked = float(by_what["join"]["seconds"]), [item for item in results if item["what"] == "linkage"]
    for item in results:
        proposed = (str(item["proposed"]), f"{item['recall']:.3f}") if item["what"] == "linkage" else ("–", "–")
        section.rows.append(
            (
                names[str(item["what"])],
                f"{item['persons']:,}",
                f"{item['seconds']:.2f}",
                "–" if item["what"] == "linkage" else f"{item['seconds'] / join:.1f}",
                *proposed,
                f"{item['peak_mb']:.0f}",
            )
        )
    scratch, increment = float(by_what["scratch"]["seconds"]), float(by_what["increment"]["seconds"])
    section.text.append(_target("the vault from nothing ÷ the join", scratch / join, VAULT_TARGET))
    section.text.append(_target("one per cent more ÷ from nothing", increment / scratch, INCREMENT_TARGET))
    for before, after in itertools.pairwise(linked):
        what = f"time for {after['persons']:,} ÷ {before['persons']:,} persons (four if it grew with the square)"
        section.text.append(_target(what, float(after["seconds"]) / float(before["seconds"]), LINKAGE_GROWTH_TARGET))
    lowest = min(float(item["recall"]) for item in linked)
    verdict = "met" if lowest >= RECALL_TARGET else "**not met**"
    section.text.append(
        f"Target: at least {RECALL_TARGET:.0%} of true duplicates proposed. Measured: {lowest:.1%} – {verdict}."
    )
    section.text.append(f"Pairs proposed that are not the same person: {sum(int(item['untrue']) for item in linked)}.")
    return section


def nightly_section(results: NightlyResults, preset: str) -> Section:
    """The whole night, against the script."""
    section = _measured_section(
        "The whole night",
        [
            (f"nightly run on `{preset}`", results.full),
            ("nightly run on `empty`", results.empty),
            ("the script by hand, same marts", results.handwritten),
            ("the script without the table of lessons", results.handwritten_without_lessons),
        ],
    )
    extra = results.full.seconds - results.empty.seconds
    extra_cpu = results.full.cpu_seconds - results.empty.cpu_seconds
    section.text += [
        _target(f"(`{preset}` − `empty`) ÷ script", extra / results.handwritten.seconds, RATIO_TARGET),
        f"In processor time: {extra_cpu / results.handwritten.cpu_seconds:.2f}. "
        f"Against the script without the table of lessons: {extra / results.handwritten_without_lessons.seconds:.2f}. "
        "The table of lessons (one row per pupil and lesson) is one of the product's marts; there it is a view of the "
        "history that has been written anyway.",
        _target("nightly run on `empty`, seconds", results.empty.seconds, EMPTY_TARGET),
        "The script ([handwritten.py](../benchmarks/handwritten.py), [SQL](../benchmarks/handwritten)) reads the same "
        "files and makes the same marts with no contract, gate, quarantine, history, vault, lineage or publication. Of "
        "the scan it makes the comparisons but does not judge which of them stand out. " + _comparison_text(results),
    ]
    return section


def _comparison_text(results: NightlyResults) -> str:
    found = results.comparison
    text = (
        "Its indicator values are a second opinion on the product's: of "
        f"{found.cells:,} cells (indicator × unit or municipality × sex or class × period) {found.equal:,} have the "
        f"same value and the same number of pupils; {found.only_ours:,} are only in the product, "
        f"{found.only_theirs:,} only in the script; the largest difference is {found.largest_difference:.2g}."
    )
    if found.is_identical:
        return text + (
            " Both leave out pupils with protected personal data and rows whose number leaves doubt about whose they "
            "are."
        )
    return text


def small_nights_section(results: NightlyResults, long_history: LongHistory | None) -> Section:
    """Nights with little or nothing to do."""
    measured = [("nothing new", results.again), *_day_rows(results.days, results.rows_full)]
    if long_history:
        measured += _day_rows(long_history.days, long_history.rows)
        measured.append((f"for comparison: the first night with {long_history.rows:,} rows", long_history.first))
    section = _measured_section("Nights with little to do", measured)
    section.text.append(_target("nothing new, seconds", results.again.seconds, AGAIN_TARGET))
    heavy = ", ".join(f"`{name}`" for name in results.imported)
    section.text.append(
        f"With nothing new, the process had imported {heavy}."
        if heavy
        else "With nothing new, the process ended without ever having imported dbt's engine or Great Expectations."
    )
    if long_history:
        years = EARLIER_YEARS + 1
        one, five = results.days.attendance, long_history.days.attendance
        section.text.append(
            f"With {years} years of attendance ({long_history.rows / results.rows_full:.1f} times the rows of one), a "
            f"new day takes {five.seconds / one.seconds:.2f} times as long ({five.cpu_seconds / one.cpu_seconds:.2f} "
            "times the processor time). The cost follows the day if this is near 1."
        )
    section.text.append(
        "A late mark of protected identity takes the person out of everything that history holds, old file versions "
        "included, so that night's cost follows the history of the persons marked."
    )
    return section


def _day_rows(days: Days, rows: int) -> list[tuple[str, Measured]]:
    return [
        (f"one new day after {rows:,} rows of attendance", days.attendance),
        (f"one new day with late marks after {rows:,} rows", days.with_late_mark),
    ]


def memory_section(results: NightlyResults, preset: str) -> Section:
    """Memory of the whole night against rows."""
    section = Section("Memory of the whole night", ("municipality", "rows of attendance", "peak MiB"))
    section.rows += [
        ("`empty`", "0", f"{results.empty.peak_mb:.0f}"),
        ("a small one", f"{results.rows_small:,}", f"{results.small.peak_mb:.0f}"),
        (f"`{preset}`", f"{results.rows_full:,}", f"{results.full.peak_mb:.0f}"),
    ]
    section.text.append(
        f"{results.rows_full / max(1, results.rows_small):.0f} times the rows, "
        f"{results.full.peak_mb / results.small.peak_mb:.1f} times the memory."
    )
    return section


def city_section(results: CityResults) -> Section:
    """A large city's night, and attendance's marts against bare SQL."""
    section = _measured_section(
        "A large city",
        [
            ("the first night", results.first),
            ("attendance's marts by bare SQL on history", results.bare),
            ("attendance's marts by dbt, with their tests", results.product),
            (f"the same with {LITTLE_MEMORY} of memory for DuckDB", results.little_memory),
            ("a night with nothing new", results.again),
            ("a night with one new day", results.new_day),
            ("a night with one unit's correction of one month", results.correction),
        ],
    )
    ratio = results.models_seconds / results.bare.seconds
    section.text += [
        _target("attendance's marts ÷ bare SQL", ratio, MARTS_TARGET),
        f"That is dbt's models alone, {results.models_seconds:.1f} s; with dbt's start and the tests of the marts it "
        f"is {results.product.seconds / results.bare.seconds:.2f}. The bare SQL "
        "([bare_attendance.sql](../benchmarks/bare_attendance.sql)) makes the same tables per month and term from "
        f"the same files of history; {results.differing:,} rows are not the same in both.",
        f"{results.rows:,} rows of attendance from {results.units} school units. What does not fit in the given memory "
        "goes to disk, in the restricted zone. A new day touches a month of every unit, a correction one unit's month "
        "and term alone.",
    ]
    return section


def disclosure_section(results: DisclosureResults, preset: str) -> Section:
    """What is hidden by the rules alone, by all of disclosure control, and by hiding whole lines."""
    section = Section(
        f"Disclosure control of {preset}",
        ("audience and family", "cells", "hidden by rules", "hidden", "hidden naively", "pupils hidden", "naively"),
    )
    for loss in results.losses:
        shares = [f"{100 * n / max(loss.pupils, 1):.1f} %" for n in (loss.pupils_hidden, loss.pupils_hidden_naively)]
        counts = [f"{n:,}" for n in (loss.cells, loss.hidden_by_rules, loss.hidden, loss.hidden_naively)]
        section.rows.append((f"{loss.audience}: {loss.family}", *counts, *shares))
    hidden, naively = (sum(getattr(x, name) for x in results.losses) for name in ("hidden", "hidden_naively"))
    section.text += [
        _target("seconds of disclosure control, every block anew,", results.seconds, DISCLOSURE_TARGET)
        if preset == "enkoping"
        else f"Disclosure control, every block anew, took {results.seconds:.0f} s.",
        f"The process, which also reads the marked figures, took {results.measured.seconds:.0f} s and at most "
        f"{results.measured.peak_mb:.0f} MiB. A night computes only blocks whose figures or rules are new.",
        f"In these families {hidden:,} cells are hidden, {naively:,} if every line on which a number is too small were "
        "hidden as a whole. Pupils count once for each indicator and period of a school unit.",
        *(
            f"Everything that the audience {name} can read, {cells:,} cells of all tables and periods, as one system: "
            f"of {asked:,} numbers that are kept {worked_out:,} can be worked out further than their mark says."
            for name, (cells, asked, worked_out) in results.attacked.items()
        ),
    ]
    return section


def _measured_section(title: str, measured: list[tuple[str, Measured]]) -> Section:
    section = Section(title, ("what", "seconds", "processor seconds", "peak MiB"))
    for name, item in measured:
        note = "" if item.status == 0 else " (status 3: finished, something is missing or stale)"
        section.rows.append((f"{name}{note}", f"{item.seconds:.1f}", f"{item.cpu_seconds:.1f}", f"{item.peak_mb:.0f}"))
    return section


def _target(what: str, value: float, limit: float) -> str:
    verdict = "met" if value <= limit else "**not met**"
    return f"Target: {what} at most {limit:g}. Measured: {value:.2f} – {verdict}."


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
