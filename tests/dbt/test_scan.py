"""The five things planted in a municipality are found among all comparisons, and on the same without them none is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dia_assets import scan
from tests.dbt.compiled import CompiledModel
from tests.dbt.lake import Lake

UNITS = [f"{number:08d}" for number in range(1, 10)]
YEARS = range(2021, 2026)
PUPILS = 80
AREAS = {"MA": 1, "BI": 1, "HI": 1, "SV": 0, "EN": 0, "BL": 0, "IDH": 0}  # 1: where boys are made to lead
BOYS, TEST, ABSENCE, MERIT, SAFETY = UNITS[0], UNITS[1], UNITS[2], UNITS[3], UNITS[4]
EXPECTED = {
    ("SEX_PROFILE", BOYS), ("TEST_RELATION", TEST), ("INVALID_RISE", ABSENCE), ("MERIT_DEVIATION", MERIT),
    ("SURVEY_CHANGE", SAFETY),
}  # fmt: skip
ALSO = {("SUBJECT_PROFILE", BOYS), ("SURVEY_PROFILE", SAFETY)}  # the same, seen another way
Row = dict[str, Any]


def results(rng: np.random.Generator, planted: bool) -> Iterator[tuple[str, Row]]:
    """Grades of five springs: one ability for each pupil and a little for each subject; girls are ahead in all."""
    for unit in UNITS:
        level = rng.normal(0, 1.5)
        for spring in YEARS:
            year = f"{spring - 1}/{spring % 100}"
            yield "deviation", {
                "indicator_id": "IND-10.DEVIATION", "entity_code": unit, "period": year,
                "value": rng.normal(15 if planted and unit == MERIT else 0, 7),
            }  # fmt: skip
            for number in range(PUPILS):
                key, sex = f"{unit}{spring}{number}", "K" if number % 2 else "M"
                ability = 13 + level + rng.normal(1.5 if sex == "K" else 0, 5)
                yield "leaving", {
                    "person_key": key, "school_unit_code": unit, "school_year": year, "spring_year": spring,
                    "sex_code": sex,
                }  # fmt: skip
                lead = 3.0 if planted and (unit, spring, sex) == (BOYS, 2025, "M") else 0
                for subject, is_theory in AREAS.items():
                    points = float(np.clip(ability + lead * is_theory + rng.normal(0, 2.7), 0, 20))
                    yield "grade", {"person_key": key, "spring_year": spring, "subject_code": subject, "points": points}
                higher = 0.62 if planted and (unit, spring) == (TEST, 2025) else 0.25
                yield "test", {
                    "school_unit_code": unit, "school_year": year, "subject_code": "MA",
                    "relation_code": "higher" if rng.random() < higher else "equal",
                }  # fmt: skip


def attendance(rng: np.random.Generator, planted: bool) -> Iterator[tuple[str, Row]]:
    for unit in UNITS:
        for number in range(PUPILS):
            habit = rng.gamma(1.0, 0.012)
            for place, month in enumerate([8, 9, 10, 11, 12, 1, 2, 3]):
                rise = 0.006 * max(0, place - 1) if planted and unit == ABSENCE else 0
                minutes = 4800.0
                yield "month", {
                    "person_key": f"{unit}{number}", "school_unit_code": unit,
                    "month": date(2025 if month > 7 else 2026, month, 1), "recorded_minutes": minutes,
                    "invalid_absence_minutes": minutes * max(0.0, habit + rise + rng.normal(0, 0.01)),
                }  # fmt: skip


def survey(rng: np.random.Generator, planted: bool) -> Iterator[tuple[str, Row]]:
    for unit in UNITS:
        for year in (2024, 2026):
            for number in range(PUPILS):
                person = rng.normal(0, 1.2)
                for index, mean in (("Trygghet", 7.4), ("Studiero", 5.0)):
                    low = 1.5 if planted and (unit, year, index) == (SAFETY, 2026, "Trygghet") else 0
                    answer = float(np.clip(mean - low + person + rng.normal(0, 1.5), 0, 10))
                    yield "answer", {
                        "school_unit_code": unit, "respondent_number": number, "survey_year": year, "grade_year": 8,
                        "index_name": index, "answer_value": answer,
                    }  # fmt: skip


CONSTANT: dict[str, tuple[str, Row]] = {
    "grade": ("fct_grade", {"counts_as_subject": True, "occasion_code": "final_grade"}),
    "leaving": ("fct_leaving", {}),
    "test": ("fct_test_vs_grade", {"is_compared": True, "grade_year": 9}),
    "month": ("fct_attendance_month", {}),
    "answer": ("fct_survey_answer", {"respondent_kind": "pupil", "counts_in_index": True}),
    "deviation": ("ind_expected", {}),
}


@pytest.fixture(scope="module")
def model(golden_lake: Lake) -> CompiledModel:
    return CompiledModel(golden_lake, "scan_comparison")


def found(model: CompiledModel, seed: int, *, planted: bool) -> list[Row]:
    rng = np.random.default_rng(seed)
    rows: dict[str, list[Row]] = {name: [] for name in CONSTANT}
    for part in (results, attendance, survey):
        for name, row in part(rng, planted):
            rows[name].append(row | CONSTANT[name][1])
    for name, (table, _) in CONSTANT.items():
        made = pa.Table.from_pylist(rows[name])
        model.connection.register("made", made)
        model.connection.execute(f"create or replace table lakehouse.marts.{table} as select * from made")
        model.connection.unregister("made")
    kinds = model.connection.execute("select * from lakehouse.reference.ref_scan").to_arrow_table()
    return scan.findings(model.connection.execute(model.sql).to_arrow_table(), kinds).to_pylist()


@pytest.mark.parametrize("seed", [1, 2])
def test_all_that_is_planted_is_found_where_and_when_it_was(model: CompiledModel, seed: int) -> None:
    rows = found(model, seed, planted=True)
    assert {(row["scan_code"], row["school_unit_code"]) for row in rows} >= EXPECTED
    boys = [row for row in rows if row["scan_code"] == "SEX_PROFILE"]
    assert {(row["school_unit_code"], row["period"]) for row in boys} == {(BOYS, "2024/25")}
    assert {row["subject"] for row in boys if row["effect"] < 0} <= {"matematik", "NO", "SO", "MA, NO och SO"}
    rise = [row["period"] for row in rows if row["scan_code"] == "INVALID_RISE"]
    assert max(rise) == "2026-03" and min(rise) >= "2025-11"
    others = {(row["scan_code"], row["school_unit_code"]) for row in rows} - EXPECTED - ALSO
    assert len(others) <= 1


@pytest.mark.parametrize("seed", [1, 2])
def test_in_the_same_municipality_without_them_hardly_anything_is_found(model: CompiledModel, seed: int) -> None:
    assert len(found(model, seed, planted=False)) <= 1
