"""How a history table is laid out, and how its current (or earlier) state is read.

One Delta table per dataset. Columns: the staging model's business columns, then `_load` and `_row` (which row of
which delivery), `_recorded_at` (when that delivery was received, UTC), `_replaces_load` and `_replaces_row` (the
version that this one replaces) and `_is_deleted` (the record was missing from a delivery that should have had it).
Rows are only ever added. The same layout holds for `held`, plus `_hold_reason`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import duckdb

from dia_assets import delta, yaml_text
from dia_assets.contracts import STAGING, DatasetContract
from dia_assets.errors import DiaError
from dia_assets.history.persons import by_current_person
from dia_assets.settings import Lake

TECHNICAL = {
    "_load": "bigint",
    "_row": "bigint",
    "_recorded_at": "timestamptz",
    "_replaces_load": "bigint",
    "_replaces_row": "bigint",
    "_is_deleted": "boolean",
}
HOLD_REASON = "_hold_reason"
NOT_KEPT = ("_is_protected", "_is_entity", "_load", "_row")


@dataclass(frozen=True)
class HistoryRule:
    """What makes a record the same record (`key`), what a delivery replaces (`scope`), and what one of changes replaces
    (`entity`), in staging's names; and whether models read all `versions` of its records.
    """

    key: tuple[str, ...]
    scope: tuple[str, ...]
    entity: tuple[str, ...] = ()
    versions: bool = False


@dataclass(frozen=True)
class Layout:
    """The business columns of a history table: name → SQL type."""

    columns: dict[str, str]

    @property
    def persons(self) -> list[str]:
        """The columns that hold a person key."""
        return [name for name in self.columns if name == "person_key" or name.endswith("_person_key")]

    @property
    def names(self) -> str:
        """The business columns, as in a select."""
        return ", ".join(self.columns)

    @property
    def all_names(self) -> str:
        """Business and technical columns, as in a select."""
        return ", ".join([*self.columns, *TECHNICAL])


def history_rule(contract: DatasetContract) -> HistoryRule:
    """The rule that the staging model's YAML gives under `config.meta.dia.history`."""
    path = STAGING / contract.system / f"{contract.staging_model}.yml"
    return _rule(path, contract.load.mode, bool(contract.load.entity))


@lru_cache
def _rule(path: Path, mode: str, has_entity: bool) -> HistoryRule:
    model = yaml_text.read(path.read_text(encoding="utf-8"))["models"][0]
    rule = model.get("config", {}).get("meta", {}).get("dia", {}).get("history", {})
    if not rule.get("key") or (mode == "period" and not rule.get("scope")) or (has_entity and not rule.get("entity")):
        raise DiaError(
            f"{path.name}: config.meta.dia.history needs `key`, `scope` where the load mode is period, and `entity`"
            " where the contract has load.entity."
        )
    return HistoryRule(
        tuple(rule["key"]), tuple(rule.get("scope", ())), tuple(rule.get("entity", ())), bool(rule.get("versions"))
    )


def layout(connection: duckdb.DuckDBPyConnection, contract: DatasetContract) -> Layout:
    """The business columns as the staging view gives them now."""
    described = connection.execute(f"describe staging.{contract.staging_model}").fetchall()
    columns = {name: kind for name, kind, *_ in described if name not in NOT_KEPT}
    if timed := [name for name, kind in columns.items() if kind == "TIME"]:
        raise DiaError(f"{contract.staging_model}: {', '.join(timed)} has type TIME, which Delta lacks; use text.")
    return Layout(columns)


def exists(path: Path) -> bool:
    """Whether the table has been written."""
    return (path / "_delta_log").is_dir()


def rows_sql(path: Path, wanted: Layout, *, extra: Iterable[str] = ()) -> str:
    """All versions of all records; a column that an older table lacks is NULL."""
    names = ", ".join([wanted.all_names, *extra])
    if exists(path):
        present = delta.column_names(path)
        missing = "".join(f", null::{kind} as {name}" for name, kind in wanted.columns.items() if name not in present)
        return f"(select {names} from (select *{missing} from {delta.view_sql(path)}))"
    columns = [f"null::{kind} as {name}" for name, kind in {**wanted.columns, **TECHNICAL}.items()]
    columns += [f"null::varchar as {name}" for name in extra]
    return f"(select {', '.join(columns)} where false)"


def current_sql(
    connection: duckdb.DuckDBPyConnection, path: Path, wanted: Layout, as_of: datetime | None = None
) -> str:
    """The version of each record that holds now, or held as known at `as_of`: a select without replaced versions."""
    rows = rows_sql(path, wanted)
    known = f"_recorded_at <= timestamptz '{as_of.astimezone(UTC).isoformat()}'" if as_of else "true"
    select = f"select {wanted.names}, _load, _row, _recorded_at from {rows} as h where not _is_deleted and {known}"
    replaced = f"select _replaces_load, _replaces_row from {rows} where _replaces_load is not null and {known}"
    if connection.execute(f"select 1 from ({replaced}) limit 1").fetchone():
        select += (
            f" and not exists (select 1 from ({replaced}) as r"
            " where r._replaces_load = h._load and r._replaces_row = h._row)"
        )
    return select


def versions_sql(path: Path, wanted: Layout) -> str:
    """Every version of every record with the time in which it was held true: `_recorded_at` to `_recorded_to`."""
    rows = rows_sql(path, wanted)
    return (
        f"select h.*, r._recorded_to from (select {wanted.names}, _load, _row, _recorded_at from {rows}"
        " where not _is_deleted) as h left join (select _replaces_load, _replaces_row, min(_recorded_at) as"
        f" _recorded_to from {rows} where _replaces_load is not null group by all) as r"
        " on r._replaces_load = h._load and r._replaces_row = h._row"
    )


def create_history_views(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    contracts: Iterable[DatasetContract],
    layouts: dict[str, Layout],
    as_of: datetime | None = None,
) -> None:
    """Create `history.<system>__<dataset>`, the current version of every record, for each contract; and, where its
    staging model asks for it, `recorded.<system>__<dataset>`, all versions with the time in which each was held true.
    """
    connection.execute("create schema if not exists history")
    connection.execute("create schema if not exists recorded")
    for contract in contracts:
        wanted = layouts[contract.key]
        if history_rule(contract).versions:
            select = versions_sql(lake.history(contract), wanted)
            read = by_current_person(
                connection, contract.key, (), wanted.persons, [*wanted.columns, "_recorded_to"], select
            )
            connection.execute(f"create or replace view recorded.{contract.slug} as {read}")
        select = current_sql(connection, lake.history(contract), wanted, as_of)
        select = by_current_person(
            connection, contract.key, history_rule(contract).key, wanted.persons, list(wanted.columns), select
        )
        connection.execute(f"create or replace view history.{contract.slug} as {select}")
