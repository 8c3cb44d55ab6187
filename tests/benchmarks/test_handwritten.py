"""The hand-written opponent does the work that it is measured by."""

from pathlib import Path

import duckdb
import pytest

from benchmarks.handwritten import build
from dia_assets import synthetic

TABLES = {
    "dim_pupil",
    "dim_school_unit",
    "fct_assessment",
    "fct_attendance_lesson",
    "fct_attendance_month",
    "fct_enrolment_snapshot",
    "fct_external_statistics",
    "fct_grade",
    "fct_leaving",
    "fct_national_test",
    "fct_staff_service",
    "fct_survey_answer",
    "fct_test_vs_grade",
    "indicator_value",
}


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("municipality")
    synthetic.generate("tiny", folder, seed=1)
    return folder / "extracts"


@pytest.fixture(scope="module")
def database(extracts: Path) -> Path:
    path = extracts.parent / "by_hand.duckdb"
    build(extracts, path)
    return path


@pytest.fixture
def db(database: Path):  # type: ignore[no-untyped-def]
    with duckdb.connect(str(database), read_only=True) as connection:
        yield connection


def test_every_mart_is_written_and_none_is_empty(db: duckdb.DuckDBPyConnection) -> None:
    names = {name for (name,) in db.execute("select table_name from duckdb_tables()").fetchall()}
    assert names == TABLES
    for name in names:
        assert db.execute(f"select count(*) from {name}").fetchone() != (0,)


def test_every_spring_has_plausible_averages(db: duckdb.DuckDBPyConnection) -> None:
    rows = db.execute(
        "select period, value from indicator_value"
        " where indicator_id = 'IND-02' and entity_code = '0381' and breakdown_value = 'all' order by period"
    ).fetchall()
    assert [period for period, _ in rows] == ["2020/21", "2021/22", "2022/23", "2023/24", "2024/25"]
    assert all(190 < value < 260 for _, value in rows)


def test_presence_and_absence_are_the_whole_of_what_was_recorded(db: duckdb.DuckDBPyConnection) -> None:
    rows = db.execute(
        "select sum(value) from indicator_value where indicator_id in ('IND-07.PRESENCE', 'IND-07.ABSENCE')"
        " group by entity_code, breakdown_value, period"
    ).fetchall()
    assert rows
    assert all(abs(total - 1) < 0.02 for (total,) in rows)


def test_a_lesson_registered_twice_counts_once(db: duckdb.DuckDBPyConnection) -> None:
    twice = db.execute(
        "select count(*) - count(distinct (unit, person, lesson_id)) from fct_attendance_lesson"
    ).fetchone()
    assert twice == (0,)


def test_the_figures_are_the_same_without_the_table_of_lessons(extracts: Path, database: Path) -> None:
    other = extracts.parent / "without_lessons.duckdb"
    build(extracts, other, keep_lessons=False)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as one (read_only); attach '{other}' as two (read_only)")
        columns = "indicator_id, entity_code, breakdown_value, period, round(value, 9), n_denominator, n_numerator"
        differing = connection.execute(
            f"select {columns} from one.indicator_value except select {columns} from two.indicator_value"
        ).fetchall()
    assert differing == []
