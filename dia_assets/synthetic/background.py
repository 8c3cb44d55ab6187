"""Writes SCB's tables about pupils' background, one row per school unit: what a municipality gets back, or buys.

SCB knows of parents' education and of immigration what no school system does, and gives it for whole units only:
the factors of Skolverket's SALSA for those who left year 9, and the socio-economic index for förskoleklass to year 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from dia_assets.synthetic.presets import SCHOOL_YEAR
from dia_assets.synthetic.truth import CHECK, REPAIR, Truth
from dia_assets.synthetic.world import Pupil, World

FACTORS_HEADER = (
    "Skolenhetskod;Skolenhet;Antal elever;Föräldrarnas genomsnittliga utbildningsnivå;Andel (%) pojkar;"
    "Andel (%) nyinvandrade och elever med okänd bakgrund;Andel (%) elever med känd bakgrund"
)
INDEX_HEADER = "Skolenhetskod;Skolenhet;Antal elever;Socioekonomiskt index"
NOTE = "Källa: SCB. Uppgifter som bygger på färre än 10 elever har ersatts med två prickar (..)."
FEWEST = 10  # SCB's own suppression in what it returns
_NATIONAL_RISK = 0.17
_UNKNOWN_SHARE = 0.02


def write_background(world: World, folder: Path, truth: Truth) -> None:
    """Write a file of factors for every spring and the index of this school year, and note defects and expectations."""
    folder.mkdir(parents=True, exist_ok=True)
    for spring_year in world.preset.spring_years:
        groups = _by_unit(world, (pupil for pupil in world.pupils if pupil.cohort == spring_year - 16), 9)
        rows = [_factors(world, unit, spring_year, pupils) for unit, pupils in groups.items()]
        _lose_zeros(f"bakgrund_ak9_{spring_year}.csv", rows, truth)
        _write(folder / f"bakgrund_ak9_{spring_year}.csv", FACTORS_HEADER, rows)
    of_school_age = [pupil for pupil in world.current_pupils() if (pupil.grade_year or 0) <= 9]
    rows = [
        _index(world, unit, pupils)
        for unit, pupils in _by_unit(world, of_school_age).items()
        if not world.units[unit].independent  # the allocation is for the municipality's own schools
    ]
    if rows:
        _write(folder / f"socioekonomiskt_index_{SCHOOL_YEAR + 1}.csv", INDEX_HEADER, rows)


def _by_unit(world: World, pupils: Iterable[Pupil], grade_year: int | None = None) -> dict[int, list[Pupil]]:
    groups: dict[int, list[Pupil]] = {}
    for pupil in pupils:
        year = grade_year if grade_year is not None else pupil.grade_year or 0
        if pupil.form not in ("GR", "FKLASS") or pupil.role == "test":
            continue
        unit = pupil.unit_in(year)
        if unit >= 0 and world.units[unit].teaches(year):
            groups.setdefault(unit, []).append(pupil)
    return dict(sorted(groups.items()))


def _factors(world: World, unit: int, spring_year: int, pupils: Sequence[Pupil]) -> list[str]:
    rng = world.rng("unit-background", spring_year, unit)
    known = 1 - float(np.mean(rng.random(len(pupils)) < _UNKNOWN_SHARE))
    numbers = [
        f"{fmean(pupil.education for pupil in pupils):.2f}",
        f"{100 * fmean(pupil.sex == 'M' for pupil in pupils):.1f}",
        f"{100 * fmean(pupil.newly_arrived for pupil in pupils):.1f}",
        f"{100 * known:.1f}",
    ]
    return [*_head(world, unit, pupils), *[_told(number, len(pupils)) for number in numbers]]


def _index(world: World, unit: int, pupils: Sequence[Pupil]) -> list[str]:
    """The pupils' mean risk of not being eligible for upper secondary school; 100 is the country's."""
    education = np.array([pupil.education for pupil in pupils])
    newly = np.array([pupil.newly_arrived for pupil in pupils])
    risk = 1 / (1 + np.exp(1.9 + 1.7 * (education - 2.27) - 2.4 * newly))
    return [*_head(world, unit, pupils), _told(f"{100 * float(risk.mean()) / _NATIONAL_RISK:.0f}", len(pupils))]


def _head(world: World, unit: int, pupils: Sequence[Pupil]) -> list[str]:
    return [world.units[unit].code, world.units[unit].name, str(len(pupils))]


def _told(number: str, pupils: int) -> str:
    return number.replace(".", ",") if pupils >= FEWEST else ".."


def _lose_zeros(file: str, rows: list[list[str]], truth: Truth) -> None:
    """A spreadsheet ate the zeros of one unit's code, and SCB withheld what is said of small units."""
    if rows:
        rows[-1][0] = rows[-1][0].lstrip("0")
        truth.add(file, "unit_code_without_zeros", REPAIR, "Skolenhetskod", [len(rows)])
        column = FACTORS_HEADER.split(";")[3]
        truth.add(file, "marked_value", CHECK, column, [n for n, row in enumerate(rows, 1) if row[3] == ".."])


def _write(file: Path, header: str, rows: Sequence[Sequence[str]]) -> None:
    lines = [*(";".join(row) for row in rows), ";" * header.count(";"), NOTE]
    file.write_bytes("\r\n".join([header, *lines, ""]).encode("utf-8-sig"))
