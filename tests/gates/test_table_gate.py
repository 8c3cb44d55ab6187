from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dia_assets.errors import DiaError
from dia_assets.gates.table_gate import gate_tables, stops
from dia_assets.settings import Settings

from .conftest import CANARY


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "working.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts; create schema reference")
        connection.execute("create table reference.known as select 'a' as code")
        connection.execute(
            f"create table marts.fct as select * from (values ('a', 1), ('a', 2), ('{CANARY}', 2)) as t(code, n)"
        )
    return path


def test_each_rule_of_a_layer_is_told_with_its_counts(
    settings: Settings, database: Path, write_suite: Callable[..., Path]
) -> None:
    suites = write_suite(
        "marts",
        "fct",
        {"id": "known_code", "bad_rows_where": "code not in (select code from reference.known)", "severity": "block"},
        {"id": "one_row_per_n", "unique": ["n"]},
        {"id": "tolerated", "bad_rows_where": "n = 1", "max_share": 0.5},
        {"id": "mean", "expectation": "expect_column_mean_to_be_between", "kwargs": {"column": "n", "max_value": 1}},
        {
            "id": "columns",
            "expectation": "expect_table_columns_to_match_ordered_list",
            "kwargs": {"column_list": ["code", "n"]},
        },
    )
    results = gate_tables(settings, database, "marts", suites)
    assert [(result.rule_id, result.passed, result.failed, result.checked) for result in results] == [
        ("known_code", False, 1, 3),
        ("one_row_per_n", False, 1, 3),
        ("tolerated", True, 1, 3),
        ("mean", False, 1, 1),
        ("columns", True, 0, 1),
    ]
    assert [result.rule_id for result in stops(results)] == ["known_code"]
    assert CANARY not in repr(results)


def test_the_file_is_free_for_writing_after_the_gate(
    settings: Settings, database: Path, write_suite: Callable[..., Path]
) -> None:
    gate_tables(settings, database, "marts", write_suite("marts", "fct", {"bad_rows_where": "n > 5"}))
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table marts.more as select 1 as a")
        assert connection.execute("select count(*) from marts.more").fetchone() == (1,)


def test_a_suite_without_its_table_is_an_error_that_names_the_file(
    settings: Settings, database: Path, write_suite: Callable[..., Path]
) -> None:
    with pytest.raises(DiaError, match=r"marts/gone\.yml"):
        gate_tables(settings, database, "marts", write_suite("marts", "gone", {"bad_rows_where": "n > 5"}))
