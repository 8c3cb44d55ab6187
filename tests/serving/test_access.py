"""An analyst's rows: only by a decision, only its tables, under keys of their own, gone the night after it ends."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow.parquet as pq
import pytest

from dia_assets import model_page
from dia_assets.errors import SettingsError
from dia_assets.orchestration.lakehouse import Lakehouse
from dia_assets.serving import folders
from dia_assets.serving.access import NOTE, publish_access
from dia_assets.serving.access_decision import TABLES, Access
from dia_assets.settings import load_settings

DECISION: dict[str, Any] = {
    "who": "Utredaren",
    "purpose": "Utvärdera insatser mot frånvaro",
    "decision": "UN 2026/118",
    "valid_from": "2026-06-01",
    "valid_to": "2026-12-01",
    "tables": ["fct_leaving"],
}
BEFORE, DURING, AFTER = date(2026, 5, 31), date(2026, 11, 30), date(2026, 12, 1)


@pytest.fixture
def connection(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute(f"attach '{tmp_path / 'lakehouse.duckdb'}' as lakehouse; create schema lakehouse.marts")
    made.execute(
        "create table lakehouse.marts.fct_leaving as select * from (values ('aaaa', 230.0, 1), ('bbbb', 180.0, 1))"
        " as t(person_key, merit_value_17, _load)"
    )
    made.execute("create table lakehouse.marts.fct_grade as select 'aaaa' as person_key, 'A' as grade, 1 as _load")
    return made


def give(connection: duckdb.DuckDBPyConnection, root: Path, day: date, number: int = 1, **decisions: Access) -> Any:
    return publish_access(
        connection, root / "analyst", root / "secret", decisions,
        publication_id=f"{number:06d}-{day}", today=day,
    )  # fmt: skip


def ids(root: Path, name: str, table: str = "fct_leaving") -> list[str]:
    return [
        row["pupil_id"] for row in pq.read_table(root / "analyst" / name / "current" / f"{table}.parquet").to_pylist()
    ]


def test_without_a_decision_there_is_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert give(connection, tmp_path, DURING) == []
    assert give(connection, tmp_path, BEFORE, early=Access(**DECISION)) == []
    assert not (tmp_path / "analyst").exists()
    assert not (tmp_path / "secret").exists()


def test_a_decision_gives_its_tables_without_the_products_keys(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (given,) = give(connection, tmp_path, DURING, one=Access(**DECISION))
    assert given.rows == {"fct_leaving": 2}
    folder = tmp_path / "analyst" / "one"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert {path.name for path in (folder / "current").iterdir()} == {"fct_leaving.parquet", NOTE, folders.CHECKSUMS}
    table = pq.read_table(folder / "current" / "fct_leaving.parquet")
    assert table.column_names == ["pupil_id", "merit_value_17"]
    assert not {"aaaa", "bbbb"} & set(ids(tmp_path, "one"))
    assert "UN 2026/118" in (folder / "current" / NOTE).read_text(encoding="utf-8")


def test_keys_are_the_same_from_night_to_night_and_others_by_another_decision(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    both = {"one": Access(**DECISION), "two": Access(**DECISION | {"tables": ["fct_leaving", "fct_grade"]})}
    give(connection, tmp_path, DURING, **both)
    first = ids(tmp_path, "one")
    give(connection, tmp_path, DURING, 2, **both)
    assert ids(tmp_path, "one") == first
    assert not set(first) & set(ids(tmp_path, "two"))
    assert set(ids(tmp_path, "two", "fct_grade")) < set(ids(tmp_path, "two"))
    for file in (tmp_path / "secret").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(("day", "decisions"), [(AFTER, {"one": Access(**DECISION)}), (DURING, {})])
def test_what_a_decision_gave_is_deleted_when_it_ends_or_is_taken_away(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, day: date, decisions: dict[str, Access]
) -> None:
    give(connection, tmp_path, DURING, one=Access(**DECISION))
    assert give(connection, tmp_path, day, 2, **decisions) == []
    assert list((tmp_path / "analyst").iterdir()) == []
    assert list((tmp_path / "secret").iterdir()) == []


def test_no_earlier_night_is_kept_beside_tonight_s(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    give(connection, tmp_path, DURING, one=Access(**DECISION))
    connection.execute("delete from lakehouse.marts.fct_leaving where person_key = 'bbbb'")
    give(connection, tmp_path, DURING, 2, one=Access(**DECISION))
    assert len(list((tmp_path / "analyst" / "one" / "versions").iterdir())) == 1
    assert len(ids(tmp_path, "one")) == 1


def test_a_decision_that_says_something_else_has_other_keys(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    give(connection, tmp_path, DURING, one=Access(**DECISION))
    first = ids(tmp_path, "one")
    give(connection, tmp_path, DURING, 2, one=Access(**DECISION | {"purpose": "Något annat än förut"}))
    assert not set(first) & set(ids(tmp_path, "one"))
    assert len(list((tmp_path / "secret").iterdir())) == 1


def test_every_run_begins_by_taking_back_what_is_no_longer_allowed(tmp_path: Path) -> None:
    folder = tmp_path / "serving" / "analyst" / "one"
    folder.mkdir(parents=True)
    (folder / "fct_leaving.parquet").write_bytes(b"rows")
    (folder.parent / "stray.txt").write_bytes(b"rows")
    with dg.build_resources({"lakehouse": Lakehouse(environment={"DIA_DATA": str(tmp_path)})}):
        assert list(folder.parent.iterdir()) == []


def test_a_failure_leaves_what_was_there(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    give(connection, tmp_path, DURING, one=Access(**DECISION))
    connection.execute("drop table lakehouse.marts.fct_leaving")
    with pytest.raises(duckdb.Error):
        give(connection, tmp_path, DURING, 2, one=Access(**DECISION))
    assert len(ids(tmp_path, "one")) == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"valid_to": "2027-12-01"}, "400 days"),
        ({"valid_to": "2026-06-01"}, "after valid_from"),
        ({"tables": ["fct_support_span"]}, "no table for analysts is called fct_support_span"),
        ({"tables": []}, "tables"),
        ({"purpose": "Analys"}, "purpose"),
    ],
)
def test_a_decision_that_says_too_little_or_allows_too_much_is_a_wrong_setting(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    text = "\n".join(f"    {name}: {value}" for name, value in (DECISION | change).items())
    (tmp_path / "deployment.yaml").write_text(f"analysts:\n  one:\n{text}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        load_settings({"DIA_DATA": str(tmp_path)})


def test_a_name_that_is_no_folder_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="small letters"):
        load_settings({"DIA_DATA": str(tmp_path), "DIA_ANALYSTS": "{'../x': " + str(DECISION) + "}"})


def test_no_table_of_support_staff_or_lessons_can_be_given() -> None:
    assert not {"fct_support_span", "fct_staff_service", "fct_attendance_lesson"} & set(TABLES)


def test_every_table_that_can_be_given_is_a_mart_with_a_row_for_a_pupil() -> None:
    columns = {mart.name: mart.columns for mart in model_page.marts()}
    assert all("person_key" in columns[table] for table in TABLES)
