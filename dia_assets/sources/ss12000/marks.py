"""How far a resource has been read, and when it was last read whole: told by deliveries that were taken into raw.

A delivery that was refused, or has landed and is not in raw yet, does not count: what it brought is asked for again.
That there was nothing new is remembered in the ledger's facts, since no delivery tells it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dia_assets.ledger import Ledger
from dia_assets.sources.ss12000.resources import DELETED_ENTITIES, Resource, stamp

SLACK = timedelta(hours=12)  # a night that starts a minute earlier than the last one is still the next day


class Marks:
    """The marks of one system."""

    def __init__(self, ledger: Ledger, system: str) -> None:
        self._ledger, self._system = ledger, system

    def read_to(self, resource: Resource) -> datetime | None:
        """The moment up to which every dataset of the resource has been read; None when one has never been."""
        marks = []
        for contract in resource.contracts:
            accepted = self._ledger.deliveries(contract.key, "accepted")
            marks.append(max((item.watermark for item in accepted if item.watermark), default=None))
        told = [mark for mark in marks if mark]
        if len(told) < len(marks):
            return None
        return datetime.fromisoformat(max(min(told), self._ledger.fact(self._name(resource.name)) or ""))

    def is_whole_due(self, resource: Resource, moment: datetime, days: int) -> bool:
        """Whether the resource has not been read whole for so many days."""
        for contract in resource.contracts:
            accepted = self._ledger.deliveries(contract.key, "accepted")
            whole = [item.received_at for item in accepted if item.mode == "full"]
            if not whole or moment - max(whole) >= timedelta(days=days) - SLACK:
                return True
        return False

    def has_rows(self, resource: Resource) -> bool:
        """Whether any dataset of the resource has been delivered with something in it."""
        accepted = [item for c in resource.contracts for item in self._ledger.deliveries(c.key, "accepted")]
        return any(item.rows_kept for item in accepted)

    def nothing_new(self, resource: Resource, read_to: datetime) -> None:
        """Remember that there was nothing new up to a moment."""
        self._ledger.remember(**{self._name(resource.name): stamp(read_to)})

    @property
    def deletions_read_to(self) -> datetime | None:
        """The moment up to which deletions have been read."""
        told = self._ledger.fact(self._name(DELETED_ENTITIES))
        return datetime.fromisoformat(told) if told else None

    def deletions_read(self, read_to: datetime) -> None:
        """Remember that deletions have been read up to a moment."""
        self._ledger.remember(**{self._name(DELETED_ENTITIES): stamp(read_to)})

    def _name(self, resource: str) -> str:
        return f"ss12000_read_to:{self._system}:{resource}"
