"""Makes the people of the municipality: birth cohorts on their way through the units, classes, moves, protection.

Cohorts keep their persons: who is in year 9 in one spring was in year 6 three springs before, with the same number.
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np

from dia_assets.synthetic import grading
from dia_assets.synthetic.identifiers import NumberSeries, random_uuid
from dia_assets.synthetic.names import BOYS, FAMILY, GIRLS
from dia_assets.synthetic.presets import SCHOOL_YEAR, Preset
from dia_assets.synthetic.school_calendar import FIRST_DAY, school_days
from dia_assets.synthetic.staff import add_guardians, add_staff
from dia_assets.synthetic.upper_secondary import add_studies
from dia_assets.synthetic.world import (
    CANARY_BIRTH_DATE,
    CANARY_STRING,
    PROTECTED_REGISTRATION,
    SECRECY_MARK,
    UNKNOWN_MARK,
    Pupil,
    SchoolClass,
    Span,
    World,
)

ANOMALY_BOYS, ANOMALY_TEST, ANOMALY_ABSENCE, ANOMALY_MERIT = "00000017", "00000018", "00000019", "00000021"
MERIT_PER_SD = 68.0  # merit points per standard deviation of ability
_NATIONAL_MERIT = 222.0
_SALSA = (93.567, 69.846, -35.271, -83.641)  # constant, parents' education, boys, newly arrived (Skolverket, 2015/16)
_NEIGHBOURS = (305, 331, 380, 1980)
PROGRAMMES = ("NANAT00", "SASAM00", "EKEKO00", "TETEK00", "BABYG0S", "EEELT0S", "VOVAR0S", "FSHAN0S", "BFPED0S")
_CLASS_SIZE = {"FKLASS": 25, "GR": 26, "GRAN": 8, "GY": 30, "GYAN": 8}


def build_world(preset: Preset, seed: int) -> World:
    """The municipality of a preset and a seed; the same arguments give the same municipality."""
    world = World(preset, seed)
    rng = world.rng("units")
    world.organisation_ids = {key: random_uuid(rng) for key in ("principal", "administration", "independent")}
    world.unit_ids = [random_uuid(rng) for _ in preset.units]
    _draw_unit_traits(world)
    if not any(unit.size_per_year for unit in preset.units):
        return world
    numbers = NumberSeries()
    _add_cohorts(world, numbers)
    _add_upper_secondary(world, numbers)
    _add_adapted(world, numbers)
    _add_special_pupils(world, numbers)
    _add_classes(world)
    _protect(world)
    _add_moves(world)
    _add_duplicates(world, numbers)
    add_guardians(world)
    add_staff(world, numbers)
    add_studies(world, numbers)
    return world


def _draw_unit_traits(world: World) -> None:
    rng = world.rng("traits")
    count = len(world.units)
    world.unit_effect = list(rng.normal(0, 8 / MERIT_PER_SD, count) + world.preset.theta_shift)
    world.education_shift = list(rng.normal(0, 0.28, count))
    world.newly_share = list(np.clip(rng.gamma(1.2, grading.NEWLY_ARRIVED_SHARE / 1.2, count), 0.0, 0.2))
    world.unrecorded_share = list(rng.uniform(0.01, 0.08, count))
    if count > 1:
        world.unrecorded_share[min(4, count - 1)] = 0.25


def _new_pupils(
    world: World, numbers: NumberSeries, cohort: int, form: str, paths: list[tuple[int, int, int, int]], part: str
) -> list[Pupil]:
    """Pupils born in one year, one for each path; ability follows the composition of the unit of the path's end."""
    rng = world.rng(part, cohort)
    size = len(paths)
    girls = rng.random(size) < 0.486
    home = np.array([max(path[2], path[3]) if max(path[2:]) >= 0 else max(path) for path in paths])
    background = grading.draw_background(
        girls, np.array(world.newly_share)[home], np.array(world.education_shift)[home], rng
    )
    theta = background.theta + np.array(world.unit_effect)[home]
    if world.preset.anomalies and form == "GR":
        _plant_merit(world, home, girls, background, theta)
    days = rng.integers(0, 365, size)
    kinds = rng.random(size)
    pupils = []
    for i, path in enumerate(paths):
        sex = "K" if girls[i] else "M"
        birth = date(cohort, 1, 1) + timedelta(int(days[i]))
        kind = "personal" if kinds[i] > 0.009 else ("temporary" if kinds[i] < 0.006 else "coordination")
        birth, number = numbers.take_in_year(birth, sex, kind)
        pupil = Pupil(
            len(world.pupils), random_uuid(rng), str(rng.choice(GIRLS if girls[i] else BOYS)), str(rng.choice(FAMILY)),
            sex, birth, cohort, form, number or "", kind, path,
            float(theta[i]), bool(background.newly_arrived[i]), float(background.education[i]),
        )  # fmt: skip
        world.pupils.append(pupil)
        pupils.append(pupil)
    return pupils


