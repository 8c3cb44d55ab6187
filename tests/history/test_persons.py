"""History is read by the persons of today; the rows themselves keep the key they were written with."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from dia_assets.history.persons import by_current_person

BUSINESS, KEY = ["person_key", "year", "grade"], ["person_key", "year"]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(
            """
            create table rows as
            select *, timestamptz '2026-06-01 00:00:00+00' + to_days(_load) as _recorded_at from (values
                ('a', 2024, 'E', 1, 1), ('b', 2024, 'C', 2, 1), ('b', 2025, 'B', 2, 2), ('c', 2024, 'A', 1, 2),
                (null, 2024, 'F', 1, 3)
            ) as t(person_key, year, grade, _load, _row)
            """
        )
        opened.execute("create schema identity")
        opened.execute("create table identity.key_map (person_key varchar, current_key varchar)")
        opened.execute(
            "create table identity.moved_row (dataset varchar, load bigint, row bigint, person_key varchar,"
            " current_key varchar)"
        )
        yield opened


def read(connection: duckdb.DuckDBPyConnection, key: list[str] = KEY) -> set[tuple[str, int, str]]:
    select = by_current_person(connection, "scb.grade", key, ["person_key"], BUSINESS, "select * from rows")
    return set(connection.execute(f"select person_key, year, grade from ({select})").fetchall())


def test_without_decisions_history_is_read_as_it_is(connection: duckdb.DuckDBPyConnection) -> None:
    assert by_current_person(connection, "d", KEY, ["person_key"], BUSINESS, "select 1") == "select 1"
    connection.execute("drop schema identity cascade")
    assert by_current_person(connection, "d", KEY, ["person_key"], BUSINESS, "select 1") == "select 1"


def test_of_the_same_record_of_two_who_became_one_the_latest_known_counts(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("insert into identity.key_map values ('b', 'a')")
    assert read(connection) == {("a", 2024, "C"), ("a", 2025, "B"), ("c", 2024, "A"), (None, 2024, "F")}
    both = read(connection, ["grade"])
    assert ("a", 2024, "E") in both and ("a", 2024, "C") in both


def test_a_split_moves_only_the_rows_it_names(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("insert into identity.moved_row values ('scb.grade', 2, 2, 'b', 'n'), ('other', 2, 1, 'b', 'n')")
    assert read(connection) == {
        ("a", 2024, "E"), ("b", 2024, "C"), ("n", 2025, "B"), ("c", 2024, "A"), (None, 2024, "F"),
    }  # fmt: skip
