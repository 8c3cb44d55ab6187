"""What a published table is: its contract, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

PUBLIC = "public"
MUNICIPALITY = "municipality"
UNIT = "unit"  # each school unit for its own principal, see `units`
AUDIENCES = {PUBLIC: "Allmänheten", MUNICIPALITY: "Kommunens skolförvaltning"}


@dataclass(frozen=True)
class Column:
    """One published column."""

    name: str
    type: str
    label_sv: str
    description_sv: str


@dataclass(frozen=True)
class Table:
    """One published table. `query` may name `$audience`; a table without query gets its rows from `night.py`."""

    name: str
    label_sv: str
    description_sv: str
    columns: tuple[Column, ...]
    order_by: tuple[str, ...]
    query: str | None = None
    audiences: tuple[str, ...] = (PUBLIC, MUNICIPALITY)
