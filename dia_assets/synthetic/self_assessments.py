"""Writes the schools' self-assessments of their digitalisation, as a municipality exports them from LIKA and SELFIE.

In LIKA a unit answers each item itself, 1–4; of SELFIE come averages, 1–5, of three groups of respondents. The areas
are the tools' own. The items are made up, as are their codes and numbers: no figure needs the tools' texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from dia_assets.synthetic.truth import CHECK, REPAIR, Truth
from dia_assets.synthetic.world import World

LIKA_ROUNDS = (2024, 2025, 2026)  # in spring
SELFIE_ROUNDS = (2024, 2025)  # in autumn
LIKA_HEADER = "Skolenhetskod;Datum;Område;Indikator;Skattning"
SELFIE_HEADER = "Skolenhetskod;Svarsgrupp;Område;Fråga;Antal svar;Medelvärde"
# Area: items, and how far from the middle its answers lie.
LIKA_AREAS = {"Ledning": (8, 0.1), "Infrastruktur": (6, 0.4), "Kompetens": (6, -0.1), "Användning": (8, -0.2)}
SELFIE_AREAS = {
    "A": (4, 0.2), "B": (3, -0.3), "C": (6, 0.3), "D": (3, 0.0), "E": (5, 0.2), "F": (5, -0.1), "G": (5, -0.4),
    "H": (6, 0.0),
}  # fmt: skip
PUPILS_AREAS = "BCEFGH"
PUPILS_FROM = 4  # the first grade year whose pupils are asked
_MIDDLE = {"Skolledare": 3.7, "Lärare": 3.4, "Elever": 3.2}
_RESPONSE = {"Skolledare": (0.9, 1.0), "Lärare": (0.55, 0.9), "Elever": (0.4, 0.7)}
_SKIPPED = 0.04  # of LIKA's items
_NOT_APPLICABLE = 0.08  # of SELFIE's answers


def write_self_assessments(world: World, folder: Path, truth: Truth) -> None:
    """Write a file for each tool and round of the municipality's own schools, and note the defects."""
    folder.mkdir(parents=True, exist_ok=True)
    own = [place for place, unit in enumerate(world.units) if not unit.independent]
    for year in LIKA_ROUNDS:
        rows = [row for unit in own for row in _lika(world, year, unit)]
        name = f"lika_{year}_vt.csv"
        _spoil_lika(world, name, rows, truth)
        if year == LIKA_ROUNDS[0]:
            _lose_zeros(name, rows, truth)
        _write(folder / name, LIKA_HEADER, rows, "cp1252" if year == LIKA_ROUNDS[0] else "utf-8-sig")
    asked = _asked(world)
    for year in SELFIE_ROUNDS:
        rows = [row for unit in own for row in _selfie(world, year, unit, asked)]
        name = f"selfie_{year}_ht.csv"
        _spoil_selfie(world, name, rows, truth)
        _write(folder / name, SELFIE_HEADER, rows, "utf-8-sig")


def _lika(world: World, year: int, unit: int) -> Iterator[list[str]]:
    """A unit's own answers; units differ, and answer a little higher for every round."""
    stern = 0.5 * world.rng("lika-unit", unit).standard_normal()
    rng = world.rng("lika", year, unit)
    day = date(year, 3, 2) + timedelta(int(rng.integers(0, 60)))
    for area, (items, shift) in LIKA_AREAS.items():
        for number in range(1, items + 1):
            level = 2.3 + shift + stern + 0.15 * (year - LIKA_ROUNDS[0]) + 0.6 * rng.standard_normal()
            score = "" if rng.random() < _SKIPPED else str(int(np.clip(round(level), 1, 4)))
            yield [world.units[unit].code, day.isoformat(), area, f"{area[0]}{number}", score]


