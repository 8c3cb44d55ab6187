"""What the benchmark of a large city compares is the same, and its correction is one unit's."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks.attendance_marts import BARE, count_differing
from benchmarks.city import correct_one_unit
from tests.dbt import golden
from tests.dbt.lake import Lake
from tests.dbt.test_attendance import lesson


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two pupils over two months: one away eleven days in a row; one now and then, who moves on 11 March."""
    lake = Lake(Path(tmp_path_factory.mktemp("city")))
    lake.deliver("ss12000.organisation", golden.organisation_rows())
    lake.deliver("ss12000.person", golden.person_rows())
    [enrolment] = [row for row in golden.enrolment_rows() if row["_person"] == "P02"]
    lake.deliver("ss12000.enrolment", [enrolment | {"end_date": "2026-03-10"}])
    rows = []
    for month in ("2026-02", "2026-03"):
        for day in range(2, 20):
            for number in (1, 2):
                away = {"present_minutes": "0", "invalid_absence_minutes": "40"}
                rows.append(lesson("P01", f"{month}-{day:02}", number, **(away if 4 <= day <= 14 else {})))
                rows.append(lesson("P02", f"{month}-{day:02}", number, **(away if day % 5 == number else {})))
    rows += [lesson("P01", "2026-03-20", is_recorded="N"), lesson("P02", "2026-03-20", scheduled_minutes="0")]
    lake.deliver("narvaro.lesson_attendance", rows)
    lake.build(today="2026-04-01", only=["fct_attendance_month", "fct_absence_pattern"])
    return lake


def test_bare_sql_makes_the_same_tables_as_the_product(lake: Lake) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{lake.database}' as lakehouse (read_only)")
        connection.execute(BARE.read_text(encoding="utf-8"))
        longest = connection.execute(
            "select max(longest_absence_run), max(most_days_with_invalid_lesson) from absence_pattern"
        )
        assert longest.fetchone() == (11, 11)
        assert count_differing(connection) == 0
        lessons = connection.execute("select sum(lessons) from attendance_month where month = '2026-03-01'").fetchone()
        assert lessons == (2 * (18 + 9) + 1,), "P02's of 11 to 19 March are not counted"
        connection.execute("update attendance_month set lessons = lessons + 1 where month = '2026-02-01'")
        assert count_differing(connection) == 4


def test_a_correction_has_one_units_rows_and_changes_some(tmp_path: Path) -> None:
    month = tmp_path / "lektionsnarvaro_2025-10.csv"
    rows = [f"0000000{1 + n % 2};p;9A;MA;2025-10-01;08:20;L{n};60;60;0;0;J;\r\n" for n in range(200)]
    month.write_text("Skolenhetskod;Ämne\r\n" + "".join(rows), encoding="cp1252", newline="")
    assert correct_one_unit(month) == 2
    header, *given = (tmp_path / "lektionsnarvaro_2025-10_rattelse9.csv").read_text("cp1252").splitlines()
    assert header == "Skolenhetskod;Ämne"
    assert [line[:8] for line in given] == ["00000001"] * 100
    assert sum(";N;" in line for line in given) == 2
