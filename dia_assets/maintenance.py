"""Housekeeping: raw and landing are short-lived; what marts need for years is in history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dia_assets import clock, delta
from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.ledger import Delivery, Ledger
from dia_assets.settings import Settings


def maintain(settings: Settings) -> Iterator[str]:
    """Delete deliveries older than `raw_retention_days` from raw, quarantine and landing; says what was deleted.

    History, master and marts do not change: they do not read raw.
    """
    ledger, now = Ledger(settings.lake.ledger), clock.now(settings)
    raw_before = now - timedelta(days=settings.raw_retention_days)
    quarantine_before = now - timedelta(days=settings.quarantine_retention_days)
    for contract in load_contracts().values():
        known = ledger.deliveries(contract.key)
        old = [item for item in known if item.received_at < raw_before]
        set_aside = [item for item in known if item.received_at < quarantine_before and item.rows_quarantined]
        _forget_rows(settings.lake.table(settings.lake.quarantine(contract)), set_aside)
        if old:
            forget_deliveries(settings, contract, old)
            yield f"{contract.key}: {len(old)} deliveries deleted from raw and landing"


def forget_deliveries(settings: Settings, contract: DatasetContract, deliveries: list[Delivery]) -> None:
    """Delete these deliveries' rows and files, old table versions included."""
    lake = settings.lake
    for folder in (lake.raw(contract), lake.quarantine(contract)):
        _forget_rows(lake.table(folder), deliveries)
    for item in deliveries:
        item.landed_path.unlink(missing_ok=True)


def _forget_rows(table: delta.Table, deliveries: list[Delivery]) -> None:
    if deliveries and delta.exists(table):
        delta.delete_loads(table, [item.load for item in deliveries])
