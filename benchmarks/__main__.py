"""`make bench`: all measurements in one run, and docs/benchmarks.md written from them."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from benchmarks import identity, readers, ss12000
from benchmarks.city import measure_city
from benchmarks.disclosure import DisclosureResults, measure_disclosure
from benchmarks.measure import PROJECT, run
from benchmarks.nightly import Root, measure_long_history, measure_nightly
from benchmarks.report import (
    Section,
    city_section,
    disclosure_section,
    identity_section,
    landing_section,
    memory_section,
    nightly_section,
    page,
    readers_section,
    small_nights_section,
    ss12000_section,
    updated,
)

BENCHMARKS = ("landing", "readers", "ss12000", "identity", "nightly", "history", "disclosure")
NAMED = ("city",)  # hours of work: only when asked for
PAGE = PROJECT / "docs" / "benchmarks.md"
LANDING_ROWS, QUICK_LANDING_ROWS = (2_000_000, 20_000_000), (100_000, 1_000_000)


@click.command()
@click.argument("which", nargs=-1, type=click.Choice((*BENCHMARKS, *NAMED)))
@click.option("--quick", is_flag=True, help="Small sizes, one run each; the page is printed and not written.")
@click.option("--repeat", type=click.IntRange(1), default=3, show_default=True, help="Runs of which the median counts.")
@click.option("--update", is_flag=True, help="Put these measurements into the page in place of the earlier ones.")
@click.option("--folder", type=click.Path(path_type=Path, exists=True), help="Where to work (about 60 GB).")
def main(which: tuple[str, ...], quick: bool, repeat: int, update: bool, folder: Path | None) -> None:
    """Run the benchmarks: landing (a large file), readers (SCB, Excel), ss12000 (a pull), identity (a million persons),
    nightly (whole nights), history (five years), disclosure (what is hidden); and, only if named, city (a large one).
    """
    chosen = which or BENCHMARKS
    repeat = 1 if quick else repeat
    preset = "tiny" if quick else "enkoping"
    sections: list[Section] = []
    with tempfile.TemporaryDirectory(prefix="dia-benchmarks-", dir=folder) as name:
        work = Path(name)
        if "landing" in chosen:
            sections.append(landing_section(_landing(work, QUICK_LANDING_ROWS if quick else LANDING_ROWS, repeat)))
        if "readers" in chosen:
            _say("readers …")
            rows = readers.QUICK_ROWS if quick else readers.ROWS
            sections.append(readers_section(readers.measure(rows, repeat)))
        if "ss12000" in chosen:
            _say("ss12000 …")
            sections.append(
                ss12000_section(ss12000.measure(ss12000.QUICK_PERSONS if quick else ss12000.PERSONS, repeat))
            )
        if "identity" in chosen:
            _say("identity …")
            persons = identity.QUICK_PERSONS if quick else identity.PERSONS
            linked = identity.QUICK_LINKED if quick else identity.LINKED
            sections.append(identity_section(identity.measure(persons, linked, repeat)))
        if "nightly" in chosen or "history" in chosen:
            results = measure_nightly(work, preset, repeat, _say)
            long_history = measure_long_history(work, preset, _say) if "history" in chosen else None
            sections.append(nightly_section(results, preset))
            sections.append(small_nights_section(results, long_history))
            sections.append(memory_section(results, preset))
        if "disclosure" in chosen:
            sections.append(disclosure_section(_disclosure(work, preset), preset))
        if "city" in chosen:
            city = "tiny" if quick else "stockholm"
            results_of_city = measure_city(work, city, _say)
            sections.append(city_section(results_of_city))
            sections.append(disclosure_section(results_of_city.disclosure, city))
    text = page(sections, "make bench" if not which else f"python -m benchmarks {' '.join(which)}", repeat)
    click.echo(text)
    if update:
        text = updated(PAGE.read_text(encoding="utf-8"), sections)
    if update or (not quick and set(chosen) == set(BENCHMARKS)):
        PAGE.write_text(text, encoding="utf-8")
        click.echo(f"Written: {PAGE.relative_to(PROJECT)}")


def _landing(folder: Path, rows: tuple[int, ...], repeat: int) -> list[dict[str, Any]]:
    _say("landing …")
    target = folder / "landing.jsonl"
    sizes = [part for count in rows for part in ("--rows", str(count))]
    options = ["--repeat", str(repeat), "--folder", str(folder), "--json", str(target)]
    run(["-m", "benchmarks.landing", *sizes, *options])
    return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


def _disclosure(work: Path, preset: str) -> DisclosureResults:
    _say(f"disclosure control of {preset} …")
    root = Root(work / "disclosure", preset)
    root.nightly()
    results = measure_disclosure(root.lakehouse, root.serving, work / "told.json")
    shutil.rmtree(root.folder)
    return results


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
