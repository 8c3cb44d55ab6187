"""The ledger: what was delivered, what became of it, which runs there were and how the checks went."""

from dia_assets.ledger.records import (
    CheckResult,
    CheckState,
    Contact,
    ContactOutcome,
    Delivery,
    DeliveryMode,
    Dimension,
    Notes,
    Severity,
    Status,
)
from dia_assets.ledger.store import Ledger

__all__ = [
    "CheckResult",
    "CheckState",
    "Contact",
    "ContactOutcome",
    "Delivery",
    "DeliveryMode",
    "Dimension",
    "Ledger",
    "Notes",
    "Severity",
    "Status",
]
