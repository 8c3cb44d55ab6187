"""What holds of merit value and eligibility whatever the grades are: tried on many made-up pupils."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.dbt.compiled import CompiledModel
from tests.dbt.lake import Lake

SUBJECTS = [
    "BL",
    "EN",
    "HKK",
    "IDH",
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
    "TK",
    "M1",
    "M2",
    "ML",
]
POINTS = {"A": 20.0, "B": 17.5, "C": 15.0, "D": 12.5, "E": 10.0, "F": 0.0, "-": 0.0}
TYPES = {
    "person_key": "varchar",
    "school_unit_code": "varchar",
    "spring_year": "bigint",
    "school_year": "varchar",
    "occasion_code": "varchar",
    "graded_on": "date",
    "class_label": "varchar",
    "subject_code": "varchar",
    "points": "double",
    "counts_as_subject": "boolean",
    "is_passed": "boolean",
    "is_adapted_study_path": "boolean",
    "is_conflicting_pair": "boolean",
    "_load": "bigint",
}
grades = st.dictionaries(st.sampled_from(SUBJECTS), st.sampled_from(sorted(POINTS)), min_size=1)
often = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows_of(pupil: str, results: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "person_key": pupil,
            "school_unit_code": "00000001",
            "spring_year": 2025,
            "school_year": "2024/25",
            "occasion_code": "final_grade",
            "graded_on": dt.date(2025, 6, 10),
            "class_label": "9A",
            "subject_code": subject,
            "points": POINTS[grade],
            "counts_as_subject": True,
            "is_passed": grade in "ABCDE",
            "is_adapted_study_path": False,
            "is_conflicting_pair": False,
            "_load": 1,
        }
        for subject, grade in results.items()
    ]


@pytest.fixture(scope="module")
def leave(golden_lake: Lake) -> Any:
    golden_lake.dbt("compile", "--select", "fct_leaving")
    model = CompiledModel(golden_lake, "fct_leaving")
    enrolment = {"person_key": "varchar", "school_form_code": "varchar", "start_date": "date", "end_date": "date"}
    model.give("master.mst_enrolment", enrolment, [])
    model.give("master.mst_person", {"person_key": "varchar", "sex_code": "varchar"}, [])

    def leaving(**pupils: dict[str, str]) -> dict[str, dict[str, Any]]:
        model.give(
            "marts.fct_grade", TYPES, [row for name, results in pupils.items() for row in rows_of(name, results)]
        )
        return {row["person_key"]: row for row in model.rows()}

    return leaving


@often
@given(results=grades, subject=st.sampled_from(SUBJECTS), failed=st.sampled_from(["F", "-"]))
def test_one_more_failed_grade_never_raises_anything(leave: Any, results: Any, subject: str, failed: str) -> None:
    assume(subject not in results)
    pupils = leave(before=results, after=results | {subject: failed})
    for name in ("merit_value_16", "merit_value_17", "passed_subjects", "has_passed_all", "is_eligible_yp"):
        assert pupils["after"][name] <= pupils["before"][name]


@often
@given(results=grades, subject=st.sampled_from(SUBJECTS))
def test_a_better_grade_never_lowers_anything(leave: Any, results: Any, subject: str) -> None:
    pupils = leave(before=results | {subject: "F"}, after=results | {subject: "A"})
    names = ("merit_value_16", "merit_value_17", "is_eligible_yp", "is_eligible_es", "is_eligible_nate")
    for name in names:
        assert pupils["after"][name] >= pupils["before"][name]


@often
@given(results=grades)
def test_merit_values_and_eligibility_nest_as_they_should(leave: Any, results: Any) -> None:
    pupil = leave(pupil=results)["pupil"]
    best = sorted((POINTS[grade] for grade in results.values()), reverse=True)
    others = sorted((POINTS[grade] for subject, grade in results.items() if subject != "M2"), reverse=True)
    assert pupil["merit_value_16"] == sum(best[:16])
    assert pupil["merit_value_17"] == sum(others[:16]) + POINTS[results.get("M2", "F")]
    assert pupil["is_eligible_yp"] or not pupil["is_eligible_es"]
    assert pupil["is_eligible_es"] or not (pupil["is_eligible_ekhusa"] or pupil["is_eligible_nate"])
    assert (pupil["is_eligible_imv"] is None) == pupil["is_eligible_yp"]
