"""Which values cannot be read by contract: a required one missing, a wrong type, a wrong pattern.

A column is checked by its distinct values, so that a check costs the same for a thousand rows and for a million.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dia_assets.contracts import Column, DatasetContract
from dia_assets.landing.candidate import BadRow, record_text
from dia_assets.landing.damage import DATE_NUMBER, DATE_NUMBER_TEXT, REASONS_SV, SCIENTIFIC, SCIENTIFIC_TEXT

MOST_REMEMBERED = 100_000
UNCHECKED_TYPES = ("text", "json", "marked")
TYPES_SV = {
    "integer": "ett heltal",
    "decimal": "ett tal",
    "date": "ett datum (ÅÅÅÅ-MM-DD)",
    "time": "ett klockslag (TT:MM)",
    "timestamp": "en tidpunkt",
    "boolean": "ja eller nej (J/N)",
}
MISSING, WRONG_TYPE, WRONG_PATTERN = "missing_required", "wrong_type", "wrong_pattern"
_RULES = {1: MISSING, 2: WRONG_TYPE, 3: WRONG_PATTERN, 4: SCIENTIFIC, 5: DATE_NUMBER}
# What a column may have to be when its values no longer fit its type; the next one is wider.
WIDER = {"integer": ("decimal", "text"), "date": ("timestamp", "text")}


@dataclass(frozen=True)
class Split:
    """Rows that can be read (their places) and rows that cannot."""

    good: pa.Array | None
    bad: list[BadRow]
    unparsable: Mapping[str, int]


class ValueChecks:
    """The checks of one contract, for any number of files; may be used by several threads.

    Values that have passed are remembered, so that DuckDB is asked about the new ones only.
    """

    def __init__(self, contract: DatasetContract, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._local = threading.local()
        self._names = [column.name for column in contract.stored_columns]
        self._checked = [
            (place, column)
            for place, column in enumerate(contract.stored_columns)
            if column.required or column.pattern or column.identifier or column.type not in UNCHECKED_TYPES
        ]
        self._wider: dict[str, tuple[str, ...]] = {}
        self._known_good: dict[str, set[str]] = {}

    def split(self, columns: Sequence[pa.DictionaryArray], numbers: pa.Array) -> Split:
        """Tell the readable rows from the others. `good` is None when all are; a row's first broken rule counts."""
        broken: dict[int, tuple[Column, str]] = {}
        unparsable: dict[str, int] = {}
        for place, column in self._checked:
            rows = self._broken_rows(column, columns[place])
            if rows:
                unparsable[column.name] = len(rows)
            for row, rule in rows.items():
                broken.setdefault(row, (column, rule))
        if not broken:
            return Split(None, [], {})
        places = sorted(broken)
        taken = pa.array(places, pa.int64())
        records = [pc.take(column, taken).to_pylist() for column in columns]
        bad = [
            BadRow(
                numbers[row].as_py(),
                broken[row][1],
                reason_sv(*broken[row]),
                record_text(dict(zip(self._names, record, strict=True))),
            )
            for row, record in zip(places, zip(*records, strict=True), strict=True)
        ]
        return Split(pa.array(np.delete(np.arange(len(numbers)), places)), bad, unparsable)

    def _broken_rows(self, column: Column, values: pa.DictionaryArray) -> dict[int, str]:
        rules = self._broken_values(column, values.dictionary)
        rows: dict[int, str] = {}
        if rules:
            wrong = pc.is_in(values.indices, pa.array(list(rules), values.indices.type))
            for row in pc.indices_nonzero(wrong).to_pylist():
                rows[row] = rules[values.indices[row].as_py()]
        if column.required and values.null_count:
            rows.update(dict.fromkeys(pc.indices_nonzero(pc.is_null(values)).to_pylist(), MISSING))
        return rows

    def _broken_values(self, column: Column, dictionary: pa.Array) -> dict[int, str]:
        """Index in the dictionary → the rule that the value breaks."""
        if column.type in UNCHECKED_TYPES and not column.pattern and not column.identifier:
            blank = pc.equal(pc.utf8_trim_whitespace(dictionary), "")
            return dict.fromkeys(pc.indices_nonzero(blank).to_pylist(), MISSING) if column.required else {}
        good = self._known_good.setdefault(column.name, set())
        values = dictionary.to_pylist()
        if good.issuperset(values):
            return {}
        sought = pa.table({"place": pa.array(range(len(values)), pa.int32()), "value": dictionary})
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self.connection.cursor()
        self._local.cursor.register("sought", sought)
        found = dict(self._local.cursor.execute(_check_sql(column)).fetchall())
        self._narrow_down(column, [place for place, code in found.items() if code == 2])
        self._local.cursor.unregister("sought")
        if len(good) < MOST_REMEMBERED:
            good.update(value for place, value in enumerate(values) if place not in found)
        return {place: _RULES[code] for place, code in found.items()}

    def _narrow_down(self, column: Column, places: list[int]) -> None:
        """Of the wider types that a column may have to have, keep those that its unreadable values fit."""
        left = self._wider.get(column.name, WIDER.get(column.type, ("text",)))
        if not places or left == ("text",):
            self._wider.update({column.name: left} if places else {})
            return
        sql = column.model_copy(update={"type": left[0]}).typed_sql("value")
        fits = self._local.cursor.execute(
            f"select bool_and({sql} is not null) from sought where place in ({', '.join(map(str, places))})"
        ).fetchone()
        self._wider[column.name] = left if fits and fits[0] else ("text",)

    def wider_sv(self) -> list[str]:
        """Which columns' unreadable values all fit a wider type, in words."""
        return [
            f"Kolumnen ”{column.source or column.name}” har värden som inte är {TYPES_SV[column.type]}, men alla går "
            f"att läsa som {TYPES_SV[kind]}."
            for column, kind in self._widened()
        ]

    def wider_proposals(self) -> list[str]:
        """The same as YAML for the contract."""
        return [
            f"- name: {column.name}\n  config: {{meta: {{dia: {{type: {kind}}}}}}}" for column, kind in self._widened()
        ]

    def _widened(self) -> list[tuple[Column, str]]:
        by_name = {column.name: column for _, column in self._checked}
        return [(by_name[name], left[0]) for name, left in self._wider.items() if left[0] != "text"]


