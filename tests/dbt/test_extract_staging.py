"""Staging of the extracts: SCB's codes are never points, and a post without teaching has a subject all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.dbt.lake import DBT_PROJECT, Lake

MODELS = (
    "stg_scb__national_test_year3",
    "stg_scb__national_test_year6",
    "stg_enkat__pupil_answer",
    "stg_enkat__guardian_answer",
    "stg_personal__staff_service",
    "stg_bedomning__written_assessment",
    "stg_elevstod__support_decision",
    "stg_gymnasiebetyg__course_grade",
    "stg_gymnasiebetyg__final_certificate",
    "stg_sjalvskattning__lika_answer",
    "stg_sjalvskattning__selfie_average",
)
CELLS = ("0", "17", "76", "77", "88", "99", "", "1O")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("extracts"))
    lake.deliver("scb.national_test_year3", [{"ma_b_points_code": cell} for cell in CELLS])
    lake.deliver("personal.staff_service", [{"role_name": "Rektor", "subject_code": "", "licence_code": "nej"}])
    lake.make_raw("2026-06-04")
    lake.dbt("run", "--select", *MODELS)
    return lake


def test_points_are_numbers_only_where_the_cell_holds_points(lake: Lake) -> None:
    rows = lake.query("select ma_b_points_code, ma_b_points from staging.stg_scb__national_test_year3 order by _row")
    assert [row["ma_b_points"] for row in rows] == [0, 17, 76, None, None, None, None, None]
    assert [row["ma_b_points_code"] for row in rows] == [cell or None for cell in CELLS]


def test_a_post_without_teaching_has_a_subject_that_can_be_a_key(lake: Lake) -> None:
    (row,) = lake.query("select subject_code, licence_code from staging.stg_personal__staff_service")
    assert (row["subject_code"], row["licence_code"]) == ("-", "NEJ")


@pytest.mark.parametrize("model", MODELS)
def test_a_model_has_the_columns_that_its_description_has(lake: Lake, model: str) -> None:
    (path,) = Path(DBT_PROJECT / "models" / "staging").rglob(f"{model}.yml")
    described = yaml.safe_load(path.read_text("utf-8"))["models"][0]["columns"]
    built = [row["column_name"] for row in lake.query(f"describe staging.{model}")]
    assert [column["name"] for column in described] == built
