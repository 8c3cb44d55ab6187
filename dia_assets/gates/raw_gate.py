"""The gate of raw: which deliveries are taken in, and which of their rows are moved to quarantine.

Sees a typed view of the candidates: each stored column typed by contract, its raw text beside it as `<column>__text`,
and `_file`, `_row`, `_load`. Decides; moving files and rows is landing's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from dia_assets import clock, delta
from dia_assets.contracts import DatasetContract
from dia_assets.engine import connect
from dia_assets.gates import words
from dia_assets.gates.run import CANDIDATE, DELIVERIES, run_suite
from dia_assets.gates.suites import EXPECTATIONS, Rule, Suite, raw_suite
from dia_assets.ledger import CheckResult, Delivery, Ledger
from dia_assets.settings import Settings

TOO_MANY = "too_many_quarantined"
FEW = 5  # of a delivery of a few changes, so many rows may be moved whatever share of it they are
UNIT = "school_unit_code"
DELIVERIES_LOOKED_BACK = 3


@dataclass(frozen=True)
class QuarantineRows:
    """Rows of a delivery that a rule moves out, as 1-based numbers in the file; the reason quotes no value."""

    rule: str
    reason_sv: str
    rows: tuple[int, ...]

    @property
    def predicate_sql(self) -> str:
        """SQL that is true for these rows of the candidate."""
        return f"_row in (select unnest([{', '.join(map(str, self.rows))}]))"


@dataclass(frozen=True)
class GateResult:
    """The verdict on one delivery. A refused one has the id of the rule, the reason and what to do."""

    load: int
    accepted: bool
    checks: list[CheckResult]
    quarantine: list[QuarantineRows] = field(default_factory=list)
    rule: str | None = None
    reason_sv: str | None = None
    remedy_sv: str | None = None


def gate_candidate(
    settings: Settings, contract: DatasetContract, load: int, files: Sequence[Path], expectations: Path = EXPECTATIONS
) -> GateResult:
    """The verdict on one candidate (its Parquet files)."""
    return gate_candidates(settings, contract, {load: files}, expectations)[load]


def gate_candidates(
    settings: Settings,
    contract: DatasetContract,
    candidates: Mapping[int, Sequence[Path]],
    expectations: Path = EXPECTATIONS,
) -> dict[int, GateResult]:
    """The verdict on each of several candidates of one dataset (load → Parquet files), in one pass over all of them.

    A broken `block` rule refuses only the delivery that breaks it. Raises `DiaError` for a suite that cannot run.
    """
    if not candidates:
        return {}
    suite = raw_suite(contract, expectations)
    loads = sorted(candidates)
    with connect(settings) as connection:
        words.teach(connection, clock.today(settings))
        create_candidate_view(connection, contract, [path for load in loads for path in candidates[load]])
        known = Ledger(settings.lake.ledger).deliveries(contract.key)
        rows = _describe_deliveries(connection, settings, contract, known, loads)
        checks = run_suite(connection, suite, lake=settings.lake, table=CANDIDATE, loads=loads)
        moved = _rows_to_move(connection, suite, checks)
    by_load: dict[int, list[CheckResult]] = {load: [] for load in loads}
    for check in checks:
        by_load[check.load or 0].append(check)
    few = {delivery.load: FEW for delivery in known if delivery.mode == "changes"}
    return {
        load: _verdict(settings, load, rows[load], by_load[load], moved.get(load, []), few.get(load, 0))
        for load in loads
    }


def create_candidate_view(
    connection: duckdb.DuckDBPyConnection, contract: DatasetContract, files: Sequence[Path]
) -> None:
    """The typed view of candidates; with no file, the same columns and no row."""
    if files:
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
        source = f"read_parquet([{listed}])"
    else:
        texts = ", ".join(f"null::varchar as {column.name}" for column in contract.stored_columns)
        source = f"(select {texts}, null::varchar as _file, null::bigint as _row, null::bigint as _load limit 0)"
    connection.execute(f"create or replace view {CANDIDATE} as select {contract.typed_columns_sql()} from {source}")


def _describe_deliveries(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: DatasetContract,
    known: Sequence[Delivery],
    loads: Sequence[int],
) -> dict[int, int]:
    """Make the table that rules about deliveries read; answers with the number of rows of each.

    A delivery of changes is not in it: how many rows it has says nothing of whether it is whole.
    """
    counts = dict(connection.execute(f"select _load, count(*) from {CANDIDATE} group by _load").fetchall())
    files = {delivery.load: delivery.file for delivery in known}
    accepted = [delivery for delivery in known if delivery.status == "accepted"]
    missing = _units_missing(connection, settings, contract, loads, [delivery.load for delivery in accepted])
    changes = {delivery.load for delivery in known if delivery.mode == "changes"}
    whole = [item for item in accepted if item.load not in changes and contract.load.mode == "full"]
    described: list[tuple[object, ...]] = []
    for load in (load for load in loads if load not in changes):
        full = [item.rows_kept for item in whole if item.load < load]
        described.append((load, files.get(load), counts.get(load, 0), full[-1] if full else None, missing.get(load)))
    connection.execute(
        f"create table {DELIVERIES} (_load bigint, file varchar, rows bigint, previous_rows bigint,"
        " units_missing bigint)"
    )
    if described:
        connection.executemany(f"insert into {DELIVERIES} values (?, ?, ?, ?, ?)", described)
    return {load: counts.get(load, 0) for load in loads}


def _units_missing(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: DatasetContract,
    loads: Sequence[int],
    accepted: Sequence[int],
) -> dict[int, int]:
    """For each delivery, how many school units the latest deliveries before it had and it has not."""
    if UNIT not in contract.load.scope:
        return {}
    found = f"select distinct _load, {UNIT} from {CANDIDATE}"
    files = delta.file_list(settings.lake.table(settings.lake.raw(contract))) if accepted else []
    if files:
        latest = ", ".join(map(str, accepted[-DELIVERIES_LOOKED_BACK:]))
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
        found += f" union select distinct _load, {UNIT} from read_parquet([{listed}]) where _load in ({latest})"
    units: dict[int, set[str]] = {}
    for load, unit in connection.execute(found).fetchall():
        units.setdefault(load, set()).add(unit)
    missing = {}
    for load in loads:
        before = [earlier for earlier in sorted(units) if earlier < load][-DELIVERIES_LOOKED_BACK:]
        missing[load] = len(set().union(*(units[earlier] for earlier in before)) - units.get(load, set()))
    return missing


def _rows_to_move(
    connection: duckdb.DuckDBPyConnection, suite: Suite, checks: Sequence[CheckResult]
) -> dict[int, list[QuarantineRows]]:
    """The rows that broken `quarantine` rules name, by delivery; each is moved by the first rule that names it."""
    rules = {rule.id: rule for rule in suite.rules}
    moved: dict[int, list[QuarantineRows]] = {}
    taken: set[tuple[int, int]] = set()
    broken = {check.rule_id for check in checks if check.severity == "quarantine" and not check.passed}
    for rule in (rules[name] for name in rules if name in broken):
        found: dict[int, list[int]] = {}
        for load, row in connection.execute(_named_rows_sql(rule)).fetchall():
            if (load, row) not in taken:
                taken.add((load, row))
                found.setdefault(load, []).append(row)
        for load, numbers in found.items():
            moved.setdefault(load, []).append(QuarantineRows(rule.id, _reason_sv(rule), tuple(sorted(numbers))))
    return moved


def _named_rows_sql(rule: Rule) -> str:
    if rule.bad_rows_where:
        return f"select _load, _row from {CANDIDATE} where {rule.bad_rows_where}"
    keys = ", ".join(("_load", *(rule.unique or ())))
    numbered = f"select _load, _row, row_number() over (partition by {keys} order by _row) as place from {CANDIDATE}"
    return f"select _load, _row from ({numbered}) where place > 1"


def _reason_sv(rule: Rule) -> str:
    return f"Raden bryter mot regeln ”{rule.title_sv}”. {rule.remedy_sv}"


def _verdict(
    settings: Settings, load: int, rows: int, checks: list[CheckResult], moved: list[QuarantineRows], few: int = 0
) -> GateResult:
    blocking = next((check for check in checks if check.severity == "block" and not check.passed), None)
    if blocking:
        counts = f" ({_number_sv(blocking.failed)} av {_number_sv(blocking.checked)})" if blocking.checked > 1 else ""
        reason = f"Leveransen bryter mot regeln ”{blocking.title_sv}”{counts}."
        return GateResult(load, False, checks, [], blocking.rule_id, reason, blocking.remedy_sv)
    leaving = sum(len(item.rows) for item in moved)
    if leaving > max(few, settings.max_quarantine_share * rows):
        reason = (
            f"{_number_sv(leaving)} av {_number_sv(rows)} rader bryter mot regler som skulle flytta dem till karantän."
        )
        names = ", ".join(item.rule for item in moved)
        remedy = f"Så många fel tyder på att hela filen är fel: jämför exporten med reglerna {names} och leverera igen."
        return GateResult(load, False, checks, [], TOO_MANY, reason, remedy)
    return GateResult(load, True, checks, moved)


def _number_sv(count: int) -> str:
    return f"{count:,}".replace(",", "\u00a0")