def _check_sql(column: Column) -> str:
    cases = []
    if column.required:
        cases.append("when trim(value) = '' then 1")
    if column.type in ("integer", "decimal") or column.pattern or column.identifier:
        cases.append(f"when regexp_full_match(trim(value), '{SCIENTIFIC_TEXT}') then 4")
    if column.type in ("date", "timestamp"):
        cases.append(f"when regexp_full_match(trim(value), '{DATE_NUMBER_TEXT}') then 5")
    if column.type not in UNCHECKED_TYPES:
        cases.append(f"when trim(value) <> '' and {column.typed_sql('value')} is null then 2")
    if column.pattern:
        pattern = column.pattern.replace("'", "''")
        cases.append(f"when trim(value) <> '' and not regexp_full_match(trim(value), '{pattern}') then 3")
    return (
        f"select place, rule from (select place, case {' '.join(cases)} end as rule from sought) where rule is not null"
    )


def reason_sv(column: Column, rule: str) -> str:
    """Why a row was not taken in, and what to do; never the value."""
    name = f"”{column.source or column.name}”"
    if rule == MISSING:
        return f"Kolumnen {name} är tom men obligatorisk. Fyll i den i källsystemet."
    if rule == WRONG_TYPE:
        return f"Värdet i kolumnen {name} är inte {TYPES_SV[column.type]}. Rätta det i källsystemet."
    if rule in REASONS_SV:
        return f"Värdet i kolumnen {name} {REASONS_SV[rule]}"
    return f"Värdet i kolumnen {name} har fel form. Rätta det i källsystemet."
