"""The one writer of history: appends the records of new deliveries that are new, changed or gone.

Each dataset has two targets of the same layout: `history` (internal zone) and `held` (restricted zone: rows of
protected persons and of nobody known). A delivery is written to each target in one commit that carries the number
of its last load, so that a killed run can simply be run again.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from dia_assets import delta
from dia_assets.contracts import DatasetContract, LoadMode
from dia_assets.history import tables
from dia_assets.history.tables import HistoryRule, Layout
from dia_assets.ledger import Delivery, DeliveryMode, Ledger
from dia_assets.settings import Lake

# A staging view joins and types each row anew every time it is read, and is read up to eight times: new rows are copied
# first. More than so many go into a file instead of memory.
FEW_ROWS, COPY = 1_000_000, "new_rows"
ROW_NUMBER = "(_load * 1099511627776 + _row)"  # one number for delivery and row: compared faster than two


@dataclass(frozen=True)
class HistoryReport:
    """Rows that a write added to a dataset's two targets, and rows that repeated a key within a delivery."""

    loads: int
    added: int
    held: int
    repeated: int


@dataclass(frozen=True)
class _Target:
    """Where rows of one kind go. `reason` is set for the restricted table; nobody known cannot be compared."""

    name: str
    path: Path
    condition: str
    reason: str | None = None

    @property
    def compares(self) -> bool:
        return self.reason != "unresolved"


@dataclass(frozen=True)
class _Round:
    """Loads that are written together, and what they mean for what is already there (`scope` with mode `period`)."""

    loads: list[int]
    mode: LoadMode
    scope: tuple[str, ...]


@dataclass(frozen=True)
class _Batch:
    """The new rows of some loads that fit one target, as SQL over `source`, the staging view or a copy of its rows."""

    source: str
    contract: DatasetContract
    rule: HistoryRule
    wanted: Layout
    round: _Round
    target: _Target

    @property
    def loads(self) -> list[int]:
        return self.round.loads

    @property
    def rows(self) -> str:
        listed = ", ".join(map(str, self.loads))
        told = " and not _is_entity" if self.contract.load.entity else ""
        return (
            f"(select {self.wanted.names}, _load, _row from {self.source}"
            f" where _load in ({listed}) and {self.target.condition}{told})"
        )

    @property
    def key(self) -> str:
        return ", ".join(self.rule.key)


def append_new(
    connection: duckdb.DuckDBPyConnection, lake: Lake, ledger: Ledger, contract: DatasetContract, wanted: Layout
) -> HistoryReport:
    """Append what the accepted deliveries that history has not seen say anew of one dataset.

    `connection` is to the working database with its staging views. Repeatable: a load is written once per target.
    """
    rule = tables.history_rule(contract)
    accepted = list(ledger.deliveries(contract.key, "accepted"))
    _note_loads(connection, [(item.load, item.received_at) for item in accepted])
    counts = {"history": 0, "protected": 0, "unresolved": 0}
    loads: set[int] = set()
    planned: dict[tuple[int, ...], list[_Round]] = {}
    modes = {item.load: item.mode for item in accepted}
    repeated = 0
    targets = [(target, _mark(contract, target)) for target in _targets(lake, contract, wanted)]
    done = {
        mark: max(delta.transaction_version(target.path, target.name) or 0, int(ledger.fact(mark) or 0))
        for target, mark in targets
    }
    source = _source(connection, lake, contract, [item for item in accepted if item.load > min(done.values())])
    for target, mark in targets:
        pending = [item.load for item in accepted if item.load > done[mark]]
        loads |= set(pending)
        rounds = [_Round(pending, "append", ())] if pending else []
        if target.compares:
            planned[tuple(pending)] = planned.get(tuple(pending)) or _rounds(
                connection, source, contract, rule, pending, modes
            )
            rounds = planned[tuple(pending)]
        for part in rounds:
            batch = _Batch(source, contract, rule, wanted, part, target)
            if target.reason and not connection.execute(f"select 1 from {batch.rows} limit 1").fetchone():
                continue
            added, again = _write_round(connection, batch)
            counts[target.name] += added
            repeated += again
        if pending:
            ledger.remember(**{mark: str(max(pending))})
    _copied(lake, contract).unlink(missing_ok=True)
    return HistoryReport(len(loads), counts["history"], counts["protected"] + counts["unresolved"], repeated)


def _mark(contract: DatasetContract, target: _Target) -> str:
    """The fact that says how far a target is written: a table without rows of a load has no commit that says so."""
    return f"history:{contract.key}:{target.name}"


