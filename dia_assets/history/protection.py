"""Moves rows between history and the restricted zone when a person becomes, or is no longer, protected; and brings in
rows whose person has become known.

Taking rows out rewrites the history table: no old file, old version or old statistic of theirs stays behind.
"""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from dia_assets import delta
from dia_assets.contracts import DatasetContract
from dia_assets.history import tables
from dia_assets.history.tables import HOLD_REASON, Layout
from dia_assets.settings import Lake

REWRITTEN = ".rewritten"
REPLACED = ".replaced"


@dataclass(frozen=True)
class Moves:
    """Rows of one dataset that changed zone. Counts only."""

    taken_out: int = 0
    brought_back: int = 0
    resolved: int = 0

    @property
    def any(self) -> bool:
        """Whether what is already known has to be built anew."""
        return bool(self.taken_out or self.brought_back or self.resolved)


def move_rows(connection: duckdb.DuckDBPyConnection, lake: Lake, contract: DatasetContract, wanted: Layout) -> Moves:
    """Put every row where its persons' present protection says. Repeatable; `connection` has schema `vault`."""
    history, held = lake.history(contract), lake.held(contract)
    finish_rewrite(history)
    finish_rewrite(held)
    if not wanted.persons:
        return Moves()
    resolved = _resolve(connection, history, held, contract, wanted)
    return Moves(
        taken_out=_take_out(connection, history, held, wanted),
        brought_back=_bring_back(connection, history, held, wanted),
        resolved=resolved,
    )


def _protected(wanted: Layout) -> str:
    return "(" + " or ".join(f"{n} in (select person_key from vault.protected)" for n in wanted.persons) + ")"


def _take_out(connection: duckdb.DuckDBPyConnection, history: Path, held: Path, wanted: Layout) -> int:
    if not tables.exists(history):
        return 0
    rows = tables.rows_sql(history, wanted)
    count = _count(connection, f"select count(*) from {rows} where {_protected(wanted)}")
    if count:
        there = tables.rows_sql(held, wanted)
        _append(
            connection,
            held,
            f"select {wanted.all_names}, 'protected' as {HOLD_REASON} from {rows} as h where {_protected(wanted)}"
            f" and not exists (select 1 from {there} as t where t._load = h._load and t._row = h._row)",
        )
        _rewrite(connection, history, f"select {wanted.all_names} from {rows} where not {_protected(wanted)}")
    return count


def _bring_back(connection: duckdb.DuckDBPyConnection, history: Path, held: Path, wanted: Layout) -> int:
    if not tables.exists(held):
        return 0
    rows = tables.rows_sql(held, wanted, extra=[HOLD_REASON])
    lifted = f"({HOLD_REASON} = 'protected' and not {_protected(wanted)})"
    count = _count(connection, f"select count(*) from {rows} where {lifted}")
    if count:
        there = tables.rows_sql(history, wanted)
        _append(
            connection,
            history,
            f"select {wanted.all_names} from {rows} as h where {lifted}"
            f" and not exists (select 1 from {there} as t where t._load = h._load and t._row = h._row)",
        )
        _rewrite(connection, held, f"select {wanted.all_names}, {HOLD_REASON} from {rows} where not {lifted}")
    return count


def _resolve(
    connection: duckdb.DuckDBPyConnection, history: Path, held: Path, contract: DatasetContract, wanted: Layout
) -> int:
    """Rows of nobody known whose person the vault knows by now get their person, so that they move on.

    Only the latest row of a record goes on, and only where history has nothing of that record; the rest stay held.
    """
    if not tables.exists(held):
        return 0
    rows = tables.rows_sql(held, wanted, extra=[HOLD_REASON])
    key = tables.history_rule(contract).key
    same_key = " and ".join(f"c.{name} is not distinct from s.{name}" for name in key)
    known = " and ".join(f"s.{name} is not null" for name in wanted.persons)
    connection.execute(
        f"""
        create or replace temporary table now_known as
        select {", ".join(f"s.{name}" for name in wanted.columns)}, s._load, s._row,
            row_number() over (partition by {", ".join(f"s.{name}" for name in key)} order by s._load desc, s._row desc)
                = 1 and not exists (
                select 1 from ({tables.current_sql(connection, history, wanted)}) as c where {same_key}
            ) as goes_on
        from staging.{contract.staging_model} as s
        join (select _load, _row from {rows} where {HOLD_REASON} = 'unresolved') as w
            on w._load = s._load and w._row = s._row
        where {known}
        """
    )
    count = _count(connection, "select count(*) from now_known")
    if count:
        technical = ", ".join(f"h.{name}" for name in tables.TECHNICAL)
        _rewrite(
            connection,
            held,
            f"select {wanted.all_names}, {HOLD_REASON} from {rows} as h where not exists"
            " (select 1 from now_known as k where k._load = h._load and k._row = h._row) union all"
            f" select {', '.join(f'k.{name}' for name in wanted.columns)}, {technical},"
            " case when k.goes_on then 'protected' else 'superseded' end"
            f" from now_known as k join {rows} as h on k._load = h._load and k._row = h._row",
        )
    return count


def finish_rewrite(path: Path) -> None:
    """Complete or undo a rewrite that a killed run left half done."""
    rewritten, replaced = path.with_name(path.name + REWRITTEN), path.with_name(path.name + REPLACED)
    if rewritten.exists() and not path.exists():
        rewritten.rename(path)
    for left_over in (rewritten, replaced):
        shutil.rmtree(left_over, ignore_errors=True)


def _append(connection: duckdb.DuckDBPyConnection, path: Path, select: str) -> None:
    file = _copy(connection, path, select)
    if pq.read_metadata(file).num_rows:
        delta.commit_files(path, [file], pq.read_schema(file), app_id=f"move-{file.stem}", metadata={"move": "true"})
    else:
        file.unlink()


def _rewrite(connection: duckdb.DuckDBPyConnection, path: Path, select: str) -> None:
    """Replace a table by a new one that has only the selected rows and no past."""
    rewritten = path.with_name(path.name + REWRITTEN)
    shutil.rmtree(rewritten, ignore_errors=True)
    file = _copy(connection, rewritten, select)
    for position, (app, version) in enumerate(delta.transactions(path, ("history", "protected", "unresolved")).items()):
        delta.commit_files(
            rewritten,
            [] if position else [file],
            pq.read_schema(file),
            app_id=app,
            app_version=version,
            metadata={"rewritten": "true"},
        )
    replaced = path.with_name(path.name + REPLACED)
    path.rename(replaced)
    rewritten.rename(path)
    shutil.rmtree(replaced)


def _copy(connection: duckdb.DuckDBPyConnection, path: Path, select: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    file = path / f"part-{uuid.uuid4().hex}.parquet"
    connection.execute(f"copy ({select}) to '{file}' (format parquet, compression zstd)")
    return file


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