def _plant_merit(
    world: World, home: np.ndarray, girls: np.ndarray, background: grading.Background, theta: np.ndarray
) -> None:
    """Lift one unit's pupils of a cohort to fifteen merit points over what its composition gives by SALSA's line."""
    here = home == [unit.code for unit in world.units].index(ANOMALY_MERIT)
    if not here.any():
        return
    factors = background.education[here].mean(), 1 - girls[here].mean(), background.newly_arrived[here].mean()
    expected = _SALSA[0] + float(np.dot(_SALSA[1:], factors))
    theta[here] += (expected + 15 - _NATIONAL_MERIT) / MERIT_PER_SD - theta[here].mean()


def _lower_unit(world: World, upper: int, grade_year: int, rng: np.random.Generator) -> int:
    """The unit of an earlier stage: the same if it teaches that year, else a unit that ends before year 7."""
    if world.units[upper].teaches(grade_year):
        return upper
    units = world.units
    candidates = [i for i, unit in enumerate(units) if unit.teaches(grade_year) and unit.last_year < 7]
    candidates = candidates or [i for i, unit in enumerate(units) if unit.teaches(grade_year)]
    if not candidates:
        return -1
    weights = np.array([units[i].size_per_year for i in candidates], dtype=float)
    return int(rng.choice(candidates, p=weights / weights.sum()))


def _add_cohorts(world: World, numbers: NumberSeries) -> None:
    """Birth cohorts of compulsory school, from the oldest with results to the youngest now at school."""
    preset = world.preset
    uppers = [(i, unit) for i, unit in enumerate(world.units) if unit.teaches(9)]
    youngest_grade = min(unit.first_year for unit in world.units if unit.first_year < 10)
    oldest = (min(preset.spring_years) if preset.spring_years else SCHOOL_YEAR + 1) - 16
    rng = world.rng("paths")
    for cohort in range(oldest, SCHOOL_YEAR - 6 - youngest_grade + 1):
        grade_now = SCHOOL_YEAR - cohort - 6
        paths = []
        for index, unit in uppers:
            noise = round(unit.size_per_year * rng.uniform(-0.06, 0.06)) if unit.size_per_year > 15 else 0
            for _ in range(unit.size_per_year + noise):
                middle = _lower_unit(world, index, 6, rng)
                low = middle if middle >= 0 and world.units[middle].teaches(2) else _lower_unit(world, index, 2, rng)
                paths.append((low, middle, index, -1))
        if grade_now == 0:
            paths = paths[: round(len(paths) * 0.9)]
        for pupil in _new_pupils(world, numbers, cohort, "GR", paths, "cohort"):
            if grade_now <= 9 and pupil.unit_in(grade_now) >= 0 and _teaches(world, pupil, grade_now):
                pupil.grade_year = grade_now


def _teaches(world: World, pupil: Pupil, grade_year: int) -> bool:
    return world.units[pupil.unit_in(grade_year)].teaches(grade_year)


