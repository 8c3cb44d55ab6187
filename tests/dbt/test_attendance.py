"""Attendance from raw rows to the month: what counts, and that a night computes only what has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.dbt import golden
from tests.dbt.lake import Lake


def lesson(pupil: str, date: str, number: int = 1, **values: Any) -> dict[str, Any]:
    return {
        "_person": pupil,
        "school_unit_code": golden.UNIT,
        "lesson_id": f"{date}-{number}",
        "lesson_date": date,
        "start_time": "08:10",
        "class_label": "7A",
        "subject_code": "ma",
        "scheduled_minutes": "40",
        "present_minutes": "40",
        "valid_absence_minutes": "0",
        "invalid_absence_minutes": "0",
        "is_recorded": "J",
    } | values


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """February and March of twelve pupils; one of them is away half of every lesson."""
    lake = Lake(Path(tmp_path_factory.mktemp("attendance")))
    lake.deliver("ss12000.organisation", golden.organisation_rows())
    lake.deliver("ss12000.person", golden.person_rows())
    for month, load in (("2026-02", 1), ("2026-03", 2)):
        rows = [lesson(f"P{number:02}", f"{month}-0{day}") for number in range(1, 13) for day in (2, 3, 4)]
        away = {"present_minutes": "20", "valid_absence_minutes": "12,5", "invalid_absence_minutes": "7,5"}
        rows += [lesson("P01", f"{month}-05", **away), lesson("P02", f"{month}-05", is_recorded="N")]
        rows += [lesson("P03", f"{month}-05", scheduled_minutes="0")]
        lake.deliver("narvaro.lesson_attendance", rows, load=load)
    lake.build(today="2026-04-01")
    return lake


def test_absence_presence_and_coverage_add_up_from_minutes(lake: Lake) -> None:
    rows = lake.query(
        "select indicator_id, round(value, 6) as value, n_denominator from marts.fct_indicator_value"
        " where family = 'attendance' and level = 'unit' and breakdown = 'all' and period = '2026-02' order by 1"
    )
    recorded, scheduled = 37 * 40, 38 * 40
    assert [tuple(row.values()) for row in rows] == [
        ("IND-07.ABSENCE", round(20 / recorded, 6), 12),
        ("IND-07.COVERAGE", round(recorded / scheduled, 6), 12),
        ("IND-07.INVALID", round(7.5 / recorded, 6), 12),
        ("IND-07.PRESENCE", round((recorded - 20) / recorded, 6), 12),
        ("IND-07.VALID", round(12.5 / recorded, 6), 12),
    ]


def test_a_closed_month_is_published_and_an_open_one_is_not(lake: Lake) -> None:
    rows = lake.query(
        "select distinct period, value from marts.pub_indicator_value where indicator_id = 'IND-07.COVERAGE'"
        " and audience = 'public' and level = 'unit'"
    )
    assert sorted((row["period"], row["value"]) for row in rows) == [("2026-02", 97.4), ("2026-03", 97.4)]
    lake.make_raw(today="2026-03-31")
    lake.dbt("run", "--select", "ind_marked_value+")
    shown = lake.query(
        "select audience, max(period) as period from marts.pub_indicator_value where family = 'attendance' group by 1"
    )
    assert {row["audience"]: row["period"] for row in shown} == {
        "public": "2026-02",
        "municipality": "2026-02",
        "unit": "2026-03",
    }


def test_only_the_month_that_a_delivery_touches_is_computed_anew(lake: Lake) -> None:
    with lake.connection() as connection:
        connection.execute("update marts.fct_attendance_month set lessons = -1")
    lake.deliver("narvaro.lesson_attendance", [lesson("P01", "2026-03-09"), lesson("P01", "2026-04-07")], load=3)
    lake.make_raw(today="2026-04-08")
    lake.dbt("run", "--select", "fct_attendance_month")
    rows = lake.query(
        "select cast(month as varchar) as month, min(lessons) as least, sum(rows_read) as rows_read"
        " from marts.fct_attendance_month group by month order by month"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2026-02-01", -1, 39),
        ("2026-03-01", 3, 40),
        ("2026-04-01", 1, 1),
    ]


def test_a_pupil_who_is_taken_out_leaves_every_month(lake: Lake) -> None:
    lake.rows["narvaro.lesson_attendance"] = [
        row for row in lake.rows["narvaro.lesson_attendance"] if row["_person"] != "P07"
    ]
    lake.make_raw(today="2026-04-08")
    lake.dbt("run", "--select", "fct_attendance_month")
    assert lake.one("select count(*) from marts.fct_attendance_month where person_key = 'P07'") == 0


def test_computing_month_by_month_gives_the_same_as_computing_everything(lake: Lake) -> None:
    table = "select * from marts.fct_attendance_month order by all"
    step_by_step = lake.query(table)
    lake.dbt("run", "--select", "fct_attendance_month", "--full-refresh")
    assert lake.query(table) == step_by_step


def test_only_the_unit_that_a_delivery_touches_is_computed_anew(lake: Lake) -> None:
    other = [lesson("P01", "2026-03-09", school_unit_code="00000002")]
    lake.deliver("narvaro.lesson_attendance", other, load=4)
    lake.make_raw(today="2026-04-08")
    lake.dbt("run", "--select", "fct_attendance_month")
    with lake.connection() as connection:
        connection.execute("update marts.fct_attendance_month set lessons = -1")
    lake.deliver("narvaro.lesson_attendance", [{**other[0], "lesson_id": "another"}], load=5)
    lake.make_raw(today="2026-04-08")
    lake.dbt("run", "--select", "fct_attendance_month")
    rows = lake.query("select school_unit_code, month, lessons from marts.fct_attendance_month where lessons <> -1")
    assert [(row["school_unit_code"], str(row["month"]), row["lessons"]) for row in rows] == [
        ("00000002", "2026-03-01", 2)
    ]


def test_an_enrolment_that_ends_takes_later_lessons_out_of_the_months_that_it_touches(lake: Lake) -> None:
    attendance = ("fct_attendance_month", "fct_attendance_lesson", "fct_absence_pattern")
    lake.dbt("run", "--select", *attendance)
    table = "select * from marts.{} order by all"
    with lake.connection() as connection:
        connection.execute("update marts.fct_attendance_month set lessons = -1")
    [enrolment] = [row for row in golden.enrolment_rows() if row["_person"] == "P01"]
    lake.deliver("ss12000.enrolment", [enrolment | {"end_date": "2026-03-03"}], load=6)
    lake.make_raw(today="2026-04-08")
    lake.dbt("run", "--select", "mst_enrolment", "mst_enrolment_span", *attendance)
    rows = lake.query(
        "select month, lessons, lessons_outside from marts.fct_attendance_month where person_key = 'P01'"
        f" and school_unit_code = '{golden.UNIT}' order by month"
    )
    assert [(str(row["month"]), row["lessons"], row["lessons_outside"]) for row in rows] == [
        ("2026-02-01", -1, 0),
        ("2026-03-01", 2, 3),
        ("2026-04-01", 0, 1),
    ]
    assert lake.one("select max(recorded_days) from marts.fct_absence_pattern where person_key = 'P01'") == 6
    patterns = lake.query(table.format("fct_absence_pattern"))
    lake.dbt("run", "--select", *attendance, "--full-refresh")
    assert lake.query(table.format("fct_absence_pattern")) == patterns


def test_compiling_the_models_deletes_nothing(lake: Lake) -> None:
    before = lake.one("select count(*) from marts.fct_attendance_month")
    lake.rows["narvaro.lesson_attendance"] = []
    lake.make_raw(today="2026-04-08")
    lake.dbt("compile", "--select", "fct_attendance_month")
    assert lake.one("select count(*) from marts.fct_attendance_month") == before


@pytest.fixture(scope="module")
def without_invalid(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A closed month of twelve pupils, two of whom are away half of every lesson with leave and nobody without."""
    lake = Lake(Path(tmp_path_factory.mktemp("without_invalid")))
    lake.deliver("ss12000.organisation", golden.organisation_rows())
    lake.deliver("ss12000.person", golden.person_rows())
    away = {"present_minutes": "20", "valid_absence_minutes": "20"}
    rows = [
        lesson(f"P{number:02}", f"2026-02-0{day}", **(away if number < 3 else {}))
        for number in range(1, 13)
        for day in (2, 3, 4)
    ]
    lake.deliver("narvaro.lesson_attendance", rows)
    lake.build(today="2026-04-01", only=["pub_indicator_value"])
    return lake


def test_that_nobody_of_few_was_absent_without_leave_does_not_follow_from_the_rest(without_invalid: Lake) -> None:
    rows = without_invalid.query(
        "select indicator_id, value, mark from marts.pub_indicator_value where audience = 'public'"
        " and level = 'unit' and breakdown = 'all' and period = '2026-02' order by 1"
    )
    assert {row["indicator_id"]: (row["value"], row["mark"]) for row in rows} == {
        "IND-07.ABSENCE": (8.3, None),
        "IND-07.COVERAGE": (100.0, None),
        "IND-07.INVALID": (None, ".."),
        "IND-07.PRESENCE": (91.7, None),
        "IND-07.VALID": (None, ".."),
    }