def _asked(world: World) -> Counter[tuple[int, str]]:
    """How many there are of each group at each unit: a school leader for each beginning hundred of pupils."""
    found: Counter[tuple[int, str]] = Counter()
    for pupil in world.current_pupils():
        if pupil.grade_year is not None:
            unit = pupil.unit_in(pupil.grade_year)
            found[unit, "all"] += 1
            found[unit, "Elever"] += pupil.grade_year >= PUPILS_FROM
    for duty in world.duties:
        found[duty.unit, "Lärare"] += duty.role == "Lärare"
    for unit in range(len(world.units)):
        found[unit, "Skolledare"] = 1 + found[unit, "all"] // 100
    return found


def _selfie(world: World, year: int, unit: int, asked: Counter[tuple[int, str]]) -> Iterator[list[str]]:
    """The groups' averages; not everybody answers, and not every item concerns everybody who does."""
    rng = world.rng("selfie", year, unit)
    shift_of_unit = 0.3 * world.rng("selfie-unit", unit).standard_normal()
    for group, middle in _MIDDLE.items():
        respondents = round(asked[unit, group] * rng.uniform(*_RESPONSE[group]))
        for area, (items, shift) in SELFIE_AREAS.items():
            if not respondents or (group == "Elever" and area not in PUPILS_AREAS):
                continue
            for number in range(1, items + 1):
                answers = int(rng.binomial(respondents, 1 - _NOT_APPLICABLE))
                chance = float(np.clip((middle + shift + shift_of_unit - 1) / 4, 0.05, 0.95))
                average = f"{1 + rng.binomial(4, chance, answers).mean():.1f}" if answers else ""
                yield [
                    world.units[unit].code, group, area, f"{area}{number}", str(answers), average.replace(".", ",")
                ]  # fmt: skip


def _spoil_lika(world: World, name: str, rows: list[list[str]], truth: Truth) -> None:
    """Answers outside the scale, and items of an area that LIKA does not have."""
    answered = [place for place in _some(world, name, rows) if rows[place][4]]
    count = _dirty(world, rows)
    for place in answered[:count]:
        rows[place][4] = "9"
    for place in answered[count : 2 * count]:
        rows[place][2] = "Organisation"
    truth.add(name, "lika_score_off_scale", CHECK, "Skattning", [place + 1 for place in answered[:count]])
    truth.add(name, "lika_area_unknown", CHECK, "Område", [place + 1 for place in answered[count : 2 * count]])


def _spoil_selfie(world: World, name: str, rows: list[list[str]], truth: Truth) -> None:
    """Items that nobody answered exported as 0, and a group under another name."""
    order, count = _some(world, name, rows), _dirty(world, rows)
    for place in order[:count]:
        rows[place][4:] = ["0", "0,0"]
    for place in order[count : 2 * count]:
        rows[place][1] = "Rektorer"
    truth.add(name, "selfie_average_of_nobody", CHECK, "Medelvärde", [place + 1 for place in order[:count]])
    truth.add(name, "selfie_group_unknown", CHECK, "Svarsgrupp", [place + 1 for place in order[count : 2 * count]])


def _lose_zeros(name: str, rows: list[list[str]], truth: Truth) -> None:
    """A spreadsheet ate the zeros of every code."""
    for row in rows:
        row[0] = row[0].lstrip("0")
    truth.add(name, "unit_code_without_zeros", REPAIR, "Skolenhetskod", list(range(1, len(rows) + 1)))


def _some(world: World, name: str, rows: Sequence[Sequence[str]]) -> list[int]:
    return [int(place) for place in world.rng(f"dirt-{name}").permutation(len(rows))]


def _dirty(world: World, rows: Sequence[Sequence[str]]) -> int:
    return max(1, round(0.002 * world.preset.dirt_factor * len(rows)))


def _write(file: Path, header: str, rows: Sequence[Sequence[str]], encoding: str) -> None:
    file.write_bytes("\r\n".join([header, *(";".join(row) for row in rows), ""]).encode(encoding))