def _add_upper_secondary(world: World, numbers: NumberSeries) -> None:
    """Pupils of upper secondary school: most of them left year 9 here, the others come from other municipalities."""
    units = [i for i, unit in enumerate(world.units) if unit.teaches(10)]
    if not units:
        return
    sizes = np.array([world.units[i].size_per_year for i in units])
    rng = world.rng("gymnasium")
    for grade_year in (10, 11, 12):
        cohort = SCHOOL_YEAR - grade_year - 6
        places = rng.permutation(np.repeat(units, sizes))
        own = [pupil for pupil in world.pupils if pupil.cohort == cohort and pupil.form == "GR"]
        staying = rng.permutation(len(own))[: min(int(len(places) * 0.88), int(len(own) * 0.85))]
        for place, chosen in zip(places, staying, strict=False):
            pupil = own[chosen]
            pupil.path = (*pupil.path[:3], int(place))
            pupil.grade_year = grade_year
        paths = [(-1, -1, -1, int(place)) for place in places[len(staying) :]]
        for pupil in _new_pupils(world, numbers, cohort, "GY", paths, "newcomer"):
            pupil.grade_year = grade_year
            pupil.home_municipality = int(rng.choice(_NEIGHBOURS))


def _add_adapted(world: World, numbers: NumberSeries) -> None:
    serials = {form: itertools.count() for form in ("GRAN", "GYAN")}
    for index, unit in enumerate(world.units):
        form, years = ("GYAN", (10, 11, 12)) if unit.teaches(10) else ("GRAN", tuple(range(1, 10)))
        for i in range(unit.adapted):
            grade_year = years[i % len(years)]
            path = (-1, -1, -1, index) if form == "GYAN" else (index, index, index, -1)
            part = f"{form}{next(serials[form])}"
            pupil = _new_pupils(world, numbers, SCHOOL_YEAR - grade_year - 6, form, [path], part)[0]
            pupil.grade_year = grade_year


def _add_special_pupils(world: World, numbers: NumberSeries) -> None:
    """The canary and a test pupil, both in year 7 of the first unit that has year 7, so that year 6 grades exist."""
    index = next(i for i, unit in enumerate(world.units) if unit.teaches(7))
    lower = _lower_unit(world, index, 6, world.rng("special"))
    for role in ("canary", "test"):
        path = (lower, lower, index, -1)
        pupil = _new_pupils(world, numbers, SCHOOL_YEAR - 13, "GR", [path], role)[0]
        pupil.grade_year, pupil.role = 7, role
        if role == "test":
            pupil.given_name, pupil.family_name = "Test", "Testsson"
        else:
            pupil.given_name, pupil.family_name = f"Sol {CANARY_STRING}", f"{CANARY_STRING} Dun"
            pupil.marking, pupil.birth_date = SECRECY_MARK, CANARY_BIRTH_DATE
        if pupil.number_kind != "personal":
            birth = date(pupil.cohort, 3, 3)
            pupil.number, pupil.number_kind = numbers.take(birth, pupil.sex) or "", "personal"


