"""Lessons of a school week: for every class and weekday the subjects, start times and lengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dia_assets.synthetic.world import World

Ints = NDArray[np.int32]

SLOTS = 6
# Lessons a day by stage, so that a year of 178 days has about 900 lessons per pupil.
_LESSONS = {"FKLASS": 3, "low": 4, "middle": 5, "high": 6, "GRAN": 4, "GY": 6, "GYAN": 4}
SUBJECTS = {
    "FKLASS": ("FKL",),
    "GRAN": ("SV", "MA", "IDH", "BL", "NO", "SO"),
    "GYAN": ("SVE", "MAT", "IDR", "EST"),
    "GY": ("SVE", "MAT", "ENG", "HIS", "SAM", "NAT", "IDR", "KAR"),
    "GR": (
        "BL",
        "EN",
        "HKK",
        "IDH",
        "MA",
        "MA",
        "MU",
        "BI",
        "FY",
        "KE",
        "GE",
        "HI",
        "RE",
        "SH",
        "SL",
        "SV",
        "SV",
        "TK",
        "M2",
    ),
}
_HALF_MINUTES = (80, 85, 90, 100, 110, 120, 140)  # lessons of 40 to 70 minutes; one length is 42,5


@dataclass(frozen=True)
class Timetable:
    """Arrays by class, weekday and slot. `lessons` is the number of slots in use per class."""

    lessons: Ints
    subject: Ints
    start: Ints
    half_minutes: Ints
    subjects: list[str]
    starts: list[str]


def stage(form: str, grade_year: int) -> str:
    """The stage that decides how many lessons a day has and how much absence is usual."""
    if form != "GR":
        return form
    return ("low", "middle", "high")[(grade_year - 1) // 3]


def make_timetable(world: World) -> Timetable:
    """Draw the week of every class."""
    rng = world.rng("timetable")
    shape = (len(world.classes), 5, SLOTS)
    half = rng.choice(_HALF_MINUTES, size=shape).astype(np.int32)
    pauses = 20
    begins = 16 * 60 + 40 + np.cumsum(half + pauses, axis=2) - half - pauses  # half minutes after midnight
    starts = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60)]
    subjects = sorted({subject for group in SUBJECTS.values() for subject in group})
    subject = np.zeros(shape, dtype=np.int32)
    lessons = np.zeros(shape[0], dtype=np.int32)
    for school_class in world.classes:
        choices = [subjects.index(code) for code in SUBJECTS.get(school_class.form, SUBJECTS["GR"])]
        subject[school_class.index] = rng.choice(choices, size=(5, SLOTS))
        lessons[school_class.index] = _LESSONS[stage(school_class.form, school_class.grade_year)]
    return Timetable(lessons, subject, (begins // 2).astype(np.int32), half, subjects, starts)
