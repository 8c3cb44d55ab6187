"""Possible duplicates: nearly all true ones are proposed, and those who must not be are never."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from dia_assets.engine import connect
from dia_assets.identity import linkage
from dia_assets.settings import Settings
from dia_assets.synthetic.doublets import KINDS, people

NAMES = ["person_key", "given_name", "family_name", "birth_date", "sex", "school_unit", "personnummer"]
ELSA = ("elsa", "björkvall", "2012-03-04", "K", "00000001")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(Settings(data=tmp_path, memory_limit="500MB")) as opened:
        yield opened


def proposed(connection: duckdb.DuckDBPyConnection, persons: pa.Table) -> dict[tuple[str, str], tuple[str, str]]:
    connection.register("made", persons)
    connection.execute("create or replace temporary table person as select * from made")
    rows = connection.execute(f"select person_key, other_key, agrees, differs from {linkage.propose(connection)}")
    return {(one, other): (agrees, differs) for one, other, agrees, differs in rows.fetchall()}


def with_strangers(*rows: tuple[str | None, ...]) -> pa.Table:
    """These persons among two thousand others, so that names are as common as they are."""
    strangers, _ = people(2_000, seed=7)
    own = pa.Table.from_pylist([dict(zip(NAMES, row, strict=True)) for row in rows], schema=strangers.schema)
    return pa.concat_tables([strangers, own])


def test_at_least_95_of_100_true_duplicates_are_proposed_and_almost_nothing_else(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    persons, truth = people(20_000, seed=1)
    found = set(proposed(connection, persons))
    true = {(row["person_key"], row["other_key"]): row["kind"] for row in truth.to_pylist()}
    assert set(true.values()) == set(KINDS)
    assert len(found & set(true)) / len(true) >= 0.95
    assert len(found - set(true)) / len(found) <= 0.02


def test_the_evidence_names_attributes_and_no_values(connection: duckdb.DuckDBPyConnection) -> None:
    other = ("elsa", "bjorkvall", "2012-03-04", "K", "00000002")
    found = proposed(connection, with_strangers(("a", *ELSA, "1"), ("b", *other, None)))
    assert found["a", "b"] == ("given_name family_name~ birth_date sex", "school_unit")


@pytest.mark.parametrize(
    "other",
    [
        (*ELSA, "2"),  # two real numbers: perhaps a fictitious identity, perhaps a namesake
        ("maja", *ELSA[1:], None),  # a twin
        ("elsa", "björkvall", "2014-09-10", "K", "00000001", None),  # a namesake
        (None, None, "2012-03-04", "K", "00000001", None),  # nothing to go by
    ],
)
def test_twins_namesakes_and_two_real_numbers_are_not_proposed(
    connection: duckdb.DuckDBPyConnection, other: tuple[str | None, ...]
) -> None:
    found = proposed(connection, with_strangers(("a", *ELSA, "1"), ("b", *other)))
    assert ("a", "b") not in found


def test_nobody_at_all_gives_no_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    assert proposed(connection, people(3, seed=1)[0].slice(0, 0)) == {}
