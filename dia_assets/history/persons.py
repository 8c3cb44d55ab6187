"""History read by the persons of today: rows keep the key they were written with, and decisions say who that is now."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb


def by_current_person(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    key: Sequence[str],
    persons: Sequence[str],
    business: Sequence[str],
    select: str,
) -> str:
    """A select of a history table with its person keys as stewards' decisions have them (`identity.moved_row`, a split,
    before `identity.key_map`, merges); the select itself where no decision reaches the dataset. `key`: what makes
    a record the same record; `persons`: the columns with person keys; `business`: all but the technical columns.

    Two persons who have become one may have had the same record each: of such records the one known last counts.
    """
    if not persons or not _decided(connection):
        return select
    names, joins = [], []
    for name in business:
        if name not in persons:
            names.append(f"h.{name}")
            continue
        names.append(f"coalesce(moved_{name}.current_key, map_{name}.current_key, h.{name}) as {name}")
        joins.append(
            f"left join identity.moved_row as moved_{name} on moved_{name}.dataset = '{dataset}'"
            f" and moved_{name}.load = h._load and moved_{name}.row = h._row and moved_{name}.person_key = h.{name}"
            f" left join identity.key_map as map_{name} on map_{name}.person_key = h.{name}"
        )
    columns = ", ".join([*business, "_load", "_row", "_recorded_at"])
    read = f"select {', '.join(names)}, h._load, h._row, h._recorded_at from ({select}) as h {' '.join(joins)}"
    if not (shared := [name for name in key if name in persons]):
        return read
    touched = " or ".join(f"{name} in (select current_key from touched)" for name in shared)
    return (
        f"with touched as (select current_key from identity.key_map union select current_key from identity.moved_row),"
        f" read as ({read}) select {columns} from read where not coalesce(({touched}), false)"
        f" union all select {columns} from (select *, row_number() over (partition by {', '.join(key)}"
        f" order by _recorded_at desc, _load desc, _row desc) as nth from read where {touched}) where nth = 1"
    )


def _decided(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the working database has keys that are read as others."""
    there = (
        "select count(*) from duckdb_tables() where schema_name = 'identity' and table_name in ('key_map', 'moved_row')"
    )
    row = connection.execute(there).fetchone()
    if not row or row[0] < 2:
        return False
    any_row = "select 1 from identity.key_map union all select 1 from identity.moved_row limit 1"
    return connection.execute(any_row).fetchone() is not None