def _source(
    connection: duckdb.DuckDBPyConnection, lake: Lake, contract: DatasetContract, pending: Sequence[Delivery]
) -> str:
    """A copy of these deliveries' rows of the staging view: a temporary table or, of many, a view of a file."""
    view = f"staging.{contract.staging_model}"
    if not pending:
        return view
    listed = ", ".join(str(item.load) for item in pending)
    rows = f"select * from {view} where _load in ({listed})"
    if sum(item.rows_kept or 0 for item in pending) <= FEW_ROWS:
        connection.execute(f"create or replace temporary table {COPY} as {rows}")
        return COPY
    lake.spill.mkdir(parents=True, exist_ok=True)
    file = _copied(lake, contract)
    connection.execute(f"copy ({rows}) to '{file}' (format parquet)")
    return f"read_parquet('{file}')"


def _copied(lake: Lake, contract: DatasetContract) -> Path:
    return lake.spill / f"{contract.slug}.parquet"


def known_condition(wanted: Layout) -> str:
    """Which staging rows stand for persons that the vault knows."""
    return " and ".join(f"{name} is not null" for name in wanted.persons) or "true"


def _targets(lake: Lake, contract: DatasetContract, wanted: Layout) -> list[_Target]:
    known = known_condition(wanted)
    if not wanted.persons:
        return [_Target("history", lake.history(contract), known)]
    return [
        _Target("history", lake.history(contract), f"({known} and not _is_protected)"),
        _Target("protected", lake.held(contract), f"({known} and _is_protected)", "protected"),
        _Target("unresolved", lake.held(contract), f"not ({known})", "unresolved"),
    ]


def _note_loads(connection: duckdb.DuckDBPyConnection, loads: list[tuple[int, object]]) -> None:
    connection.execute("create or replace temporary table received (load bigint, received_at timestamptz)")
    if loads:
        connection.executemany("insert into received values (?, ?)", loads)


def _rounds(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    contract: DatasetContract,
    rule: HistoryRule,
    loads: list[int],
    modes: dict[int, DeliveryMode | None],
) -> list[_Round]:
    """Loads in order, those together that can be written together and mean the same for what is already there."""
    rounds: list[_Round] = []
    for mode, same in itertools.groupby(loads, key=lambda load: modes.get(load)):
        meant: LoadMode = "period" if mode == "changes" else mode or contract.load.mode
        scope = rule.entity if mode == "changes" else rule.scope
        if meant == "append":
            rounds.append(_Round(list(same), meant, ()))
        elif meant == "period":
            rounds += [_Round(part, meant, scope) for part in _apart(connection, source, scope, list(same))]
        else:
            rounds += [_Round([load], meant, ()) for load in same]
    return rounds


def _apart(
    connection: duckdb.DuckDBPyConnection, source: str, scope_columns: tuple[str, ...], loads: list[int]
) -> list[list[int]]:
    """Loads in groups that can be written together: no two of a group say something of the same scope.

    Groups follow each other as the loads do: a table takes nothing of a load once it has what a later one says.
    """
    listed = ", ".join(map(str, loads))
    scopes: dict[int, set[tuple[object, ...]]] = {load: set() for load in loads}
    for load, *scope in connection.execute(
        f"select distinct _load, {', '.join(scope_columns)} from {source} where _load in ({listed})"
    ).fetchall():
        scopes[load].add(tuple(scope))
    groups: list[list[int]] = []
    told: set[tuple[object, ...]] = set()
    for load in loads:
        if groups and not told & scopes[load]:
            groups[-1].append(load)
            told |= scopes[load]
        else:
            groups.append([load])
            told = set(scopes[load])
    return groups


def _write_round(connection: duckdb.DuckDBPyConnection, batch: _Batch) -> tuple[int, int]:
    path, compares = batch.target.path, batch.target.compares
    repeated = _find_repeated(connection, batch) if compares else 0
    fresh = batch.rows
    if repeated:
        fresh = f"(select * from {batch.rows} as b where {ROW_NUMBER} not in (select number from repeated))"
    if compares and tables.exists(path):
        _open_present(connection, batch)
        select = _changes_sql(batch, fresh)
    else:
        select = (
            f"select {batch.wanted.names}, _load, _row, null::bigint as _replaces_load,"
            f" null::bigint as _replaces_row, false as _is_deleted from {fresh}"
        )
    reason = f", '{batch.target.reason}' as {tables.HOLD_REASON}" if batch.target.reason else ""
    select = (
        f"select {batch.wanted.names}, c._load, _row, received.received_at as _recorded_at,"
        f" _replaces_load, _replaces_row, _is_deleted{reason}"
        f" from ({select}) as c join received on received.load = c._load"
    )
    return _commit(connection, select, batch), repeated


