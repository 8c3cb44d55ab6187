"""Writes the support system's file of decisions on special support: action programmes and what is decided in them.

Only grundskolan, and only what a principal has decided (skollagen 3 kap. 7–12 §§): extra adaptations need no decision
and are in no file. A pupil's need is drawn once and compared with the share of each grade year, so that who has a
programme one year often has one the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist

import numpy as np

from dia_assets.synthetic.presets import SCHOOL_YEAR, TODAY
from dia_assets.synthetic.truth import CHECK, QUARANTINE, REPAIR, Truth
from dia_assets.synthetic.world import CANARY_COMMENT, CANARY_START_DATE, CANARY_STRING, Pupil, World

FILE = f"sarskilt_stod_{TODAY.isoformat()}.csv"
HEADER = "Personnummer;Skolenhetskod;Klass;Stödform;Från;Till;Beslutsdatum;Anteckning"
NUMBER, UNIT, KIND, FROM, TO, DECIDED, TEXT = 0, 1, 3, 4, 5, 6, 7
PROGRAMME, COURSE, GROUP = "Åtgärdsprogram", "Anpassad studiegång", "Särskild undervisningsgrupp"
ALONE, OTHER = "Enskild undervisning", "Annat särskilt stöd"
YEARS_BACK = 2
# Percent of the pupils with an action programme on 15 October, grade years 1–9 (Skolverket 2023/24: years 6, 7 and 9).
PROGRAMME_SHARES = (2.0, 3.0, 4.0, 5.0, 6.0, 8.2, 5.0, 7.0, 9.9)
BOYS_TO_GIRLS = 1.6
_GIRLS = 0.486
_COURSE_SHARES = (0.05, 0.05, 0.05, 0.15, 0.15, 0.15, 0.42, 0.42, 0.42)  # of those with a programme; 1.4 % of all
_FORMS = ((GROUP, 0.234), (ALONE, 0.08), (OTHER, 0.3))  # of those with a programme; special group 1.3 % of all
_ABILITY = 0.6  # weight of ability in the need; the rest is chance
_LATE, _ENDED = 1.15, 1.2  # so many times the share have had one after 15 October, or until some weeks before it
_NOTES = ("", "", "ADHD-utr pågår", "Vårdnadshavare informerade.", "Se kartläggningen.", "Kontakt med BUP.")
Row = list[str]


@dataclass(frozen=True)
class Stay:
    """A pupil's time at a unit in a school year, both days included."""

    unit: int
    label: str
    first: date
    last: date | None


def write_support(world: World, folder: Path, truth: Truth) -> None:
    """Write the file of every decision, the ended ones too, and note its defects."""
    rng = world.rng("support")
    pupils = [
        pupil for pupil in world.current_pupils()
        if pupil.form == "GR" and 1 <= (pupil.grade_year or 0) <= 9 and pupil.role != "test"
    ]  # fmt: skip
    needs, stays = _needs(pupils, rng), _stays(world)
    rows, plain = [], []
    for pupil, need in zip(pupils, needs, strict=True):
        own = _rows(world, pupil, 0.0 if pupil.is_protected else need, stays[pupil.index], rng)
        rows += own
        plain += [not pupil.is_protected and pupil.number.isdigit()] * len(own)
    if not rows:
        return
    _add_dirt(world, rows, np.flatnonzero(np.array(plain)), truth)
    folder.mkdir(parents=True, exist_ok=True)
    text = "\r\n".join([HEADER, *(";".join(row) for row in rows), ""])
    (folder / FILE).write_bytes(text.encode("cp1252"))


def share_of(sex: str, grade_year: int) -> float:
    """The share (0–1) of girls or boys of a grade year who have an action programme on 15 October."""
    girls = PROGRAMME_SHARES[grade_year - 1] / 100 / (_GIRLS + (1 - _GIRLS) * BOYS_TO_GIRLS)
    return girls if sex == "K" else BOYS_TO_GIRLS * girls


def _needs(pupils: list[Pupil], rng: np.random.Generator) -> list[float]:
    """A number from 0 to 1 for each pupil, evenly spread among girls and among boys; the lowest need most."""
    ability, chance = np.array([pupil.theta for pupil in pupils]), rng.standard_normal(len(pupils))
    for sex in ("K", "M"):
        own = np.array([pupil.sex == sex for pupil in pupils], dtype=bool)
        if own.sum() > 1:
            ability[own] = (ability[own] - ability[own].mean()) / ability[own].std()
    score = _ABILITY * ability + np.sqrt(1 - _ABILITY**2) * chance
    return [NormalDist().cdf(float(value)) for value in score]


def _stays(world: World) -> dict[int, list[Stay]]:
    """Where each pupil has been this school year; a change of class within a unit is one stay."""
    found: dict[int, list[Stay]] = {}
    for span in sorted(world.spans, key=lambda span: (span.pupil, span.first)):
        own, school_class = found.setdefault(span.pupil, []), world.classes[span.class_index]
        if own and own[-1].unit == school_class.unit:
            own[-1] = Stay(school_class.unit, school_class.label, own[-1].first, span.last)
        else:
            own.append(Stay(school_class.unit, school_class.label, span.first, span.last))
    return found


