"""The model of pupils' results: ability, final grades, year 6 grades and national test grades.

Pure functions on arrays; nothing here knows of files, units or persons. The shares and effects are calibrated so that
a large sample has Sweden's averages (merit value about 222, eligible about 83 %, all subjects about 74 %).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Grades = dict[str, NDArray[np.str_]]  # subject → one grade per pupil; "." is a subject that the pupil does not take

SCALE = np.array(["-", "F", "E", "D", "C", "B", "A"])
POINTS = {"A": 20.0, "B": 17.5, "C": 15.0, "D": 12.5, "E": 10.0, "F": 0.0, "-": 0.0}
NOT_TAKEN = "."
LANGUAGE_CHOICE = "M2"

# Percent of pupils with A, B, C, D, E, F and "-" as final grade, among those who take the subject.
FINAL_SHARES: dict[str, tuple[int, ...]] = {
    "BL": (14, 18, 24, 17, 23, 3, 1), "EN": (19, 16, 20, 13, 23, 7, 2), "HKK": (13, 19, 25, 18, 20, 4, 1),
    "IDH": (16, 20, 22, 15, 20, 5, 2), "MA": (9, 10, 17, 17, 34, 11, 2), "MU": (14, 19, 24, 17, 22, 3, 1),
    "BI": (11, 13, 18, 17, 32, 8, 1), "FY": (11, 12, 18, 16, 33, 9, 1), "KE": (11, 12, 18, 16, 33, 9, 1),
    "GE": (12, 15, 20, 17, 28, 7, 1), "HI": (13, 15, 19, 16, 29, 7, 1), "RE": (13, 15, 19, 16, 29, 7, 1),
    "SH": (13, 15, 19, 16, 29, 7, 1), "SL": (14, 20, 25, 18, 19, 3, 1), "SV": (10, 15, 22, 19, 29, 3, 2),
    "SVA": (1, 3, 10, 17, 41, 24, 4), "TK": (10, 15, 21, 18, 30, 5, 1), "M2": (17, 17, 19, 15, 27, 4, 1),
}  # fmt: skip
YEAR6_SHARES = FINAL_SHARES | {
    "MA": (9, 11, 18, 18, 35, 8, 1), "EN": (19, 17, 20, 14, 22, 7, 1), "SV": (10, 15, 22, 20, 27, 5, 1),
}  # fmt: skip
PRACTICAL = ("BL", "HKK", "IDH", "MU", "SL", "TK")

_GIRL_SHARE, _GIRL_EFFECT = 0.486, 0.30
_EDUCATION_MEAN, _EDUCATION_SD, _EDUCATION_EFFECT = 2.27, 0.55, 0.90
NEWLY_ARRIVED_SHARE, _NEWLY_ARRIVED_EFFECT = 0.035, 1.6
_SUBJECT_CORRELATION = 0.8
_SVA_SHARE = {True: 0.95, False: 0.09}  # by newly arrived
_NO_LANGUAGE_SHARE = 0.24
_REFERENCE_SIZE = 60_000


@dataclass(frozen=True)
class Background:
    """What the model knows of a group of pupils: arrays of the same length."""

    is_girl: NDArray[np.bool_]
    newly_arrived: NDArray[np.bool_]
    theta: Floats  # ability: mean 0 and standard deviation 1 in the country
    education: Floats  # parents' education, 1 compulsory school, 2 upper secondary, 3 beyond it


@dataclass(frozen=True)
class Reference:
    """The country that groups are compared with: its scale of ability and the cut points of every grade."""

    mean: float
    sd: float
    cuts: dict[str, Floats]
    year6_cuts: dict[str, Floats]
    language_cut: float


def _raw_ability(
    girl: NDArray[np.bool_], education: Floats, newly: NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    known = _GIRL_EFFECT * girl + _EDUCATION_EFFECT * (education - _EDUCATION_MEAN) - _NEWLY_ARRIVED_EFFECT * newly
    return known + rng.standard_normal(len(girl))


def _education(size: int, shift: Floats | float, rng: np.random.Generator) -> Floats:
    return np.clip(rng.normal(_EDUCATION_MEAN, _EDUCATION_SD, size) + shift, 1.0, 3.0)


def _subject_score(theta: Floats, rng: np.random.Generator) -> Floats:
    return np.sqrt(_SUBJECT_CORRELATION) * theta + np.sqrt(1 - _SUBJECT_CORRELATION) * rng.standard_normal(len(theta))


def _takes_sva(newly: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    return rng.random(len(newly)) < np.where(newly, _SVA_SHARE[True], _SVA_SHARE[False])


@lru_cache(maxsize=1)
def reference() -> Reference:
    """The country, simulated once with a seed of its own so that every municipality is measured with the same rule."""
    rng = np.random.default_rng(2025)
    girl = rng.random(_REFERENCE_SIZE) < _GIRL_SHARE
    newly = rng.random(_REFERENCE_SIZE) < NEWLY_ARRIVED_SHARE
    raw = _raw_ability(girl, _education(_REFERENCE_SIZE, 0.0, rng), newly, rng)
    theta = (raw - raw.mean()) / raw.std()
    sva = _takes_sva(newly, rng)
    language_score = theta + rng.standard_normal(_REFERENCE_SIZE)
    language_cut = float(np.quantile(language_score, _NO_LANGUAGE_SHARE))
    takers = {"SV": ~sva, "SVA": sva, LANGUAGE_CHOICE: language_score >= language_cut}
    cuts: dict[str, Floats] = {}
    year6_cuts: dict[str, Floats] = {}
    for subject in FINAL_SHARES:
        ordered = np.sort(_subject_score(theta, rng)[takers.get(subject, slice(None))])
        for shares, target in ((FINAL_SHARES, cuts), (YEAR6_SHARES, year6_cuts)):
            from_below = np.cumsum(shares[subject][::-1])[:-1] / 100
            target[subject] = ordered[(from_below * len(ordered)).astype(int)]
    return Reference(float(raw.mean()), float(raw.std()), cuts, year6_cuts, language_cut)


def draw_background(
    is_girl: NDArray[np.bool_], newly_share: Floats | float, education_shift: Floats | float, rng: np.random.Generator
) -> Background:
    """Draw newly arrived and ability for pupils whose units have the given composition."""
    ref = reference()
    newly = rng.random(len(is_girl)) < newly_share
    education = _education(len(is_girl), education_shift, rng)
    raw = _raw_ability(is_girl, education, newly, rng)
    return Background(is_girl, newly, (raw - ref.mean) / ref.sd, education)


def simulate(size: int, rng: np.random.Generator) -> tuple[Background, Grades]:
    """A country of `size` pupils with their final grades; what the calibration is tested on."""
    background = draw_background(rng.random(size) < _GIRL_SHARE, NEWLY_ARRIVED_SHARE, 0.0, rng)
    return background, draw_grades(background, rng)


def draw_grades(
    background: Background,
    rng: np.random.Generator,
    year: int = 9,
    subject_shift: dict[str, Floats] | None = None,
) -> Grades:
    """Grades of year 9 (final) or 6, as A–F, "-" (no basis because of absence) or "." (not taken).

    `subject_shift` moves the score of a subject, in standard deviations, for each pupil.
    """
    ref = reference()
    cuts = ref.cuts if year == 9 else ref.year6_cuts
    theta = background.theta
    sva = _takes_sva(background.newly_arrived, rng)
    takes_language = theta + rng.standard_normal(len(theta)) >= ref.language_cut
    not_taken = {"SV": sva, "SVA": ~sva, LANGUAGE_CHOICE: ~takes_language}
    grades: Grades = {}
    for subject in FINAL_SHARES:
        score = _subject_score(theta, rng) + (0.15 if year == 6 and subject in PRACTICAL else 0.0)
        if subject_shift and subject in subject_shift:
            score = score + subject_shift[subject]
        grade = SCALE[np.searchsorted(cuts[subject], score, side="right")]
        grades[subject] = np.where(not_taken.get(subject, False), NOT_TAKEN, grade)
    return grades


def points(grades: NDArray[np.str_]) -> Floats:
    """Grade points per cell; not a number where the subject is not taken."""
    result = np.full(grades.shape, np.nan)
    for grade, value in POINTS.items():
        result[grades == grade] = value
    return result


def merit_values(grades: Grades) -> Floats:
    """Merit value with 17 subjects per pupil: the 16 best subjects beside language choice, and language choice."""
    others = np.stack([points(grade) for subject, grade in grades.items() if subject != LANGUAGE_CHOICE])
    best = -np.sort(-np.nan_to_num(others), axis=0)[:16]
    merit: Floats = best.sum(axis=0) + np.nan_to_num(points(grades[LANGUAGE_CHOICE]))
    return merit


# Percent of pupils whose final grade is higher and lower than the test grade.
TEST_STEPS = {"MA": (25, 2), "SV": (28, 11), "SVA": (33, 9), "EN": (9, 10), "NO": (22, 8), "SO": (30, 8)}


def draw_test_grades(
    final: NDArray[np.str_], subject: str, rng: np.random.Generator, higher_share: float | None = None
) -> NDArray[np.str_]:
    """Test grades that go with final grades; "99" for a pupil without a complete test.

    Half of the pupils whose final grade is higher have F on the test and E as final grade. `higher_share` (0–1)
    sets exactly how many of the pupils with both grades get a higher final grade.
    """
    higher, lower = (percent / 100 for percent in TEST_STEPS[subject])
    step = _grade_index(final)
    has_grade = step >= 1
    share_e = max(float(np.mean(step[has_grade] == 2)), 0.05) if has_grade.any() else 0.05
    share_above = max(float(np.mean(step[has_grade] > 2)), 0.05) if has_grade.any() else 0.05
    chance_higher = np.where(step == 2, 0.5 * higher / share_e, np.where(step > 2, 0.5 * higher / share_above, 0.0))
    draw = rng.random(len(final))
    is_higher = has_grade & (draw < chance_higher)
    is_lower = has_grade & ~is_higher & (draw > 1 - lower) & (step < 6)
    absent = ~has_grade | (rng.random(len(final)) < (0.15 if subject == "SVA" else 0.05))
    if higher_share is not None:
        can = np.flatnonzero(~absent & (step >= 2))
        wanted = min(round(higher_share * int((~absent).sum())), len(can))
        is_higher[:] = False
        is_higher[rng.permutation(can)[:wanted]] = True
        is_lower &= ~is_higher
    test = SCALE[np.clip(step - is_higher + is_lower, 1, 6)]
    return np.where(absent, "99", test)


def _grade_index(grades: NDArray[np.str_]) -> NDArray[np.int64]:
    """The place of each grade on the scale ("-" is 0, A is 6); −1 for a subject that is not taken."""
    index = np.full(len(grades), -1, dtype=np.int64)
    for place, grade in enumerate(SCALE):
        index[grades == grade] = place
    return index
