"""Tells a delivery that is older than what is already here: yesterday's register after today's, a first version after
a correction. The order is the file names' own (`load.order`), not that of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.ledger import Delivery

SUPERSEDED = "superseded"
WIDTH = 20


def refuse_superseded(
    contract: DatasetContract, delivery: Delivery, others: Iterable[Delivery], said_again: Mapping[int, str]
) -> None:
    """Refuse a delivery when a newer one of the same thing has come before it. Raises `DeliveryRefused`.

    `said_again`: of deliveries (by load) whose bytes came again under a later name, that name.
    """
    in_order = contract.format.file_set is not None  # changes in such files are named in order too
    if not contract.load.order or (delivery.mode is not None and not in_order):
        return
    mine = place_of(contract, said_again.get(delivery.load, delivery.file))
    if contract.load.mode == "full" and mine == place_of(contract, ""):
        return  # a register whose name has no day: nobody can tell how old it is
    for other in others:
        if other.load == delivery.load or (other.mode is not None and not in_order):
            continue
        newest = said_again.get(other.load, other.file)
        if contract.subject(other.file) == contract.subject(delivery.file) and place_of(contract, newest) > mine:
            raise DeliveryRefused(
                SUPERSEDED,
                f"En nyare leverans av samma uppgifter finns redan: {newest}. Den äldre läses inte in.",
                "Ingen åtgärd behövs. Skulle den äldre ändå vara den rätta: leverera den på nytt med ett senare namn.",
            )


def place_of(contract: DatasetContract, file: str) -> tuple[str, ...]:
    """Where a file stands in order, by its name; what is not said comes first, then a version without a number."""
    match = contract.matches(file)
    groups = match.groupdict() if match else {}
    said = (groups.get(name) for name in contract.load.order)
    return tuple(("0" if value is None else value or "1").zfill(WIDTH) for value in said)
