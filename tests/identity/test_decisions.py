"""Decisions are rows that are only ever added; what holds follows from them alone, and undoing one leaves no trace."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dia_assets.errors import DiaError
from dia_assets.identity import decisions
from dia_assets.identity.decisions import Decision
from dia_assets.settings import Lake

KEYS = ["a", "b", "c", "d", "e"]


def decision(number: int, action: str, **fields: str) -> Decision:
    return Decision(f"d{number}", "2026-06-04T10:00:00+02:00", "registrator", action, **{"reason": "prövat", **fields})


def merge(number: int, kept: str, other: str) -> Decision:
    return decision(number, "merge", person_key=kept, other_key=other)


def split(number: int, person: str, new: str) -> Decision:
    return decision(number, "split", person_key=person, records="r1 r2", new_key=new)


def undo(number: int, undone: int) -> Decision:
    return decision(number, "undo", undoes=f"d{undone}")


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)), max_size=8))
def test_every_chain_of_merges_ends_in_one_key_that_is_no_ones_other(pairs: list[tuple[str, str]]) -> None:
    current = decisions.current_keys([merge(n, kept, other) for n, (kept, other) in enumerate(pairs)])
    for kept, other in pairs:
        assert current.get(kept, kept) == current.get(other, other)
    assert not set(current) & set(current.values())


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)), max_size=6), st.data())
def test_an_undone_decision_leaves_no_trace(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    rows = [merge(n, kept, other) for n, (kept, other) in enumerate(pairs)]
    before = decisions.current_keys(rows)
    more = [*rows, merge(100, *data.draw(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)))), undo(101, 100)]
    assert decisions.current_keys(more) == before
    assert decisions.together(more) == decisions.together(rows)


def test_an_undone_undo_lets_the_decision_hold_again() -> None:
    rows = [merge(1, "a", "b"), undo(2, 1), undo(3, 2)]
    assert decisions.current_keys(rows) == {"b": "a"}


def test_an_undone_split_is_read_as_the_person_it_was_taken_from() -> None:
    rows = [split(1, "a", "n")]
    assert decisions.current_keys(rows) == {}
    assert decisions.current_keys([*rows, undo(2, 1)]) == {"n": "a"}


def test_who_is_tied_to_a_protected_person_is_protected() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema vault")
        decisions.install(connection, [merge(1, "a", "b"), split(2, "c", "n"), undo(3, 2), merge(4, "d", "e")])
        marked = "select unnest(['b', 'c', 'x']) as person_key"
        found = connection.execute(decisions.PROTECTED.format(marked=marked)).fetchall()
    assert {row[0] for row in found} == {"a", "b", "c", "n", "x"}


def test_the_file_is_replayed_as_written_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.prepare()
    assert decisions.fingerprint(lake) == ""
    rows = [merge(1, "a", "b"), split(2, "c", "n"), undo(3, 1)]
    for row in rows:
        decisions.append(lake, row)
    assert decisions.read(lake) == rows
    assert lake.identity_decisions.stat().st_mode & 0o077 == 0
    assert decisions.fingerprint(lake)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("d1,2026-06-04,kim,join,a,b,,,,skäl", "action"),
        ("d1,2026-06-04,,merge,a,b,,,,skäl", "decided_by saknas"),
        ("d1,2026-06-04,kim,merge,a,,,,,skäl", "other_key saknas"),
        ("d1,2026-06-04,kim,merge,a,b,,,,", "reason saknas"),
        ("d1,i går,kim,merge,a,b,,,,skäl", "decided_at"),
        ("d1,2026-06-04,kim,undo,,,,,d0,skäl", "undoes"),
    ],
)
def test_a_row_that_is_no_decision_is_named_by_its_number(tmp_path: Path, line: str, told: str) -> None:
    lake = Lake(tmp_path)
    lake.prepare()
    lake.identity_decisions.write_text(f"{','.join(decisions.COLUMNS)}\n{line}\n", encoding="utf-8")
    with pytest.raises(DiaError) as error:
        decisions.read(lake)
    assert "rad 2" in error.value.message_sv and told in error.value.message_sv
