"""Rules that change on a day: a cohort on each side of it, through the models, with nothing but data that differs.

Ten-year compulsory school from 1 July 2028, Gy25 from 1 July 2025, and a scale that is not decided and not in the
product's data: that it could come by rows alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from tests.dbt.compiled import CompiledModel
from tests.dbt.lake import Lake
from tests.dbt.test_merit_rules import TYPES

LADDER = ["BL", "EN", "HKK", "IDH", "MA", "MU", "BI", "FY", "KE", "GE", "HI", "RE", "SH", "SL", "SV", "TK"]


class Results:
    """`fct_grade` and after it `fct_leaving`, on grades that a test makes up."""

    def __init__(self, lake: Lake) -> None:
        self.grade, self.leaving = CompiledModel(lake, "fct_grade"), CompiledModel(lake, "fct_leaving")
        enrolment = {"person_key": "varchar", "school_form_code": "varchar", "start_date": "date", "end_date": "date"}
        self.leaving.give("master.mst_enrolment", enrolment, [])
        self.leaving.give("master.mst_person", {"person_key": "varchar", "sex_code": "varchar"}, [])
        columns = [row["column_name"] for row in lake.query("describe history.scb__final_grade_year9")]
        self.wide = dict.fromkeys(columns, "varchar") | {"spring_year": "bigint", "_load": "bigint", "_row": "bigint"}
        self.grade.give("history.scb__grade_year6", {**self.wide, "grade_no": "varchar", "grade_so": "varchar"}, [])

    def run(self, sql: str) -> None:
        """The same change of reference data for both models."""
        for model in (self.grade, self.leaving):
            model.connection.execute(sql)

    def leavers(self, pupils: Sequence[tuple[str, int, Sequence[str]]]) -> dict[str, dict[str, Any]]:
        """What becomes of pupils (name, spring, grades in the order of `LADDER`)."""
        rows = [
            {"person_key": name, "school_unit_code": "00000001", "spring_year": spring, "_load": 1, "_row": 1}
            | {f"grade_{subject.lower()}": grade for subject, grade in zip(LADDER, grades, strict=True)}
            for name, spring, grades in pupils
        ]
        self.grade.give("history.scb__final_grade_year9", self.wide, rows)
        self.leaving.give("marts.fct_grade", TYPES, self.grade.rows())
        return {row["person_key"]: row for row in self.leaving.rows()}


@pytest.fixture(scope="module")
def compiled(golden_lake: Lake) -> Lake:
    """The lake with the models' SQL; a test changes copies of its reference tables."""
    golden_lake.dbt("compile", "--select", "fct_grade", "fct_leaving", "mst_enrolment_span")
    return golden_lake


@pytest.fixture
def results(compiled: Lake) -> Results:
    return Results(compiled)


def test_one_leaves_after_year_9_in_2028_and_after_year_10_in_2029(results: Results) -> None:
    pupils = results.leavers([("before", 2028, ["C"] * 16), ("after", 2029, ["C"] * 16)])
    assert pupils["before"]["leaving_grade_year"] == 9 and pupils["after"]["leaving_grade_year"] == 10
    for name in ("merit_value_16", "has_passed_all", "is_eligible_yp", "is_eligible_nate"):
        assert pupils["before"][name] == pupils["after"][name], "nothing else has been decided"


def test_a_new_scale_comes_by_rows_alone_and_leaves_the_old_cohort_as_it_was(results: Results) -> None:
    old = results.leavers([("before", 2028, [*["A"] * 8, *["F"] * 8])])["before"]
    results.run("update reference.ref_grade_occasion set valid_to = '2028-07-01' where occasion_code = 'final_grade'")
    results.run(
        "insert into reference.ref_grade_occasion by name select * exclude (scale_id, valid_from, valid_to),"
        " 'made-up' as scale_id, date '2028-07-01' as valid_from from reference.ref_grade_occasion"
        " where occasion_code = 'final_grade'"
    )
    results.run(
        "insert into reference.ref_grade_value by name select 'made-up' as scale_id, n::varchar as grade,"
        " n * 2 as points, true as counts_as_subject, n >= 4 as is_passed, false as is_adapted_study_path,"
        " date '2028-07-01' as valid_from from range(1, 11) as t(n)"
    )
    pupils = results.leavers([("before", 2028, [*["A"] * 8, *["F"] * 8]), ("after", 2029, [*["4"] * 12, *["3"] * 4])])
    assert pupils["before"] == old
    assert pupils["after"]["merit_value_16"] == 12 * 8 + 4 * 6
    assert pupils["after"]["passed_subjects"] == 12 and not pupils["after"]["has_passed_all"]


