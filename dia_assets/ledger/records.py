"""What the ledger keeps, as plain records: deliveries, contacts with sources, check results. Counts and names only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

Status = Literal["landed", "accepted", "refused"]
# What a delivery means where it is not what the contract's load mode says: everything there is, or changes only.
DeliveryMode = Literal["full", "changes"]
# How it went when a source was last asked for a dataset. `nothing_new`: what is here is confirmed; `no_file`: the place
# where files arrive had none that has not been taken, which says nothing of how old the data is.
ContactOutcome = Literal["new", "nothing_new", "no_file", "not_offered", "unreachable", "failed"]
Dimension = Literal["riktighet", "fullständighet", "aktualitet", "unikhet"]
Severity = Literal["block", "quarantine", "warn"]


@dataclass(frozen=True)
class Notes:
    """What reading a delivery showed beside its rows: warnings, how many values of each column could not be read, and
    what the contract may have to say instead (`proposals`, as YAML). No value from a file.
    """

    warnings_sv: tuple[str, ...] = ()
    unparsable: dict[str, int] = field(default_factory=dict)
    proposals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """One file for one dataset. `load` is its number, in the order of arrival; every row that came with it has it."""

    load: int
    system: str
    dataset: str
    file: str
    sha256: str
    bytes: int
    received_at: datetime
    landed_path: Path
    status: Status = "landed"
    rule: str | None = None
    reason_sv: str | None = None
    remedy_sv: str | None = None
    rows_read: int | None = None
    rows_kept: int | None = None
    rows_quarantined: int | None = None
    raw_version: int | None = None
    decided_at: str | None = None
    mode: DeliveryMode | None = None
    expected_rows: int | None = None
    watermark: str | None = None
    notes: Notes = field(default_factory=Notes)

    @property
    def key(self) -> str:
        """`system.dataset`."""
        return f"{self.system}.{self.dataset}"


@dataclass(frozen=True)
class Contact:
    """When and how a source was last asked for a dataset; `confirmed_at`: when it last had nothing newer."""

    system: str
    dataset: str
    at: datetime
    outcome: ContactOutcome
    message_sv: str
    confirmed_at: datetime | None

    @property
    def key(self) -> str:
        """`system.dataset`."""
        return f"{self.system}.{self.dataset}"


@dataclass(frozen=True)
class CheckResult:
    """How one rule went on one table. Counts only."""

    rule_id: str
    layer: Literal["raw", "master", "marts"]
    dataset: str
    dimension: Dimension
    severity: Severity
    passed: bool
    checked: int
    failed: int
    title_sv: str
    remedy_sv: str
    owner: str
    load: int | None = None


@dataclass(frozen=True)
class CheckState:
    """A rule's latest result and the start of the run since which it has been the same."""

    result: CheckResult
    since: datetime
