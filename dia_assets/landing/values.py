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
_RULES = {1: MISSING, 2: WRONG_TYPE, 3: WRONG_PATTERN}


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
            if column.required or column.pattern or column.type not in UNCHECKED_TYPES
        ]
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
        if column.type in UNCHECKED_TYPES and not column.pattern:
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
        self._local.cursor.unregister("sought")
        if len(good) < MOST_REMEMBERED:
            good.update(value for place, value in enumerate(values) if place not in found)
        return {place: _RULES[code] for place, code in found.items()}


def _check_sql(column: Column) -> str:
    cases = []
    if column.required:
        cases.append("when trim(value) = '' then 1")
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
    return f"Värdet i kolumnen {name} har fel form. Rätta det i källsystemet."