ENROLMENT = {
    "person_key": "varchar", "organisation_id": "varchar", "school_unit_code": "varchar", "school_type": "varchar",
    "school_form_code": "varchar", "grade_year": "bigint", "start_date": "date", "end_date": "date",
    "is_cancelled": "boolean", "education_code": "varchar", "_load": "bigint",
}  # fmt: skip


def enrolment(name: str, form: str, start: dt.date, **more: Any) -> dict[str, Any]:
    ids = {"organisation_id": "a", "school_unit_code": "00000001", "school_type": form, "_load": 1}
    return {"person_key": name, "school_form_code": form, "start_date": start, **ids, **more}


@pytest.fixture
def spans(compiled: Lake) -> Any:
    model = CompiledModel(compiled, "mst_enrolment_span")

    def run(*rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
        model.give("master.mst_enrolment", ENROLMENT, rows)
        return {row["person_key"]: row for row in model.rows()}

    return run


def test_stages_follow_the_school_year_in_which_an_enrolment_begins(spans: Any) -> None:
    before, after = dt.date(2027, 8, 16), dt.date(2028, 8, 14)
    found = spans(
        enrolment("four", "GR", before, grade_year=4), enrolment("four later", "GR", after, grade_year=4),
        enrolment("seven", "GR", before, grade_year=7), enrolment("seven later", "GR", after, grade_year=7),
        enrolment("ten", "GR", before, grade_year=10), enrolment("ten later", "GR", after, grade_year=10),
        enrolment("same", "SAM", after, grade_year=7), enrolment("adapted", "GRAN", after, grade_year=10),
    )  # fmt: skip
    stages = {name: row["stage_code"] for name, row in found.items()}
    assert stages == {
        "four": "M", "four later": "L", "seven": "H", "seven later": "M", "ten": None, "ten later": "H",
        "same": "M", "adapted": "H",
    }  # fmt: skip


def test_preschool_class_ends_in_2028(spans: Any) -> None:
    found = spans(
        enrolment("before", "FKLASS", dt.date(2027, 8, 16), grade_year=0),
        enrolment("after", "FKLASS", dt.date(2028, 8, 14), grade_year=0),
    )
    assert found["before"]["is_main"] and found["before"]["stage_code"] == "F"
    assert not found["after"]["is_main"] and found["after"]["stage_code"] is None


def test_programmes_of_gy11_and_gy25_stand_side_by_side(spans: Any) -> None:
    found = spans(
        enrolment("crafts", "GY", dt.date(2024, 8, 15), education_code="HVFRI0S", grade_year=1),
        enrolment("hair", "GY", dt.date(2025, 8, 15), education_code="FRFRI0S", grade_year=1),
        enrolment("language", "GY", dt.date(2025, 8, 15), education_code="IMSPR", grade_year=1),
        enrolment("unknown", "GY", dt.date(2025, 8, 15), education_code="QQQQQ00", grade_year=1),
        enrolment("compulsory", "GR", dt.date(2025, 8, 15), education_code="NANAT00", grade_year=9),
    )
    assert {name: (row["programme_code"], row["programme_kind"]) for name, row in found.items()} == {
        "crafts": ("HV", "vocational"),
        "hair": ("FR", "vocational"),
        "language": ("IMS", "introduction"),
        "unknown": (None, None),
        "compulsory": (None, None),
    }
