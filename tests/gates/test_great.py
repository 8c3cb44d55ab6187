from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import great_expectations
import pytest
from great_expectations.execution_engine import sqlalchemy_execution_engine

from dia_assets.errors import DiaError
from dia_assets.gates import great
from dia_assets.gates.suites import load_suites


def test_the_private_list_that_is_extended_for_duckdb_is_the_one_of_this_version() -> None:
    great.keep_one_connection_to_duckdb()
    great.keep_one_connection_to_duckdb()
    assert great_expectations.__version__ == "1.24.1"
    dialects = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS
    assert [getattr(dialect, "value", dialect) for dialect in dialects] == [
        "sqlite",
        "mssql",
        "bigquery",
        "databricks",
        "duckdb",
    ]


def test_the_context_is_made_once_and_sends_nothing() -> None:
    assert great.context() is great.context()
    assert great.context().variables.analytics_enabled is not True
    assert great.context().variables.progress_bars.globally is False


def test_each_validation_sees_its_own_database_and_leaves_it_closed(
    write_suite: Callable[..., Path], tmp_path: Path
) -> None:
    suite = load_suites("marts", write_suite("marts", "t", {"bad_rows_where": "a > 1"}))[0]
    for rows in (5, 8, 2):
        with duckdb.connect(tmp_path / f"{rows}.duckdb") as connection:
            connection.execute(f"create table t as select range as a from range({rows})")
            (outcome,) = great.validate(connection, suite, suite.rules, "t")
        assert (outcome.failed, outcome.checked) == ({None: max(rows - 2, 0)}, {None: rows})
        duckdb.connect(tmp_path / f"{rows}.duckdb", read_only=True).close()  # refused while a writer is left
    assert list(great.context().data_sources.all()).count("t") == 1


def test_all_rules_of_a_suite_share_one_scan(write_suite: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[str] = []
    execute = great.SqlAlchemyExecutionEngine.execute_query

    def noting(engine: Any, query: Any) -> Any:
        queries.append(str(query))
        return execute(engine, query)

    monkeypatch.setattr(great.SqlAlchemyExecutionEngine, "execute_query", noting)
    suite = load_suites("marts", write_suite("marts", "t", *[{"bad_rows_where": f"a = {n}"} for n in range(12)]))[0]
    with duckdb.connect() as connection:
        connection.execute("create table t as select range as a from range(5)")
        great.validate(connection, suite, suite.rules, "t")
    (scan,) = [query for query in queries if "filter (where" in query]
    assert scan.count("filter (where") == 12


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"expectation": "expect_miracles"}, "knows no `expect_miracles`"),
        ({"expectation": "expect_column_values_to_not_be_null", "kwargs": {"colum": "a"}}, "kwargs do not fit"),
        ({"bad_rows_where": "no_such_column > 1"}, "cannot be evaluated"),
        ({"unique": ["no_such_column"]}, "cannot be evaluated"),
    ],
)
def test_a_rule_that_does_not_fit_its_table_is_named(
    write_suite: Callable[..., Path], rule: dict[str, object], message: str
) -> None:
    suite = load_suites("marts", write_suite("marts", "t", {"bad_rows_where": "a > 1"}, {"id": "odd", **rule}))[0]
    with duckdb.connect() as connection, pytest.raises(DiaError, match=rf"odd.*marts/t\.yml.*{message}"):
        connection.execute("create table t as select range as a from range(5)")
        great.validate(connection, suite, suite.rules, "t")


def test_unexpected_rows_are_counted_and_not_told(write_suite: Callable[..., Path]) -> None:
    query = {"unexpected_rows_query": "select * from {batch} where a > 1"}
    rule = {"expectation": "UnexpectedRowsExpectation", "kwargs": query}
    suite = load_suites("marts", write_suite("marts", "t", rule))[0]
    with duckdb.connect() as connection:
        connection.execute("create table t as select range as a from range(5)")
        (outcome,) = great.validate(connection, suite, suite.rules, "t")
    assert (outcome.failed, outcome.passed) == ({None: 3}, {None: False})
