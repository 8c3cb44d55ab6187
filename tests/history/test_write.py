"""History keeps what changed, when it was known, and loses nothing when a run is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.history import protection, tables, write
from dia_assets.history.tables import HistoryRule, Layout
from dia_assets.ledger import Ledger
from dia_assets.settings import Lake

RULE = HistoryRule(key=("unit", "person_key", "lesson"), scope=("unit", "day"))
ROWS = "unit varchar, person_key varchar, lesson varchar, day date, minutes double"


@dataclass
class Memory:
    """One dataset's history in a temporary data root, fed by rows that a staging view would give."""

    connection: duckdb.DuckDBPyConnection
    lake: Lake
    ledger: Ledger
    contract: DatasetContract
    wanted: Layout = field(init=False)

    def __post_init__(self) -> None:
        self.connection.execute("create schema staging")
        self.connection.execute("create schema vault")
        self.connection.execute("create table vault.protected (person_key varchar)")
        view = self.contract.staging_model
        self.connection.execute(f"create table seen ({ROWS}, _load bigint, _row bigint)")
        self.connection.execute(
            f"create view staging.{view} as select seen.*,"
            " person_key in (select person_key from vault.protected) as _is_protected from seen"
        )
        self.wanted = tables.layout(self.connection, self.contract)

    def deliver(self, *rows: tuple[object, ...]) -> int:
        """A new accepted delivery with these rows (unit, person, lesson, day, minutes)."""
        day = len(self.ledger.deliveries()) + 1
        delivery = self.ledger.add_delivery(
            system=self.contract.system, dataset=self.contract.name, file=f"{day}.csv", sha256=str(day), size=1,
            received_at=datetime(2026, 6, day, tzinfo=UTC), landed_path=Path("landed"),
        )  # fmt: skip
        self.ledger.accept(delivery.load, rows_read=len(rows), rows_kept=len(rows), rows_quarantined=0, raw_version=0)
        for number, row in enumerate(rows, 1):
            self.connection.execute("insert into seen values (?, ?, ?, ?, ?, ?, ?)", [*row, delivery.load, number])
        return delivery.load

    def append(self) -> write.HistoryReport:
        return write.append_new(self.connection, self.lake, self.ledger, self.contract, self.wanted)

    def move(self) -> protection.Moves:
        return protection.move_rows(self.connection, self.lake, self.contract, self.wanted)

    def current(self, as_of: datetime | None = None) -> set[tuple[str, str, float]]:
        select = tables.current_sql(self.connection, self.lake.history(self.contract), self.wanted, as_of)
        return set(self.connection.execute(f"select person_key, lesson, minutes from ({select})").fetchall())

    def versions(self, path: Path) -> int:
        found = self.connection.execute(f"select count(*) from {tables.rows_sql(path, self.wanted)}").fetchone()
        return int(found[0]) if found else 0


@pytest.fixture(params=[write.FEW_ROWS, 0], ids=["few rows", "many rows"])
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Memory]:
    """With new rows copied into memory, and into a file."""
    monkeypatch.setattr(write, "FEW_ROWS", request.param)
    monkeypatch.setattr(tables, "history_rule", lambda contract: RULE)
    lake = Lake(tmp_path)
    lake.prepare()
    with duckdb.connect() as connection:
        yield Memory(connection, lake, Ledger(lake.ledger), load_contracts()["narvaro.lesson_attendance"])


A = ("u1", "anna", "l1", "2026-06-01", 40.0)
B = ("u1", "bo", "l1", "2026-06-01", 40.0)
C = ("u1", "anna", "l2", "2026-06-02", 60.0)


def test_a_first_delivery_is_kept_whole(memory: Memory) -> None:
    memory.deliver(A, B)
    assert memory.append().added == 2
    assert memory.current() == {("anna", "l1", 40.0), ("bo", "l1", 40.0)}


def test_writing_twice_changes_nothing(memory: Memory) -> None:
    memory.deliver(A, B)
    memory.append()
    assert memory.append() == write.HistoryReport(0, 0, 0, 0)
    assert memory.versions(memory.lake.history(memory.contract)) == 2


def test_a_correction_adds_only_the_row_that_changed(memory: Memory) -> None:
    memory.deliver(A, B)
    memory.append()
    memory.deliver(("u1", "anna", "l1", "2026-06-01", 35.0), B)
    assert memory.append().added == 1
    assert memory.current() == {("anna", "l1", 35.0), ("bo", "l1", 40.0)}


def test_a_record_that_is_missing_from_its_scope_is_gone_and_other_scopes_stay(memory: Memory) -> None:
    memory.deliver(A, B, C)
    memory.append()
    memory.deliver(A)
    memory.append()
    assert memory.current() == {("anna", "l1", 40.0), ("anna", "l2", 60.0)}