def _rows(world: World, pupil: Pupil, need: float, now: list[Stay], rng: np.random.Generator) -> list[Row]:
    """The decisions about a pupil, this school year and those before."""
    rows: list[Row] = []
    for back in range(YEARS_BACK, -1, -1):
        grade_year, year = (pupil.grade_year or 0) - back, SCHOOL_YEAR - back
        unit = pupil.unit_in(grade_year) if grade_year >= 1 else -1
        if unit < 0 or not world.units[unit].teaches(grade_year):
            continue
        begins, ends = _days(need / share_of(pupil.sex, grade_year), year, rng)
        if begins is None:
            continue
        forms = _forms(grade_year, rng)
        for stay in now if back == 0 else [Stay(unit, "", date(year, 8, 1), date(year + 1, 6, 30))]:
            first = max(begins, stay.first)
            last = ends if stay.last is None else min(ends or stay.last, stay.last)
            if last is None or first < last:
                rows += [_row(world, pupil, stay, form, first, last, rng) for form in forms]
    if pupil.role == "canary" and rows:
        rows[-1][FROM], rows[-1][TO] = CANARY_START_DATE.isoformat(), ""
    return rows


def _days(need: float, year: int, rng: np.random.Generator) -> tuple[date | None, date | None]:
    """First and last day of a programme in a school year, by the need as a part of the grade year's share."""
    early = date(year, 8, 20) + timedelta(int(rng.integers(0, 50)))
    late = date(year, 10, 20) + timedelta(int(rng.integers(0, 200)))
    june, goes_on = date(year + 1, 6, 5) + timedelta(int(rng.integers(0, 8))), rng.random() < 0.6
    end = None if goes_on and year == SCHOOL_YEAR else june
    if need < 1:
        return early, end
    if need < _LATE:
        return (late, end) if late < TODAY else (None, None)
    if need < _ENDED:
        return date(year, 8, 20), date(year, 9, 20) + timedelta(int(rng.integers(0, 20)))
    return None, None


def _forms(grade_year: int, rng: np.random.Generator) -> list[str]:
    chosen = ((COURSE, _COURSE_SHARES[grade_year - 1]), *_FORMS)
    return [PROGRAMME, *(form for form, share in chosen if rng.random() < share)]


def _row(
    world: World, pupil: Pupil, stay: Stay, form: str, first: date, last: date | None, rng: np.random.Generator
) -> Row:
    note = f"{CANARY_STRING} {CANARY_COMMENT}" if pupil.is_protected else str(rng.choice(_NOTES))
    decided, until = first - timedelta(int(rng.integers(0, 15))), last.isoformat() if last else ""
    unit = world.units[stay.unit].code
    return [pupil.number, unit, stay.label, form, first.isoformat(), until, decided.isoformat(), note]


def _add_dirt(world: World, rows: list[Row], usable: np.ndarray, truth: Truth) -> None:
    """A few of each defect, in programmes without other forms of support; protected pupils are spared."""
    rng = world.rng("dirt-support")
    forms = Counter((row[NUMBER], row[UNIT], row[FROM]) for row in rows)
    free = [int(n) for n in rng.permutation(usable) if forms[rows[n][NUMBER], rows[n][UNIT], rows[n][FROM]] == 1]
    count = max(1, round(0.004 * world.preset.dirt_factor * len(rows)))
    for number, (defect, (expected, column, write)) in enumerate(DEFECTS.items()):
        places = free[number * count : (number + 1) * count]
        for place in places:
            rows[place][column] = write(rows[place])
        truth.add(FILE, defect, expected, HEADER.split(";")[column], [place + 1 for place in places])


def _wrong_check_digit(row: Row) -> str:
    return row[NUMBER][:-1] + str((int(row[NUMBER][-1]) + 1) % 10)


def _day_before(row: Row) -> str:
    return (date.fromisoformat(row[FROM]) - timedelta(1)).isoformat()


# name: (what is expected, column, what is written there)
DEFECTS: dict[str, tuple[str, int, Callable[[Row], str]]] = {
    "number_wrong_check_digit": (CHECK, NUMBER, _wrong_check_digit),
    "support_type_unknown": (CHECK, KIND, lambda row: "Stödgrupp"),
    "support_ends_before_it_begins": (CHECK, TO, _day_before),
    "support_without_programme": (CHECK, KIND, lambda row: GROUP),
    "support_without_decision": (QUARANTINE, DECIDED, lambda row: ""),
    "number_with_hyphen": (REPAIR, NUMBER, lambda row: f"{row[NUMBER][:8]}-{row[NUMBER][8:]}"),
    "support_unit_without_zeros": (REPAIR, UNIT, lambda row: row[UNIT].lstrip("0")),
}
