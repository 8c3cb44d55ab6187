"""Housekeeping: raw and landing are short-lived; what marts need for years is in history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from deltalake import DeltaTable

from dia_assets import clock, delta
from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.ledger import Delivery, Ledger
from dia_assets.settings import Settings


def maintain(settings: Settings) -> Iterator[str]:
    """Delete deliveries older than `raw_retention_days` from raw, quarantine and landing; says what was deleted.

    History, master and marts do not change: they do not read raw.
    """
    ledger = Ledger(settings.lake.ledger)
    before = clock.now(settings) - timedelta(days=settings.raw_retention_days)
    for contract in load_contracts().values():
        old = [item for item in ledger.deliveries(contract.key) if item.received_at < before]
        if old:
            yield f"{contract.key}: {forget_deliveries(settings, contract, old)} deliveries deleted from raw"


def forget_deliveries(settings: Settings, contract: DatasetContract, deliveries: list[Delivery]) -> int:
    """Delete these deliveries' rows and files, old table versions included; returns how many there were."""
    loads = ", ".join(str(item.load) for item in deliveries)
    for table in (settings.lake.raw(contract), settings.lake.quarantine(contract)):
        if delta.exists(table):
            snapshot = DeltaTable(table)
            snapshot.delete(f"_load in ({loads})")
            snapshot.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    for item in deliveries:
        item.landed_path.unlink(missing_ok=True)
    return len(deliveries)
