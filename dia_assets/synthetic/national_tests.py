"""The national tests of year 3 and year 6: their columns in SCB's layouts of 2025-12-10, and how pupils do in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dia_assets.synthetic import grading

_MATH_YEAR3 = ("A", "B", "C", "D", "E", "F", "G", "G1", "G2")
_SWEDISH_YEAR3 = ("A", "B", "C", "D", "E", "F", "G", "H")
# The highest points of each part that is counted in points.
_MATH_POINTS = {"B": 17, "C": 19, "D": 14, "E": 16, "F": 23, "G": 15, "G1": 18, "G2": 12}
_SWEDISH_POINTS = {"B": 18, "C": 18}
_HIGHEST_YEAR6 = {"SV": 18, "EN": 6}

YEAR3_COLUMNS = (
    "MA_GRUPP",
    *(f"MA_{part}_PR" for part in _MATH_YEAR3),
    *(f"MA_{part}_POANG" for part in _MATH_POINTS),
    "SV_GRUPP",
    "SV_KURSPLAN",
    *(f"SV_{part}_PR" for part in _SWEDISH_YEAR3),
    *(f"SV_{part}_POANG" for part in _SWEDISH_POINTS),
)
YEAR6_COLUMNS = (
    "MA_GRUPP", *(f"MA_{part}_DELT" for part in "ABCDE"), "MA_PROVB",
    "SV_GRUPP", "SV_KURSPLAN",
    *(f"SV_{part}_DELT" for part in "ABC"), *(f"SV_{part}_PRP" for part in "ABC"), "SV_PROVB",
    "EN_GRUPP", *(f"EN_{part}_DELT" for part in "ABC"), *(f"EN_{part}_PRP" for part in "ABC"), "EN_PROVB",
)  # fmt: skip


def year3_cells(background: grading.Background, rng: np.random.Generator) -> list[list[str]]:
    """The cells of each pupil's tests in year 3, in the order of `YEAR3_COLUMNS`."""
    count = len(background.theta)
    second_language = rng.random(count) < np.where(background.newly_arrived, 0.95, 0.09)
    rows = []
    for place in range(count):
        label = f"3{chr(ord('A') + place % max(1, -(-count // 26)))}"
        skill = float(background.theta[place])
        math = _parts(_MATH_YEAR3, _MATH_POINTS, skill, rng)
        swedish = _parts(_SWEDISH_YEAR3, _SWEDISH_POINTS, skill, rng)
        rows.append([f"MA {label}", *math, f"SV {label}", "2" if second_language[place] else "1", *swedish])
    return rows


def _parts(parts: tuple[str, ...], highest: dict[str, int], skill: float, rng: np.random.Generator) -> list[str]:
    """Results of the parts, then points of those that have points; now and then a part was not taken or was lost."""
    results, points = [], {}
    for part in parts:
        level = 1 / (1 + np.exp(-(1.9 + 1.1 * skill + 0.8 * rng.standard_normal())))
        lost = rng.random()
        code = "99" if lost < 0.04 else "88" if lost < 0.042 else ""
        results.append(code or ("1" if level > 0.6 else "0"))
        if part in highest:
            points[part] = code or str(round(level * highest[part]))
    return [*results, *points.values()]


def year6_cells(grades: grading.Grades, rng: np.random.Generator) -> list[list[str]]:
    """The cells of each pupil's tests in year 6, in step with the grades, in the order of `YEAR6_COLUMNS`."""
    takes_sva = grades["SVA"] != grading.NOT_TAKEN
    swedish = np.where(takes_sva, *(grading.draw_test_grades(grades[code], code, rng) for code in ("SVA", "SV")))
    tests: dict[str, NDArray[np.str_]] = {
        "MA": grading.draw_test_grades(grades["MA"], "MA", rng),
        "SV": swedish,
        "EN": grading.draw_test_grades(grades["EN"], "EN", rng),
    }
    count = len(takes_sva)
    noise = rng.integers(-2, 3, (count, 6))
    on_paper = rng.random(count) < 0.02
    rows = []
    for place in range(count):
        label = f"6{chr(ord('A') + place % max(1, -(-count // 26)))}"
        taken = {subject: str(values[place]) for subject, values in tests.items()}
        part = {subject: "99" if grade == "99" else "1" for subject, grade in taken.items()}
        later = {subject: "77" if on_paper[place] and code == "1" else code for subject, code in part.items()}
        cells = [f"MA {label}", *[part["MA"]] * 5, taken["MA"]]
        for subject, first in (("SV", 0), ("EN", 3)):
            cells += [f"{subject} {label}", *(["2" if takes_sva[place] else "1"] if subject == "SV" else [])]
            cells += [part[subject], later[subject], later[subject]]
            cells += test_points(taken[subject], _HIGHEST_YEAR6[subject], noise[place, first : first + 3])
            cells.append(taken[subject])
        rows.append(cells)
    return rows


def test_points(grade: str, highest: int, noise: NDArray[np.int64]) -> list[str]:
    """Points on the three parts of a language test, in step with the test grade."""
    if grade == "99":
        return ["99"] * 3
    level = {"F": 0.25, "E": 0.45, "D": 0.58, "C": 0.7, "B": 0.83, "A": 0.95}[grade]
    return [str(int(np.clip(round(level * highest) + extra, 1, highest))) for extra in noise]
