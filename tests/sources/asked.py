"""A data root whose sources are asked, for tests of sources over a network. No test is here."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dia_assets.contracts import load_contracts
from dia_assets.ledger import Contact, Delivery
from dia_assets.orchestration.ingest import ask_source, take_in
from dia_assets.orchestration.lakehouse import Lakehouse


@dataclass
class AskedRoot:
    """One data root and its sources; `source` says how a system is reached, as the deployment file would."""

    folder: Path
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)

    def source(self, system: str, kind: str, address: str, **said: Any) -> None:
        """Connect a system; two tries, so that a server that is down is soon given up."""
        self.sources[system] = {"kind": kind, "base_url": address, "tries": 2, **said}

    def lakehouse(self, now: str) -> Lakehouse:
        """The lakehouse on a night."""
        environment = {
            "DIA_DATA": str(self.folder),
            "DIA_NOW": f"{now}T02:00:00+01:00",
            "DIA_SOURCES": yaml.safe_dump(self.sources),
            "DIA_MEMORY_LIMIT": "1GB",
        }
        house = Lakehouse(environment=environment)
        house.lake.prepare()
        return house

    def ask(self, system: str, now: str) -> list[str]:
        """Ask a system's source on a night, and land what it gives."""
        contracts = [contract for contract in load_contracts().values() if contract.system == system]
        return list(ask_source(self.lakehouse(now), system, contracts))

    def take_in(self, system: str, now: str) -> None:
        """Read what has landed of a system into raw."""
        for contract in load_contracts().values():
            if contract.system == system:
                take_in(self.lakehouse(now), contract)

    def deliveries(self, dataset: str) -> list[Delivery]:
        """The dataset's deliveries."""
        return self.lakehouse("2026-11-25").ledger.deliveries(dataset)

    def contact(self, dataset: str) -> Contact:
        """How it went when the dataset was last asked for."""
        return self.lakehouse("2026-11-25").ledger.contacts()[dataset]


def pages(delivery: Delivery) -> list[dict[str, Any]]:
    """The index of a pull, with each page's content."""
    with zipfile.ZipFile(delivery.landed_path) as archive:
        lines = archive.read("pages.jsonl").decode().splitlines()
        return [{**json.loads(line), "content": json.loads(archive.read(json.loads(line)["file"]))} for line in lines]
