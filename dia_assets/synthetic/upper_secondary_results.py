"""The model of results in upper secondary school: courses of a programme, their grades, and how studies end.

Pure functions; nothing here knows of files, units or persons. Calibrated so that a large sample has about Sweden's
figures: average grade points 13.9–14.4, nine leavers of ten with a diploma, eight starters of ten within three years.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PREPARATORY, VOCATIONAL, INTRODUCTION = "preparatory", "vocational", "introduction"
COMMON, PROGRAMME, ORIENTATION = "Gymnasiegemensamma", "Programgemensamma", "Inriktning"
DEEPER, CHOICE, PROJECT = "Programfördjupning", "Individuellt val", "Gymnasiearbete"
SCALE = np.array(["F", "E", "D", "C", "B", "A"])
POINTS = {"A": 20.0, "B": 17.5, "C": 15.0, "D": 12.5, "E": 10.0, "F": 0.0}
_SHARES = (4.2, 25.3, 18.5, 20.5, 15.5, 16.0)  # percent of F, E, D, C, B and A among all grades
_CORRELATION = 0.8
_MISSING_PROJECT = 0.012
# the credits of a programme's own courses, beside those that all pupils read
_OWN = {
    PREPARATORY: {PROGRAMME: (100,) * 4, ORIENTATION: (150, 200), DEEPER: (100,) * 3, CHOICE: (100,) * 2},
    VOCATIONAL: {
        PROGRAMME: (100,) * 4, ORIENTATION: (200,) * 3 + (100,) * 3, DEEPER: (100,) * 3, CHOICE: (100,) * 2
    },
}  # fmt: skip
_PREPARATORY_CODES = ("NA", "SA", "EK", "TE", "ES", "HU")

LAST_YEAR = 3
DIPLOMA, STUDY_CERTIFICATE = "diploma", "study_certificate"
LEAVES, LATE, IN_TIME = "leaves", "late", "in_time"
_LEAVES, _LATE = 0.08, 0.035


@dataclass(frozen=True)
class Course:
    """A course of Gy11, or a level of a subject of Gy25; `year` is the year of study in which it is graded."""

    code: str
    credits: int
    category: str
    year: int
    level: int | None = None
    autumn: bool = False


def kind_of(programme: str) -> str:
    """Whether a study path prepares for higher education, is vocational or introductory."""
    if programme.startswith("IM"):
        return INTRODUCTION
    return PREPARATORY if programme[:2] in _PREPARATORY_CODES else VOCATIONAL


def courses(programme: str, swedish: str = "SVE") -> list[Course]:
    """The courses of Gy11 that a pupil of a programme reads: 2 500 credits with the diploma project."""
    kind, code = kind_of(programme), programme[:2]
    if kind == INTRODUCTION:
        return [Course(f"{swedish}{swedish}01", 100, COMMON, 1), Course("ENGENG05", 100, COMMON, 1)]
    if kind == PREPARATORY:
        track = "c" if code in ("NA", "TE") else "b"
        common = [
            (f"{swedish}{swedish}01", 100, 1), (f"{swedish}{swedish}02", 100, 2), (f"{swedish}{swedish}03", 100, 3),
            ("ENGENG05", 100, 1), ("ENGENG06", 100, 2), (f"MATMAT01{track}", 100, 1), (f"MATMAT02{track}", 100, 2),
            ("HISHIS01b", 100, 1), ("IDRIDR01", 100, 1), ("NAKNAK01b", 100, 2), ("RELREL01", 50, 3),
            ("SAMSAM01b", 100, 1),
        ]  # fmt: skip
    else:
        common = [
            (f"{swedish}{swedish}01", 100, 1), ("ENGENG05", 100, 1), ("MATMAT01a", 100, 1), ("HISHIS01a1", 50, 2),
            ("IDRIDR01", 100, 1), ("NAKNAK01a1", 50, 2), ("RELREL01", 50, 3), ("SAMSAM01a1", 50, 2),
        ]  # fmt: skip
    found = [Course(name, points, COMMON, year, None, n % 2 == 1) for n, (name, points, year) in enumerate(common)]
    for category, sizes in _OWN[kind].items():
        first, letter = {PROGRAMME: (1, "G"), ORIENTATION: (2, "I"), DEEPER: (3, "F"), CHOICE: (2, "V")}[category]
        for n, points in enumerate(sizes):
            name = f"{code}{letter}KUR{n + 1:02d}"
            found.append(Course(name, points, category, min(first + n // 2, 3), None, n % 2 == 1))
    return [*found, Course(f"GYAR{code}", 100, PROJECT, LAST_YEAR)]


def first_subjects(swedish: str = "SVEN") -> list[Course]:
    """The levels of subjects of Gy25 that are graded by the end of the first autumn."""
    levels = (("IDRO", 50, 1), (swedish, 50, 1), ("ENGE", 50, 1), (swedish, 50, 2))
    return [Course(code, points, COMMON, 1, level, True) for code, points, level in levels]


def draw_grades(theta: Floats, number: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """So many grades for each pupil, A–F; rows are pupils. `theta`: ability, 0 on average with a deviation of 1."""
    noise = rng.standard_normal((len(theta), number))
    score = np.sqrt(_CORRELATION) * theta[:, None] + np.sqrt(1 - _CORRELATION) * noise
    cuts = [_normal_quantile(share) for share in np.cumsum(_SHARES)[:-1] / 100]
    return SCALE[np.searchsorted(cuts, score, side="right")]


def draw_ends(theta: Floats, rng: np.random.Generator) -> NDArray[np.str_]:
    """Whether each pupil leaves before the end, needs a fourth year, or ends in time; weak ones oftener do not."""
    strength = 0.6 * theta + 0.8 * rng.standard_normal(len(theta))
    cuts = [_normal_quantile(_LEAVES), _normal_quantile(_LEAVES + _LATE)]
    return np.array([LEAVES, LATE, IN_TIME])[np.searchsorted(cuts, strength, side="right")]


def misses_project(rng: np.random.Generator) -> bool:
    """Whether the diploma project was not finished: chance alone."""
    return bool(rng.random() < _MISSING_PROJECT)


def grade_points(read: list[Course], grades: list[str]) -> float:
    """Grade points of a certificate: by credits, without the diploma project; F counts as 0."""
    counted = [(course.credits, POINTS[grade]) for course, grade in zip(read, grades, strict=True)
               if course.category != PROJECT]  # fmt: skip
    return sum(points * weight for weight, points in counted) / sum(weight for weight, _ in counted)


def certificate(programme: str, read: list[Course], grades: list[str]) -> str:
    """Diploma or study certificate, by the law's conditions for each kind of programme."""
    passed = [course for course, grade in zip(read, grades, strict=True) if grade != "F"]
    names = {course.code[3:].rstrip("abc") for course in passed}
    needed = ["01", "02", "03"] if kind_of(programme) == PREPARATORY else ["01"]
    english = ["05", "06"] if kind_of(programme) == PREPARATORY else ["05"]
    swedish = all(f"SVE{level}" in names or f"SVA{level}" in names for level in needed)
    complete = swedish and all(f"ENG{level}" in names for level in english) and "MAT01" in names
    own = sum(course.credits for course in passed if course.category == PROGRAMME)
    if kind_of(programme) == VOCATIONAL and own < 400:
        complete = False
    has_project = any(course.category == PROJECT for course in passed)
    enough = sum(course.credits for course in passed) >= 2250
    return DIPLOMA if complete and has_project and enough else STUDY_CERTIFICATE


def simulate(size: int, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """A country of `size` starters: average grade points and share of diplomas of leavers, share within 3 and 4 years.

    What the calibration is tested on.
    """
    theta = rng.standard_normal(size)
    ends = draw_ends(theta, rng)
    grades = draw_grades(theta, 24, rng)
    points, diplomas, in_time, late = [], 0, 0, 0
    for place in np.flatnonzero(ends != LEAVES):
        programme = ("SASAM00", "NANAT00", "BABYG0S")[place % 3]
        read = courses(programme)
        own = [*map(str, grades[place][:-1]), "F" if misses_project(rng) else "E"]
        points.append(grade_points(read, own))
        if certificate(programme, read, own) == DIPLOMA:
            diplomas += 1
            in_time += ends[place] == IN_TIME
            late += ends[place] == LATE
    return sum(points) / len(points), diplomas / len(points), in_time / size, (in_time + late) / size


def _normal_quantile(share: float) -> float:
    return NormalDist().inv_cdf(share)
