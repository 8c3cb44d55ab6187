"""Makes the adults of the municipality: guardians and their families, principals, teachers and other staff."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from dia_assets.synthetic.identifiers import NumberSeries, random_uuid
from dia_assets.synthetic.names import BOYS, FAMILY, GIRLS
from dia_assets.synthetic.world import Adult, Duty, World

_PUPILS_PER_TEACHER = 12
_OTHER_ROLES = ("Skoladministratör", "Kurator", "Skolsköterska", "Speciallärare/specialpedagog", "Fritidspedagog")


def _adult(rng: np.random.Generator, family_name: str | None = None) -> Adult:
    sex = "K" if rng.random() < 0.5 else "M"
    given = str(rng.choice(GIRLS if sex == "K" else BOYS))
    return Adult(random_uuid(rng), given, family_name or str(rng.choice(FAMILY)), sex)


def add_guardians(world: World) -> None:
    """One or two guardians for every current pupil under 18; a third of the pupils have a sibling here."""
    rng = world.rng("guardians")
    recent: list[int] = []
    for pupil in world.current_pupils():
        if (pupil.grade_year or 0) > 11:
            continue
        siblings = world.pupils[int(rng.choice(recent[-400:]))] if recent and rng.random() < 0.33 else None
        if siblings and not pupil.is_protected and not siblings.is_protected and not pupil.role and not siblings.role:
            pupil.family_name, pupil.guardians = siblings.family_name, list(siblings.guardians)
            continue
        for n in range(1 if rng.random() < 0.2 else 2):
            same_name = n == 0 and not pupil.role
            adult = _adult(rng, pupil.family_name if same_name else None)
            adult.marking = pupil.marking if pupil.marked_in == "person" else None
            pupil.guardians.append(len(world.adults))
            world.adults.append(adult)
        recent.append(pupil.index)


def add_staff(world: World, numbers: NumberSeries) -> None:
    """A principal per unit, teachers (one of them protected), mentors for the classes, and other staff."""
    rng = world.rng("staff")
    pupils = np.bincount([world.classes[s.class_index].unit for s in world.spans], minlength=len(world.units))
    classes: dict[int, list[int]] = {}
    for school_class in world.classes:
        classes.setdefault(school_class.unit, []).append(school_class.index)
    guardians = len(world.adults)
    _post(world, numbers, rng, -1, "Övrig arbetsledning")
    for unit in range(len(world.units)):
        _post(world, numbers, rng, unit, "Rektor")
        for n in range(max(2, round(int(pupils[unit]) / _PUPILS_PER_TEACHER))):
            mentor_of = classes.get(unit, [])[n : n + 1]
            # One teacher in fifty is also a guardian here: the same person in two roles.
            adult = int(rng.integers(guardians)) if guardians and rng.random() < 0.02 else None
            _post(world, numbers, rng, unit, "Lärare", adult, mentor_of[0] if mentor_of else -1)
        for role in _OTHER_ROLES[: 1 + int(pupils[unit]) // 80]:
            _post(world, numbers, rng, unit, role)
    if len(world.units) > 1:
        teacher = next(duty for duty in world.duties if duty.role == "Lärare" and duty.adult >= guardians)
        world.adults[teacher.adult].marking = "Sekretessmarkering"


def _post(
    world: World, numbers: NumberSeries, rng: np.random.Generator, unit: int, role: str,
    adult: int | None = None, mentor_of: int = -1,
) -> None:  # fmt: skip
    if adult is None:
        adult = len(world.adults)
        world.adults.append(_adult(rng))
    person = world.adults[adult]
    if person.number is None and person.marking is None:
        person.birth_date = date(1962, 1, 1) + timedelta(int(rng.integers(36 * 365)))
        person.number = numbers.take(person.birth_date, person.sex)
    percent = int(rng.choice([50, 75, 80, 100, 100, 100, 100]))
    world.duties.append(Duty(random_uuid(rng), adult, unit, role, percent, mentor_of))