def _add_classes(world: World) -> None:
    rng = world.rng("classes")
    members: dict[tuple[int, str, int], list[Pupil]] = {}
    for pupil in world.current_pupils():
        grade_year = pupil.grade_year or 0
        form = (
            pupil.form
            if pupil.form in ("GRAN", "GYAN")
            else ("GY" if grade_year > 9 else "GR" if grade_year else "FKLASS")
        )
        members.setdefault((pupil.unit_in(grade_year), form, grade_year), []).append(pupil)
    for (unit, form, grade_year), pupils in sorted(members.items()):
        count = -(-len(pupils) // _CLASS_SIZE[form])
        offset = len(world.classes)
        for n in range(count):
            label, programme = _class_label(form, grade_year, n)
            world.classes.append(SchoolClass(offset + n, random_uuid(rng), unit, form, grade_year, label, programme))
        for place, pupil in enumerate(pupils):
            pupil.class_index = offset + place % count
    ordered = sorted(world.current_pupils(), key=lambda pupil: (pupil.class_index, pupil.index))
    world.spans = [Span(pupil.index, pupil.class_index, FIRST_DAY) for pupil in ordered]


def _class_label(form: str, grade_year: int, n: int) -> tuple[str, str | None]:
    letter = chr(ord("A") + n)
    if form == "GY":
        programme = PROGRAMMES[n % len(PROGRAMMES)]
        return (
            f"{programme[:2]}{SCHOOL_YEAR - 2000 - (grade_year - 10)}{chr(ord('A') + n // len(PROGRAMMES))}",
            programme,
        )
    if form in ("GRAN", "GYAN"):
        return f"S{grade_year if grade_year < 10 else grade_year - 9}{letter}", None
    return (f"{grade_year}{letter}" if grade_year else f"F{letter}"), None


def _protect(world: World) -> None:
    """About 0.3 % of the pupils; one with a mark that no list knows, one marked on references only."""
    if len(world.preset.units) == 1:
        return
    rng = world.rng("protected")
    current = [p for p in world.current_pupils() if not p.role and p.number_kind == "personal" and p.form == "GR"]
    count = max(4, round(0.003 * len(world.current_pupils())))
    # Pupils with year 6 or year 9 results come first, so that protected pupils are in the result files too.
    current.sort(key=lambda p: (not 7 <= (p.grade_year or 0) <= 12, rng.random()))
    # The last one is in year 4: tests of year 3 and written assessments have a protected pupil too, with a number.
    young = [p for p in current if p.grade_year == 4 and p.index % 2 == 0]
    for n, pupil in enumerate([*current[: count - 1], *young, *current[count - 1 :]][:count]):
        pupil.marking = UNKNOWN_MARK if n == 0 else (PROTECTED_REGISTRATION if n % 3 == 2 else SECRECY_MARK)
        pupil.marked_in = "reference" if n == 1 else "person"


def _add_moves(world: World) -> None:
    """Four percent change unit, arrive or leave during the year, two percent change class; a few overlap."""
    rng = world.rng("moves")
    days = school_days(date(2025, 9, 15), date(2026, 5, 15))
    by_grade: dict[tuple[int, str], list[SchoolClass]] = {}
    for school_class in world.classes:
        by_grade.setdefault((school_class.grade_year, school_class.form), []).append(school_class)
    for span in list(world.spans):
        pupil, draw = world.pupils[span.pupil], rng.random()
        if draw > 0.06 or pupil.is_protected or pupil.role or len(world.units) == 1:
            continue
        day = days[int(rng.integers(len(days)))]
        own = world.classes[span.class_index]
        same_unit = draw > 0.04
        targets = [c for c in by_grade[own.grade_year, own.form] if (c.unit == own.unit) == same_unit and c is not own]
        if 0.02 < draw <= 0.03:
            span.first = day
            world.moves.append({"person_id": pupil.person_id, "kind": "arrived", "date": day.isoformat()})
        elif 0.03 < draw <= 0.04:
            span.last = day
            world.moves.append({"person_id": pupil.person_id, "kind": "left", "date": day.isoformat()})
        elif targets:
            overlap = not same_unit and rng.random() < 0.1
            span.last = day + timedelta(4 if overlap else -1)
            target = targets[int(rng.integers(len(targets)))]
            world.spans.append(Span(pupil.index, target.index, day))
            kind = "class" if same_unit else "overlap" if overlap else "unit"
            world.moves.append({"person_id": pupil.person_id, "kind": kind, "date": day.isoformat()})


def _add_duplicates(world: World, numbers: NumberSeries) -> None:
    """Pupils who came with a temporary number and are still in the register as that person too."""
    rng = world.rng("duplicates")
    candidates = [
        p for p in world.current_pupils() if not p.is_protected and not p.role and p.number_kind == "personal"
    ]
    if len(world.units) == 1:
        return
    for chosen in rng.permutation(len(candidates))[: max(2, len(candidates) // 500)]:
        pupil = candidates[chosen]
        number = numbers.take(pupil.birth_date, pupil.sex, "temporary")
        world.duplicates.append((pupil.index, random_uuid(rng), number or ""))
