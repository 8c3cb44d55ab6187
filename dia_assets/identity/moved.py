"""What decisions mean for rows that history already holds: which key each is read by now.

History is never rewritten for a decision. `open_current_keys` makes two small tables in the working database that the
history views read: `identity.key_map` (a key → the key it is read as) and `identity.moved_row` (rows that a split has
given to another person). Protected persons are in neither: they have no rows in history.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from dia_assets import delta
from dia_assets.contracts import DatasetContract
from dia_assets.identity import decisions, store
from dia_assets.identity.matching import namespace
from dia_assets.settings import Lake


def note_moved_rows(connection: duckdb.DuckDBPyConnection, lake: Lake, contracts: Iterable[DatasetContract]) -> int:
    """Note, while raw still has them, which rows belong to records that a split takes out; returns how many are new.

    `connection` has schema `vault`. Rows whose raw delivery has been deleted stay with the person they were written to.
    """
    splits = [row for row in decisions.effective(decisions.read(lake)) if row.action == "split"]
    noted = _noted(connection, lake)
    splits = [row for row in splits if row.decision_id not in noted]
    found = []
    for split in splits:
        found.append(
            f"select '{split.decision_id}' as decision_id, '' as dataset, 0 as load, 0 as row,"
            f" '{split.person_key}' as person_key, '{split.new_key}' as new_key"
        )
        for contract in contracts:
            found += _rows_of(lake, contract, split)
    return store.append(connection, lake, "moved_row", " union all ".join(found)) if found else 0


def _noted(connection: duckdb.DuckDBPyConnection, lake: Lake) -> set[str]:
    relation = store.relation(lake, "moved_row")
    return {str(row[0]) for row in connection.execute(f"select distinct decision_id from {relation}").fetchall()}


def _rows_of(lake: Lake, contract: DatasetContract, split: decisions.Decision) -> list[str]:
    table = lake.table(lake.raw(contract))
    persons = [*contract.person_identifiers[:1], *contract.related_identifiers]
    if not persons or not delta.exists(table):
        return []
    records = ", ".join(f"'{record}'" for record in split.record_keys)
    return [
        f"select '{split.decision_id}', '{contract.key}', r._load, r._row, '{split.person_key}', '{split.new_key}'"
        f" from {delta.view_sql(table)} as r join vault.alias as a on a.record_key in ({records})"
        f" and a.namespace = '{namespace(contract, column)}' and a.value = r.{column.name}"
        for column in persons
    ]


def open_current_keys(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Make `identity.key_map` and `identity.moved_row` in the working database, which has schema `vault`; and
    `identity.work_list` and `identity.unmatched`, how much there is for the steward to do (counts alone).
    """
    rows = decisions.read(lake)
    held = [row.decision_id for row in decisions.effective(rows) if row.action == "split"]
    listed = ", ".join(f"'{decision}'" for decision in ["", *held])
    connection.execute("create schema if not exists identity")
    connection.execute(
        "create or replace table identity.key_map as select person_key, current_key from vault.key_map"
        " where person_key not in (select person_key from vault.protected) order by all"
    )
    connection.execute(
        "create or replace table identity.moved_row as select distinct dataset, load, row, m.person_key,"
        f" coalesce(k.current_key, m.new_key) as current_key from {store.relation(lake, 'moved_row')} as m"
        " left join vault.key_map as k on k.person_key = m.new_key"
        f" where decision_id in ({listed}) and dataset <> ''"
        " and new_key not in (select person_key from vault.protected) order by all"
    )
    connection.execute(
        "create or replace table identity.work_list as"
        f" select 'possible_duplicates' as name, count(*) as number from {store.relation(lake, 'candidate')}"
        f" union all select 'rows_of_nobody', coalesce(sum(rows), 0) from {store.relation(lake, 'waiting')}"
        " union all select 'merges', count(*) from vault.key_map order by all"
    )
    connection.execute(
        "create or replace table identity.unmatched as select dataset, reason, sum(rows)::bigint as row_count"
        f" from {store.relation(lake, 'waiting')} group by all order by all"
    )
