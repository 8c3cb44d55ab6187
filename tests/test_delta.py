"""One commit per delivery, repeatable; reading is from the snapshot's own files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from dia_assets import delta


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "table"


def put(table: Path, name: str, select: str, app: str, version: int = 1) -> int:
    table.mkdir(exist_ok=True)
    file = table / name
    duckdb.sql(f"copy ({select}) to '{file}' (format parquet)")
    return delta.commit_files(table, [file], pq.read_schema(file), app, {"file": name}, version)


def count(table: Path) -> int:
    found = duckdb.sql(f"select count(*) from {delta.view_sql(table)}").fetchone()
    return int(found[0]) if found else 0


def test_a_commit_can_be_repeated(table: Path) -> None:
    for _ in range(2):
        put(table, "a.parquet", "select 1::bigint as _load", "load-1")
    assert (delta.version(table), count(table)) == (0, 1)


def test_a_file_without_a_commit_is_not_read(table: Path) -> None:
    put(table, "a.parquet", "select 1::bigint as _load", "load-1")
    duckdb.sql(f"copy (select 2::bigint as _load) to '{table}/b.parquet' (format parquet)")
    assert count(table) == 1


def test_a_new_column_is_added_and_old_rows_have_none(table: Path) -> None:
    put(table, "a.parquet", "select 1::bigint as _load", "load-1")
    put(table, "b.parquet", "select 2::bigint as _load, 'x' as extra", "load-2")
    assert delta.column_names(table) == {"_load", "extra"}
    assert count(table) == 2


def test_an_empty_commit_leaves_a_table_that_can_be_read(table: Path) -> None:
    table.mkdir()
    schema = pq.read_schema(_file(table))
    delta.commit_files(table, [], schema, "history", {}, 7)
    assert count(table) == 0
    assert delta.transactions(table, ["history", "other"]) == {"history": 7}


def _file(table: Path) -> Path:
    file = table / "schema.parquet"
    duckdb.sql(f"copy (select 1::bigint as _load, 'x' as name, current_date as day) to '{file}' (format parquet)")
    return file


def test_where_there_is_no_table_there_is_no_version(table: Path) -> None:
    assert (delta.version(table), delta.transaction_version(table, "load-1")) == (-1, None)


def test_no_text_or_number_of_a_person_gets_into_the_log(table: Path) -> None:
    put(table, "a.parquet", "select 1::bigint as _load, 37.8125::double as minutes, 'KANARIE' as name", "load-1")
    log = (table / "_delta_log" / "00000000000000000000.json").read_text(encoding="utf-8")
    assert "KANARIE" not in log and "37.8125" not in log
