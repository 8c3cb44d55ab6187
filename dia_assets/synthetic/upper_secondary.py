"""Who has been in upper secondary school, when, where and on which programme: pupils now, and three earlier cohorts.

Drawn by chance of its own after everybody else, so that nothing else in the municipality depends on it.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from dia_assets.synthetic import upper_secondary_results as results
from dia_assets.synthetic.identifiers import NumberSeries, random_uuid
from dia_assets.synthetic.names import BOYS, FAMILY, GIRLS
from dia_assets.synthetic.presets import SCHOOL_YEAR
from dia_assets.synthetic.world import SECRECY_MARK, Pupil, SchoolYearOfStudies, Studies, World

FIRST_AUTUMN = SCHOOL_YEAR - 5  # the three cohorts before those that are at school now
FIRST_OF_GY25 = 2025  # who begins that autumn or later has subject grades
_PROGRAMMES = {
    "NANAT00": 0.14, "SASAM00": 0.20, "EKEKO00": 0.16, "TETEK00": 0.09, "BABYG0S": 0.07, "EEELT0S": 0.09,
    "VOVAR0S": 0.07, "FSHAN0S": 0.06, "BFPED0S": 0.04, "IMSPR00": 0.05, "IMYRK00": 0.03,
}  # fmt: skip
_CHANGES, _GOES_ON = 0.05, 0.45  # who changes programme after a year; who goes on from an introduction programme
_OWN_SHARE = 0.7
_NEIGHBOURS = (305, 331, 380, 1980)


def add_studies(world: World, numbers: NumberSeries) -> None:
    """Fill `world.studies`: the pupils of today as their classes have them, then the earlier cohorts."""
    units = [i for i, unit in enumerate(world.units) if unit.teaches(10)]
    sizes = [world.units[i].size_per_year for i in units]
    for pupil in world.current_pupils():
        if programme := world.classes[pupil.class_index].programme:
            grade_year = pupil.grade_year or 0
            first = SCHOOL_YEAR - (grade_year - 10)
            years = [SchoolYearOfStudies(first + n, n + 1, pupil.unit_in(10), programme) for n in range(grade_year - 9)]
            world.studies.append(Studies(pupil, years))
    marked = False
    for autumn in range(FIRST_AUTUMN, SCHOOL_YEAR - 2) if units else ():
        rng = world.rng("former", autumn)
        places = [int(place) for place in rng.permutation(np.repeat(units, sizes))]
        pupils = _pupils(world, numbers, autumn, len(places), rng)
        ends = results.draw_ends(np.array([pupil.theta for pupil in pupils]), rng)
        for pupil, unit, end in zip(pupils, places, ends, strict=True):
            studies = _studies(pupil, unit, autumn, str(end), units, rng)
            # the first newcomer who got a certificate is protected: no other file knows that person
            if not marked and studies.spring and pupil.form == "GY":
                pupil.marking, marked = SECRECY_MARK, True
            world.studies.append(studies)


def _pupils(world: World, numbers: NumberSeries, autumn: int, count: int, rng: np.random.Generator) -> list[Pupil]:
    """Those who left year 9 here that spring, and as many from elsewhere as are needed."""
    cohort = autumn - 16
    own = [p for p in world.pupils if p.cohort == cohort and p.form == "GR" and p.grade_year is None]
    own = [p for p in own if p.number_kind == "personal" and p.number]
    staying = [own[int(place)] for place in rng.permutation(len(own))[: int(_OWN_SHARE * min(len(own), count))]]
    return staying + [_newcomer(world, numbers, cohort, n, rng) for n in range(count - len(staying))]


def _newcomer(world: World, numbers: NumberSeries, cohort: int, place: int, rng: np.random.Generator) -> Pupil:
    sex = "K" if rng.random() < 0.486 else "M"
    birth = date(cohort, 1, 1) + timedelta(int(rng.integers(0, 365)))
    given, family = str(rng.choice(GIRLS if sex == "K" else BOYS)), str(rng.choice(FAMILY))
    home = int(rng.choice(_NEIGHBOURS)) if rng.random() < 0.3 else 381
    return Pupil(
        len(world.pupils) + place, random_uuid(rng), given, family, sex, birth, cohort, "GY",
        numbers.take(birth, sex) or "", "personal", (-1, -1, -1, -1), float(rng.standard_normal()), False,
        education=2.27, home_municipality=home,
    )  # fmt: skip


def _studies(pupil: Pupil, unit: int, autumn: int, end: str, units: list[int], rng: np.random.Generator) -> Studies:
    """Year by year: an introduction programme first for some, a change for a few, and the end that was drawn."""
    programme = str(rng.choice(list(_PROGRAMMES), p=list(_PROGRAMMES.values())))
    years: list[SchoolYearOfStudies] = []
    if results.kind_of(programme) == results.INTRODUCTION:
        years.append(SchoolYearOfStudies(autumn, 1, unit, programme))
        if rng.random() > _GOES_ON or autumn + 4 > SCHOOL_YEAR:
            return Studies(pupil, years, None, True)
        autumn, programme = autumn + 1, "VOVAR0S"
    length = {results.LEAVES: 1 + int(rng.integers(2)), results.LATE: 4, results.IN_TIME: 3}[end]
    change = rng.random() < _CHANGES
    for n in range(length):
        if change and n == 1:
            programme, unit = str(rng.choice(["SASAM00", "FSHAN0S", "BFPED0S"])), int(rng.choice(units))
        if autumn + n < SCHOOL_YEAR:
            years.append(SchoolYearOfStudies(autumn + n, min(n + 1, 3), unit, programme))
    if end == results.LEAVES and rng.random() < 0.5:
        years[-1].last = date(years[-1].autumn + 1, 1, 31)
    is_done = end != results.LEAVES and autumn + length <= SCHOOL_YEAR
    return Studies(pupil, years, autumn + length if is_done else None, True)
