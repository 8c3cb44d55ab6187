"""The averages of a large sample are Sweden's."""

from __future__ import annotations

import numpy as np
import pytest

from dia_assets.synthetic.grading import (
    NOT_TAKEN,
    Background,
    Grades,
    draw_test_grades,
    merit_values,
    points,
    simulate,
)

PASSED = list("ABCDE")


@pytest.fixture(scope="module")
def sample() -> tuple[Background, Grades]:
    return simulate(60_000, np.random.default_rng(11))


def _passed(grades: Grades, subject: str) -> np.ndarray:
    return np.isin(grades[subject], PASSED)


def _vocational(grades: Grades) -> np.ndarray:
    core = (_passed(grades, "SV") | _passed(grades, "SVA")) & _passed(grades, "EN") & _passed(grades, "MA")
    others = sum(_passed(grades, s).astype(int) for s in grades if s not in ("SV", "SVA", "EN", "MA"))
    return core & (others >= 5)


def test_the_average_merit_value_is_within_the_national_range(sample: tuple[Background, Grades]) -> None:
    merit = merit_values(sample[1])
    assert 218 <= merit[merit > 0].mean() <= 228
    assert 0.005 <= (merit == 0).mean() <= 0.012


def test_girls_have_a_higher_merit_value_than_boys(sample: tuple[Background, Grades]) -> None:
    background, grades = sample
    merit = merit_values(grades)
    gap = merit[background.is_girl & (merit > 0)].mean() - merit[~background.is_girl & (merit > 0)].mean()
    assert 14 <= gap <= 22


def test_the_share_eligible_to_vocational_programmes_is_within_the_national_range(
    sample: tuple[Background, Grades],
) -> None:
    background, grades = sample
    eligible = _vocational(grades)
    assert 0.81 <= eligible.mean() <= 0.86
    assert 0.25 <= eligible[background.newly_arrived].mean() <= 0.40


def test_the_share_passed_in_all_subjects_is_within_the_national_range(sample: tuple[Background, Grades]) -> None:
    grades = sample[1]
    everything = np.all([_passed(grades, s) | (grades[s] == NOT_TAKEN) for s in grades], axis=0)
    assert 0.72 <= everything.mean() <= 0.77


def test_every_pupil_has_exactly_one_of_the_two_swedish_subjects(sample: tuple[Background, Grades]) -> None:
    grades = sample[1]
    assert ((grades["SV"] == NOT_TAKEN) != (grades["SVA"] == NOT_TAKEN)).all()


def test_final_grades_in_mathematics_are_higher_than_the_test_for_a_quarter(sample: tuple[Background, Grades]) -> None:
    final = sample[1]["MA"]
    test = draw_test_grades(final, "MA", np.random.default_rng(5))
    both = (test != "99") & (final != "-")
    difference = points(final)[both] - points(test)[both]
    assert (difference > 0).mean() == pytest.approx(0.25, abs=0.01)
    assert (difference < 0).mean() == pytest.approx(0.02, abs=0.005)


def test_a_wanted_deviation_between_test_and_final_grade_is_met(sample: tuple[Background, Grades]) -> None:
    final = sample[1]["MA"][:400]
    test = draw_test_grades(final, "MA", np.random.default_rng(5), higher_share=0.62)
    both = (test != "99") & (final != "-")
    assert (points(final)[both] > points(test)[both]).mean() == pytest.approx(0.62, abs=0.02)
