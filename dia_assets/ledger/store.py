"""The ledger's one SQLite file, in the internal zone. Counts and names of rules only; never a value from a file."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dia_assets.ledger.records import (
    CheckResult,
    CheckState,
    Contact,
    ContactOutcome,
    Delivery,
    DeliveryMode,
    Notes,
    Status,
)

SCHEMA = """
create table if not exists delivery (
    load integer primary key autoincrement,
    system text not null, dataset text not null, file text not null, sha256 text not null, bytes integer not null,
    received_at text not null, landed_path text not null, status text not null default 'landed',
    rule text, reason_sv text, remedy_sv text, rows_read integer, rows_kept integer, rows_quarantined integer,
    raw_version integer, decided_at text, mode text, expected_rows integer, watermark text, notes text,
    unique (system, dataset, sha256)
);
create table if not exists run (
    run_id text primary key, started_at text not null, finished_at text, outcome text, summary text
);
create table if not exists check_result (
    run_id text not null, rule_id text not null, layer text not null, dataset text not null, dimension text not null,
    severity text not null, passed integer not null, checked integer not null, failed integer not null,
    title_sv text not null, remedy_sv text not null, owner text not null, load integer,
    primary key (run_id, layer, dataset, rule_id)
);
create table if not exists load_check (
    load integer not null, rule_id text not null, result text not null, primary key (load, rule_id)
);
create table if not exists seen_file (
    path text primary key, bytes integer not null, mtime_ns integer not null, sha256 text not null
);
create table if not exists contact (
    system text not null, dataset text not null, at text not null, outcome text not null, message_sv text not null,
    confirmed_at text, primary key (system, dataset)
);
create table if not exists fact (name text primary key, value text not null);
"""

SAID_AGAIN = "said_again:"
LATER_COLUMNS = {"mode": "text", "expected_rows": "integer", "watermark": "text", "notes": "text"}


class Ledger:
    """The ledger of a data root; safe to open from several processes and after a kill (SQLite, write-ahead log)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.root = path.parent.parent  # paths are kept relative to the data root, which may be moved
        # One connection, kept: to open and close one for each statement takes 2 ms, twenty times a file.
        self._held = sqlite3.connect(path, timeout=30, check_same_thread=False)
        self._held.row_factory = sqlite3.Row
        self._turn = threading.Lock()
        with self._connection() as connection:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            connection.executescript(SCHEMA)
            self._add_columns(connection)

    @staticmethod
    def _add_columns(connection: sqlite3.Connection) -> None:
        """Bring a ledger of an earlier version up to this one."""
        present = {row["name"] for row in connection.execute("pragma table_info(delivery)")}
        for name, kind in LATER_COLUMNS.items():
            if name not in present:
                connection.execute(f"alter table delivery add column {name} {kind}")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one transaction; threads take turns."""
        with self._turn, self._held:
            yield self._held

    # deliveries

    def add_delivery(
        self,
        *,
        system: str,
        dataset: str,
        file: str,
        sha256: str,
        size: int,
        received_at: datetime,
        landed_path: Path,
        mode: DeliveryMode | None = None,
        expected_rows: int | None = None,
        watermark: str | None = None,
    ) -> Delivery:
        """Note a landed file for a dataset; the same bytes for the same dataset give the delivery that is there."""
        with self._connection() as connection:
            connection.execute(
                "insert or ignore into delivery (system, dataset, file, sha256, bytes, received_at, landed_path, mode,"
                " expected_rows, watermark) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(system, dataset, file, sha256, size, received_at.astimezone(UTC).isoformat()),
                    *(self._kept(landed_path), mode, expected_rows, watermark),
                ),
            )
        found = self.known(system, dataset, sha256)
        assert found is not None
        return found

    def known(self, system: str, dataset: str, sha256: str) -> Delivery | None:
        """The delivery of exactly these bytes for this dataset, if there is one."""
        rows = self._rows(
            "select * from delivery where system = ? and dataset = ? and sha256 = ?", (system, dataset, sha256)
        )
        return self._delivery(rows[0]) if rows else None

    def deliveries(self, dataset_key: str | None = None, status: Status | None = None) -> list[Delivery]:
        """Deliveries in the order of arrival, all or of one dataset (`system.dataset`) or with one status."""
        rows = self._rows(
            "select * from delivery where coalesce(:key, system || '.' || dataset) = system || '.' || dataset"
            " and coalesce(:status, status) = status order by load",
            {"key": dataset_key, "status": status},
        )
        return [self._delivery(row) for row in rows]

    def watermark(self, dataset_key: str) -> str | None:
        """How far a source has been read for a dataset: the highest mark of a delivery that was not refused."""
        marks = [d.watermark for d in self.deliveries(dataset_key) if d.watermark and d.status != "refused"]
        return max(marks, default=None)

    def note(self, load: int, notes: Notes) -> None:
        """Keep what reading a delivery showed beside its rows."""
        with self._connection() as connection:
            connection.execute("update delivery set notes = ? where load = ?", (json.dumps(asdict(notes)), load))

    def set_mode(self, load: int, mode: DeliveryMode) -> None:
        """Keep what a delivery says of itself: everything there is, or changes only."""
        with self._connection() as connection:
            connection.execute("update delivery set mode = ? where load = ?", (mode, load))

    def accept(
        self,
        load: int,
        *,
        rows_read: int,
        rows_kept: int,
        rows_quarantined: int,
        raw_version: int,
        decided_at: datetime | None = None,
    ) -> None:
        """The delivery is in raw, at that version of the table. `rows_read` = `rows_kept` + `rows_quarantined`."""
        assert rows_read == rows_kept + rows_quarantined, "rows read must equal rows kept plus rows quarantined"
        self._update(
            load,
            "accepted",
            rows_read=rows_read,
            rows_kept=rows_kept,
            rows_quarantined=rows_quarantined,
            raw_version=raw_version,
            decided_at=_text(decided_at),
        )

    def refuse(
        self,
        load: int,
        *,
        rule: str,
        reason_sv: str,
        remedy_sv: str,
        rows_read: int | None = None,
        decided_at: datetime | None = None,
    ) -> None:
        """The delivery was refused; the last good data stays."""
        self._update(
            load,
            "refused",
            rule=rule,
            reason_sv=reason_sv,
            remedy_sv=remedy_sv,
            rows_read=rows_read,
            decided_at=_text(decided_at),
        )

    def _update(self, load: int, status: Status, **values: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in values)
        with self._connection() as connection:
            connection.execute(
                f"update delivery set status = ?, {names} where load = ?", (status, *values.values(), load)
            )

    # sources that have been asked

    def record_contact(
        self, system: str, dataset: str, at: datetime, outcome: ContactOutcome, message_sv: str = ""
    ) -> None:
        """Note how it went when a source was asked for a dataset."""
        confirmed = _text(at) if outcome == "nothing_new" else None
        with self._connection() as connection:
            connection.execute(
                "insert into contact values (?, ?, ?, ?, ?, ?) on conflict do update set at = excluded.at,"
                " outcome = excluded.outcome, message_sv = excluded.message_sv,"
                " confirmed_at = coalesce(excluded.confirmed_at, contact.confirmed_at)",
                (system, dataset, _text(at), outcome, message_sv, confirmed),
            )

    def contacts(self) -> dict[str, Contact]:
        """The latest contact about each dataset, by `system.dataset`."""
        found = [_contact(row) for row in self._rows("select * from contact")]
        return {contact.key: contact for contact in found}

    # files that have been looked at

    def seen_sha256(self, path: Path, dataset_key: str = "") -> str | None:
        """The hash of a file that has not changed (size, time) since it was last hashed, or looked at for a dataset."""
        stat = path.stat()
        rows = self._rows(
            "select sha256 from seen_file where path = ? and bytes = ? and mtime_ns = ?",
            (_seen(path, dataset_key), stat.st_size, stat.st_mtime_ns),
        )
        return rows[0]["sha256"] if rows else None

    def remember_file(self, path: Path, sha256: str, dataset_key: str = "") -> None:
        """Note a file's hash with its size and time, or that it has been looked at for a dataset."""
        stat = path.stat()
        with self._connection() as connection:
            connection.execute(
                "insert or replace into seen_file values (?, ?, ?, ?)",
                (_seen(path, dataset_key), stat.st_size, stat.st_mtime_ns, sha256),
            )

    # runs and facts

    def start_run(self, run_id: str, started_at: datetime) -> None:
        """Note that a run began."""
        with self._connection() as connection:
            connection.execute(
                "insert or ignore into run (run_id, started_at) values (?, ?)", (run_id, _text(started_at))
            )

    def finish_run(self, run_id: str, finished_at: datetime, outcome: str, summary: str) -> None:
        """Note how a run ended."""
        with self._connection() as connection:
            connection.execute(
                "update run set finished_at = ?, outcome = ?, summary = ? where run_id = ?",
                (_text(finished_at), outcome, summary, run_id),
            )

    def runs(self, limit: int = 20) -> list[dict[str, Any]]:
        """The latest runs, newest first."""
        return [dict(row) for row in self._rows("select * from run order by rowid desc limit ?", (limit,))]

    def fact(self, name: str) -> str | None:
        """A remembered text, such as the fingerprint of the last accepted marts."""
        rows = self._rows("select value from fact where name = ?", (name,))
        return rows[0]["value"] if rows else None

    def said_again(self) -> dict[int, str]:
        """Deliveries (by load) whose bytes came again under a name that is later in order: the latest such name."""
        rows = self._rows("select name, value from fact where name like ?", (f"{SAID_AGAIN}%",))
        return {int(row["name"].removeprefix(SAID_AGAIN)): row["value"] for row in rows}

    def note_said_again(self, load: int, name: str) -> None:
        """Note that a delivery's bytes came again under a later name."""
        self.remember(**{f"{SAID_AGAIN}{load}": name})

    def remember(self, **facts: str) -> None:
        """Remember texts by name, all or none."""
        with self._connection() as connection:
            connection.executemany("insert or replace into fact values (?, ?)", facts.items())

    # checks

    def record_checks(self, run_id: str, results: Iterable[CheckResult]) -> None:
        """Keep a run's check results: one per layer, dataset and rule (counts of several loads are summed before)."""
        columns = [field.name for field in fields(CheckResult)]
        marks = ", ".join("?" for _ in range(len(columns) + 1))
        with self._connection() as connection:
            connection.executemany(
                f"insert or replace into check_result (run_id, {', '.join(columns)}) values ({marks})",
                [(run_id, *asdict(result).values()) for result in results],
            )

    def record_load_checks(self, load: int, results: Iterable[CheckResult]) -> None:
        """Keep what the gate found in one delivery, before anything is decided about it."""
        with self._connection() as connection:
            connection.executemany(
                "insert or replace into load_check values (?, ?, ?)",
                [(load, result.rule_id, json.dumps(asdict(result))) for result in results],
            )

    def load_checks(self, dataset_key: str) -> list[CheckResult]:
        """What the gate found in the newest deliveries of a dataset: all that came in the same night as the last."""
        gated = {row["load"] for row in self._rows("select distinct load from load_check")}
        own = [item for item in self.deliveries(dataset_key) if item.load in gated]
        newest = max((item.received_at for item in own), default=None)
        loads = [str(item.load) for item in own if item.received_at == newest]
        rows = self._rows(f"select result from load_check where load in ({', '.join(loads)}) order by load")
        return [CheckResult(**json.loads(row["result"])) for row in rows]

    def check_states(self) -> list[CheckState]:
        """For each rule its latest result, and since when it has passed (or failed) without a break."""
        rows = self._rows("select c.*, r.started_at from check_result c join run r using (run_id) order by r.rowid")
        states: dict[tuple[str, str, str], CheckState] = {}
        last_run: dict[tuple[str, str, str], str] = {}
        latest: dict[tuple[str, str], str] = {}  # a rule that its table's last run did not have is retired
        for row in rows:
            result = _check(row)
            where = (result.layer, result.dataset, result.rule_id)
            before = states.get(where)
            began = datetime.fromisoformat(row["started_at"])
            since = before.since if before and before.result.passed == result.passed else began
            states[where] = CheckState(result, since)
            latest[result.layer, result.dataset] = row["run_id"]
            last_run[where] = row["run_id"]
        return [state for where, state in states.items() if last_run[where] == latest[where[0], where[1]]]

    def checks_of(self, run_id: str) -> list[CheckResult]:
        """The check results that a run recorded."""
        return [_check(row) for row in self._rows("select * from check_result where run_id = ?", (run_id,))]

    def _kept(self, path: Path) -> str:
        return str(path.relative_to(self.root) if path.is_relative_to(self.root) else path)

    def _delivery(self, row: sqlite3.Row) -> Delivery:
        values = dict(row)
        values["received_at"] = datetime.fromisoformat(values["received_at"])
        values["landed_path"] = self.root / values["landed_path"]
        notes = json.loads(values["notes"] or "{}")
        values["notes"] = Notes(
            tuple(notes.get("warnings_sv", ())), notes.get("unparsable", {}), tuple(notes.get("proposals", ()))
        )
        return Delivery(**values)

    def _rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        with self._connection() as connection:
            return connection.execute(sql, values).fetchall()


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _seen(path: Path, dataset_key: str) -> str:
    return f"{path}#{dataset_key}" if dataset_key else str(path)


def _contact(row: sqlite3.Row) -> Contact:
    values = dict(row)
    values["at"] = datetime.fromisoformat(values["at"])
    values["confirmed_at"] = datetime.fromisoformat(values["confirmed_at"]) if values["confirmed_at"] else None
    return Contact(**values)


def _check(row: sqlite3.Row) -> CheckResult:
    values = {field.name: row[field.name] for field in fields(CheckResult)}
    values["passed"] = bool(values["passed"])
    return CheckResult(**values)