def _find_repeated(connection: duckdb.DuckDBPyConnection, batch: _Batch) -> int:
    """Rows whose key comes again later in the same delivery, into temporary table `repeated`; the last row counts.

    Keys are first compared by hash, which can only say too much; the exact comparison looks at those rows alone.
    """
    connection.execute(
        f"create or replace temporary table repeated_hash as select hash({batch.key}) as h from {batch.rows}"
        " group by 1 having count(*) > 1"
    )
    connection.execute(
        f"""
        create or replace temporary table repeated as
        select {ROW_NUMBER} as number from (
            select _load, _row, row_number() over (partition by {batch.key} order by _load desc, _row desc) as nth
            from {batch.rows} where hash({batch.key}) in (select h from repeated_hash)
        ) where nth > 1
        """
    )
    row = connection.execute("select count(*) from repeated").fetchone()
    return int(row[0]) if row else 0


def _open_present(connection: duckdb.DuckDBPyConnection, batch: _Batch) -> None:
    """What the target holds now in the scope of the batch, as temporary table `present`."""
    current = tables.current_sql(connection, batch.target.path, batch.wanted)
    where = known_condition(batch.wanted)
    if batch.round.mode == "period":
        scope = ", ".join(batch.round.scope)
        connection.execute(
            f"create or replace temporary table scope as select distinct {scope}"
            f" from {batch.source} where _load in ({', '.join(map(str, batch.loads))})"
        )
        same = " and ".join(f"s.{name} = c.{name}" for name in batch.round.scope)
        bounds = connection.execute(
            "select "
            + ", ".join(f"min({name})::varchar, max({name})::varchar" for name in batch.round.scope)
            + " from scope"
        ).fetchone()
        assert bounds is not None
        if bounds[0] is not None:
            limits = [
                f"c.{name} between '{bounds[2 * i]}' and '{bounds[2 * i + 1]}'"
                for i, name in enumerate(batch.round.scope)
            ]
            where += (
                "".join(f" and {limit}" for limit in limits) + f" and exists (select 1 from scope as s where {same})"
            )
        else:
            where = "false"
    connection.execute(f"create or replace temporary table present as select * from ({current}) as c where {where}")


def _changes_sql(batch: _Batch, fresh: str) -> str:
    """New and changed records, and the ones that are gone, against temporary table `present`."""
    names = list(batch.wanted.columns)
    same_key = " and ".join(f"b.{name} is not distinct from p.{name}" for name in batch.rule.key)
    differs = " or ".join(f"b.{name} is distinct from p.{name}" for name in names if name not in batch.rule.key)
    changed = (
        f"select {', '.join(f'b.{name}' for name in names)}, b._load, b._row, p._load as _replaces_load,"
        f" p._row as _replaces_row, false as _is_deleted from {fresh} as b left join present as p on {same_key}"
        f" where p._load is null or {differs or 'false'}"
    )
    if batch.round.mode not in ("full", "period"):
        return changed
    kept = {*batch.rule.key, *batch.rule.scope, *batch.rule.entity}
    values = [f"p.{name}" if name in kept else f"null::{batch.wanted.columns[name]} as {name}" for name in names]
    gone = (
        f"select {', '.join(values)}, {max(batch.loads)} as _load,"
        " -row_number() over (order by p._load, p._row) as _row, p._load as _replaces_load,"
        f" p._row as _replaces_row, true as _is_deleted from present as p"
        f" where not exists (select 1 from {fresh} as b where {same_key})"
    )
    return f"{changed} union all {gone}"


def _commit(connection: duckdb.DuckDBPyConnection, select: str, batch: _Batch) -> int:
    path = batch.target.path
    path.mkdir(parents=True, exist_ok=True)
    file = path / f"part-{uuid.uuid4().hex}.parquet"
    connection.execute(f"copy ({select}) to '{file}' (format parquet, compression zstd)")
    metadata = pq.read_metadata(file)
    rows = int(metadata.num_rows)
    schema = pq.read_schema(file)
    delta.commit_files(
        path,
        [file] if rows else [],
        schema,
        app_id=batch.target.name,
        app_version=max(batch.loads),
        metadata={"loads": ",".join(map(str, batch.loads)), "rows": str(rows)},
    )
    if not rows:
        file.unlink()
    return rows