def test_a_record_that_comes_back_is_current_again(memory: Memory) -> None:
    for rows in [(A, B), (A,), (A, B)]:
        memory.deliver(*rows)
        memory.append()
    assert memory.current() == {("anna", "l1", 40.0), ("bo", "l1", 40.0)}


def test_any_past_moment_can_be_asked_for(memory: Memory) -> None:
    memory.deliver(A)
    memory.deliver(("u1", "anna", "l1", "2026-06-01", 35.0))
    memory.append()
    assert memory.current(datetime(2026, 6, 1, 12, tzinfo=UTC)) == {("anna", "l1", 40.0)}
    assert memory.current(datetime(2026, 6, 3, tzinfo=UTC)) == {("anna", "l1", 35.0)}


def test_deliveries_of_the_same_scope_in_one_night_count_in_their_order(memory: Memory) -> None:
    memory.deliver(A, B)
    memory.deliver(("u1", "anna", "l1", "2026-06-01", 30.0), B)
    memory.deliver(("u1", "anna", "l1", "2026-06-01", 20.0))
    memory.append()
    assert memory.current() == {("anna", "l1", 20.0)}


def test_of_a_row_that_is_twice_in_a_delivery_the_last_counts(memory: Memory) -> None:
    memory.deliver(A, ("u1", "anna", "l1", "2026-06-01", 10.0))
    assert memory.append().repeated == 1
    assert memory.current() == {("anna", "l1", 10.0)}


def test_rows_of_nobody_known_wait_in_the_restricted_zone(memory: Memory) -> None:
    memory.deliver(A, ("u1", None, "l1", "2026-06-01", 5.0), ("u1", None, "l1", "2026-06-01", 6.0))
    report = memory.append()
    assert (report.added, report.held) == (1, 2)
    assert memory.current() == {("anna", "l1", 40.0)}


def test_rows_come_in_when_their_person_becomes_known(memory: Memory) -> None:
    memory.deliver(A, ("u1", None, "l3", "2026-06-01", 5.0))
    memory.append()
    memory.connection.execute("update seen set person_key = 'cia' where person_key is null")
    assert memory.move().resolved == 1
    assert memory.current() == {("anna", "l1", 40.0), ("cia", "l3", 5.0)}
    assert not memory.move().any


def test_a_late_mark_takes_the_person_out_with_every_old_file(memory: Memory) -> None:
    memory.deliver(A, B, C)
    memory.append()
    memory.connection.execute("insert into vault.protected values ('anna')")
    assert memory.move().taken_out == 2
    history = memory.lake.history(memory.contract)
    assert memory.current() == {("bo", "l1", 40.0)}
    everything = "".join(f"'{path}'," for path in sorted(history.rglob("*.parquet")))
    names = memory.connection.execute(f"select distinct person_key from read_parquet([{everything}])").fetchall()
    assert names == [("bo",)]
    assert memory.append() == write.HistoryReport(0, 0, 0, 0)


def test_a_lifted_mark_brings_the_rows_back(memory: Memory) -> None:
    memory.deliver(A, B, C)
    memory.connection.execute("insert into vault.protected values ('anna')")
    assert memory.append().held == 2
    memory.connection.execute("delete from vault.protected")
    assert memory.move().brought_back == 2
    assert memory.current() == {("anna", "l1", 40.0), ("anna", "l2", 60.0), ("bo", "l1", 40.0)}
    assert not memory.move().any


@pytest.mark.parametrize("killed_after", ["appended to held", "table written anew", "old table put aside"])
def test_a_move_that_is_killed_can_be_repeated(
    memory: Memory, monkeypatch: pytest.MonkeyPatch, killed_after: str
) -> None:
    memory.deliver(A, B)
    memory.append()
    memory.connection.execute("insert into vault.protected values ('anna')")
    history = memory.lake.history(memory.contract)
    with monkeypatch.context() as patched:
        if killed_after == "appended to held":
            patched.setattr(protection, "_rewrite", _killed)
        elif killed_after == "table written anew":
            patched.setattr(Path, "rename", _killed)
        else:
            real = Path.rename
            patched.setattr(
                Path, "rename", lambda path, to: real(path, to) if str(to).endswith(".replaced") else _killed()
            )
        with pytest.raises(KeyboardInterrupt):
            memory.move()
    memory.move()
    assert memory.current() == {("bo", "l1", 40.0)}
    assert memory.versions(memory.lake.held(memory.contract)) == 1
    assert [path.name for path in history.parent.iterdir()] == [history.name]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
