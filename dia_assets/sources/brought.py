"""What asking a source gives, whatever its kind: files to land, or how it went when there is none.

A source writes what it fetches, as received, into the folder it is given; landing moves nothing and changes nothing of
it. A kind of source is one function `fetch(request) -> Iterator[Brought]`, registered in `sources.fetch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dia_assets.contracts import DatasetContract
from dia_assets.ledger import Contact, ContactOutcome, DeliveryMode, Ledger
from dia_assets.settings import Settings
from dia_assets.sources.config import Source


@dataclass(frozen=True)
class Request:
    """What a source is asked for: one system's datasets, and where to put what it gives."""

    settings: Settings
    ledger: Ledger
    source: Source
    system: str
    contracts: Sequence[DatasetContract]
    folder: Path
    moment: datetime

    def watermark(self, contracts: Sequence[DatasetContract]) -> str | None:
        """How far the source has been read for all of these datasets; None when one has not been read at all."""
        marks = [self.ledger.watermark(contract.key) for contract in contracts]
        return min((mark for mark in marks if mark), default=None) if all(marks) else None

    def contact(self, contract: DatasetContract) -> Contact | None:
        """How it went when the source was last asked for a dataset."""
        return self.ledger.contacts().get(contract.key)


@dataclass(frozen=True)
class Brought:
    """A file for some datasets, or how it went when there is none.

    `path`: a finished file in the request's folder, under a name that the datasets' `files` pattern matches; it is
    taken away once it has landed. `mode`, `expected_rows` (per dataset, by name) and `watermark` are kept with the
    delivery. `message_sv` quotes no value and no secret.
    """

    datasets: tuple[DatasetContract, ...]
    outcome: ContactOutcome
    path: Path | None = None
    mode: DeliveryMode | None = None
    expected_rows: int | None = None
    watermark: str | None = None
    message_sv: str = ""
