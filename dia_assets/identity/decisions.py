"""What stewards have decided about persons: a reviewed file of merges, splits and "not the same", replayed every night.

`restricted/identity_decisions.csv` has one row per decision: who, when, why. Rows are only ever added; a decision is
undone by a row that names it. Persons are named by their random keys, records of a source by the vault's `record_key`,
so that the file holds nothing about anybody.

Facts in history keep the key they were written with. A merge maps keys to the one that is kept, where master and marts
read (`identity.key_map`); a split gives some of a person's records another key, from now on by the vault's aliases and
for what history already holds by `moved_row`. So an undone decision leaves no trace but its row in the file.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Literal, get_args

import duckdb
import pyarrow as pa

from dia_assets.errors import DiaError
from dia_assets.settings import Lake

Action = Literal["merge", "not_same", "split", "undo"]


@dataclass(frozen=True)
class Decision:
    """One row of the file. `records` and `new_key` belong to a split, `undoes` to an undo.

    A merge keeps `person_key`; `other_key` is read as it.
    """

    decision_id: str
    decided_at: str
    decided_by: str
    action: str
    person_key: str = ""
    other_key: str = ""
    records: str = ""
    new_key: str = ""
    undoes: str = ""
    reason: str = ""

    @property
    def record_keys(self) -> list[str]:
        """The records that a split takes out."""
        return self.records.split()


COLUMNS = [field.name for field in fields(Decision)]
REQUIRED = {
    "merge": ("person_key", "other_key"),
    "not_same": ("person_key", "other_key"),
    "split": ("person_key", "records", "new_key"),
    "undo": ("undoes",),
}


def read(lake: Lake) -> list[Decision]:
    """All rows of the file, in its order. Raises `DiaError` naming the row and what is wrong with it."""
    if not lake.identity_decisions.is_file():
        return []
    with lake.identity_decisions.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise _wrong(1, f"kolumnerna ska vara {', '.join(COLUMNS)}")
        rows = [Decision(**{name: (row[name] or "").strip() for name in COLUMNS}) for row in reader]
    known: set[str] = set()
    for number, row in enumerate(rows, 2):
        if row.action not in get_args(Action):
            raise _wrong(number, f"action ska vara något av {', '.join(get_args(Action))}")
        needed = ("decision_id", "decided_at", "decided_by", "reason", *REQUIRED[row.action])
        if missing := [name for name in needed if not getattr(row, name)]:
            raise _wrong(number, f"{', '.join(missing)} saknas")
        try:
            datetime.fromisoformat(row.decided_at)
        except ValueError:
            raise _wrong(number, "decided_at ska vara en tid, som 2026-06-04T10:00:00+02:00") from None
        if row.decision_id in known:
            raise _wrong(number, "decision_id finns redan på en rad ovanför")
        if row.undoes and row.undoes not in known:
            raise _wrong(number, "undoes ska vara ett beslut på en rad ovanför")
        known.add(row.decision_id)
    return rows


def _wrong(number: int, what: str) -> DiaError:
    return DiaError(
        f"identity_decisions.csv, line {number}: not a valid decision.",
        f"identity_decisions.csv, rad {number}: {what}. Rätta filen; ingenting har ändrats.",
    )


def append(lake: Lake, decision: Decision) -> None:
    """Add a decision to the file, which only the pipeline's account can read."""
    rows = [*read(lake), decision]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    fresh = lake.identity_decisions.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text.getvalue(), encoding="utf-8")
    fresh.replace(lake.identity_decisions)


def effective(rows: Iterable[Decision]) -> list[Decision]:
    """The decisions that hold: those that no later row undoes. An undo that is itself undone undoes nothing."""
    undone: set[str] = set()
    rows = list(rows)
    for row in reversed(rows):
        if row.action == "undo" and row.decision_id not in undone:
            undone.add(row.undoes)
    return [row for row in rows if row.action != "undo" and row.decision_id not in undone]


def fingerprint(lake: Lake) -> str:
    """Another one after every change of what holds; empty when nothing has been decided."""
    held = effective(read(lake))
    return hashlib.sha256(repr(held).encode()).hexdigest()[:16] if held else ""


class _Groups:
    """Keys that belong together; the root of a group is the key that is kept."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, key: str) -> str:
        while (parent := self._parent.get(key, key)) != key:
            key = parent
        return key

    def join(self, kept: str, other: str) -> None:
        first, second = self.root(kept), self.root(other)
        self._parent.setdefault(first, first)
        if first != second:
            self._parent[second] = first

    def roots(self) -> dict[str, str]:
        return {key: self.root(key) for key in self._parent}


def current_keys(rows: Sequence[Decision]) -> dict[str, str]:
    """Key → the key that it is read as: merges that hold, and splits that have been undone."""
    held = effective(rows)
    groups = _Groups()
    for row in rows:
        if row.action == "split" and row not in held:
            groups.join(row.person_key, row.new_key)
    for row in held:
        if row.action == "merge":
            groups.join(row.person_key, row.other_key)
    return {key: root for key, root in groups.roots().items() if key != root}


def together(rows: Sequence[Decision]) -> dict[str, str]:
    """Key → its group, of keys that protect each other: what is merged, and what has ever been split."""
    groups = _Groups()
    for row in rows:
        if row.action == "split":
            groups.join(row.person_key, row.new_key)
    for row in effective(rows):
        if row.action == "merge":
            groups.join(row.person_key, row.other_key)
    return groups.roots()


def install(connection: duckdb.DuckDBPyConnection, rows: Sequence[Decision]) -> None:
    """Tables `vault.key_map`, `vault.together` and `vault.split_record` of the decisions, in a connection."""
    splits = [(record, row.new_key) for row in effective(rows) if row.action == "split" for record in row.record_keys]
    _table(connection, "vault.key_map", ("person_key", "current_key"), current_keys(rows).items())
    _table(connection, "vault.together", ("person_key", "group_key"), together(rows).items())
    _table(connection, "vault.split_record", ("record_key", "new_key"), splits)


def _table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: tuple[str, str], rows: Iterable[tuple[str, str]]
) -> None:
    left, right = zip(*rows, strict=True) if (rows := sorted(rows)) else ((), ())
    content = pa.table({columns[0]: pa.array(left, pa.string()), columns[1]: pa.array(right, pa.string())})
    connection.register("decided", content)
    connection.execute(f"create or replace table {name} as select * from decided")
    connection.unregister("decided")


# A person is protected whom any source marks, and whoever a decision has tied to such a person (it fails closed).
PROTECTED = """
    with marked as ({marked})
    select person_key from marked
    union
    select t.person_key from vault.together as t
    where t.group_key in (select o.group_key from vault.together as o join marked on marked.person_key = o.person_key)
"""
# The vault's aliases as they are to be read: a split has given some of a person's records another key.
ALIAS = """
    select a.* replace (coalesce(s.new_key, a.person_key) as person_key)
    from {relation} as a left join vault.split_record as s on s.record_key = a.record_key
"""
