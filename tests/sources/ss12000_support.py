"""A school in memory, a server that serves it, and asking it as a night does, in a temporary data root."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from servers.ss12000 import Quirks, Record, Ss12000Server

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.ledger import Ledger
from dia_assets.orchestration.ingest import ask_source, take_in
from dia_assets.settings import Settings
from dia_assets.sources.brought import Brought, Request
from dia_assets.sources.config import Ss12000Source
from dia_assets.sources.fetch import fetch

BEGIN = datetime(2026, 6, 1, 0, 0, tzinfo=UTC)
LONG_AGO = BEGIN - timedelta(days=30)
INVENTORY = load_contracts()
TOKEN = "MYCKETHEMLIGT"
BEARER = {"kind": "bearer", "token": "SS12000_TOKEN"}
PERSONS = [INVENTORY[f"ss12000.{name}"] for name in ("person", "enrolment", "responsible")]


class Clock:
    """A time that stands still until it is moved; the server's and ours."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


def person(number: int, units: Sequence[str] = ("u1",), modified: datetime = LONG_AGO, **more: Any) -> Record:
    """A pupil of the school; nobody has a number, and the ids are made up."""
    when = f"{modified:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "id": str(UUID(int=number)),
        "meta": {"created": when, "modified": when},
        "givenName": "Elev",
        "familyName": f"Nr{number}",
        "birthDate": "2014-03-01",
        "sex": "Kvinna",
        "securityMarking": "Ingen",
        "personStatus": "Aktiv",
        "enrolments": [{"enroledAt": {"id": unit}, "schoolType": "GR", "startDate": "2025-08-18"} for unit in units],
        "responsibles": [{"person": {"id": str(UUID(int=number + 10**6))}, "relationType": "Vårdnadshavare"}],
        **more,
    }


def people(count: int) -> list[Record]:
    return [person(number) for number in range(1, count + 1)]


def contract(resource: str, **fetched: object) -> DatasetContract:
    """A contract that reads the ids of a resource."""
    base = INVENTORY["ss12000.duty"]
    columns = [column for column in base.columns if column.name == "duty_id"]
    return base.model_copy(
        update={
            "name": resource.lower(),
            "label_sv": resource,
            "files": rf"{resource}_\w+(\.deleted)?\.pull\.zip",
            "fetch": {"resource": resource, **fetched},
            "columns": tuple(columns),
        }
    )


@dataclass
class Office:
    """Who asks: a data root, a source and datasets."""

    root: Path
    server: Ss12000Server
    contracts: Sequence[DatasetContract] = tuple(PERSONS)
    clock: Clock = field(default_factory=Clock)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> Ss12000Source:
        base = {"kind": "ss12000", "base_url": self.server.base_url, "page_size": 3, "tries": 2, "timeout_seconds": 20}
        return Ss12000Source(**{**base, **self.options})

    @property
    def settings(self) -> Settings:
        return Settings(data=self.root, sources={"ss12000": self.source}, now=self.clock.now, threads=1)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.settings.lake.ledger)

    @property
    def contracts_by_key(self) -> dict[str, DatasetContract]:
        return {contract.key: contract for contract in self.contracts}

    def request(self) -> Request:
        self.settings.lake.prepare()
        folder = self.settings.lake.fetched / "ss12000"
        return Request(self.settings, self.ledger, self.source, "ss12000", self.contracts, folder, self.clock.now)

    def ask(self) -> list[Brought]:
        """What the source brings, landed nowhere."""
        return list(fetch(self.request()))

    def land(self) -> list[str]:
        """Ask, and land what is brought."""
        here = _Here(self)
        here.lake.prepare()
        return list(ask_source(here, "ss12000", self.contracts))  # type: ignore[arg-type]

    def night(self) -> list[str]:
        """Ask, land, and count as accepted what came, whatever it says."""
        lines = self.land()
        self.accept()
        return lines

    def accept(self) -> None:
        """Count what has landed as accepted, whatever it says."""
        for delivery in self.ledger.deliveries(status="landed"):
            self.ledger.accept(delivery.load, rows_read=1, rows_kept=1, rows_quarantined=0, raw_version=1)

    def take_in(self) -> None:
        """Read, gate and commit what has landed."""
        for contract in self.contracts:
            take_in(_Here(self), contract)  # type: ignore[arg-type]

    def modes(self, key: str = "ss12000.person") -> list[str | None]:
        return [delivery.mode for delivery in self.ledger.deliveries(key)]


Opened = Callable[..., Office]


@contextmanager
def offices(folder: Path) -> Iterator[Opened]:
    """Offices in front of served schools; quirks, login, datasets and the source's options are given by name."""
    with ExitStack() as stack:

        def opened(resources: Any, quirks: Quirks | None = None, **more: Any) -> Office:
            clock, login, contracts = Clock(), more.pop("login", None), more.pop("contracts", PERSONS)
            server = stack.enter_context(Ss12000Server(resources, quirks, clock=clock, login=login))
            return Office(folder / "data", server, contracts, clock, more)

        yield opened


class _Here:
    """What steps need of a lakehouse."""

    def __init__(self, office: Office) -> None:
        self.settings, self.lake, self.ledger = office.settings, office.settings.lake, office.ledger
        self.moment, self.contracts = office.clock.now, office.contracts_by_key


def pages(pull: Path) -> list[dict[str, Any]]:
    """The index of a pull."""
    with zipfile.ZipFile(pull) as archive:
        return [json.loads(line) for line in archive.read("pages.jsonl").decode().splitlines()]


def ids(pull: Path) -> list[str]:
    """The ids of all records of a pull, in order."""
    with zipfile.ZipFile(pull) as archive:
        return [record["id"] for page in pages(pull) for record in json.loads(archive.read(page["file"]))["data"]]


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """A school office whose server answers as a test says."""
    monkeypatch.setenv("SS12000_TOKEN", TOKEN)
    with offices(tmp_path) as opened:
        yield opened
