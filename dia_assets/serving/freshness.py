"""How fresh each dataset is, whole and in its parts, and how it went when its source was last asked.

Made from contracts and ledger: dates, counts and names of parts (school units), never a value from a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dia_assets.contracts import DatasetContract
from dia_assets.landing.superseded import SUPERSEDED
from dia_assets.ledger import Contact, Delivery

STOCKHOLM = ZoneInfo("Europe/Stockholm")
REFUSAL_DAYS = 60  # after that a refused delivery that nobody has sent again is history, not news
PART_DAYS = 60  # a part that is later than this while the others came is taken to be closed
FRESH, LATE, MISSING = "aktuell", "försenad", "saknas"
SILENT = ("unreachable", "failed")


@dataclass(frozen=True)
class PartFreshness:
    """How fresh one part of a dataset is (a school unit's file); the columns of the published `freshness_part`."""

    dataset: str
    label_sv: str
    part: str
    latest_delivery_at: datetime | None
    age_days: int | None
    status: str
    has_refused: bool

    @property
    def is_stale(self) -> bool:
        """Whether something older than wanted is served for the part."""
        return self.has_refused or self.status == LATE


@dataclass(frozen=True)
class Freshness:
    """How fresh one dataset is; but for `parts`, the fields are the columns of the published table `freshness`."""

    dataset: str
    label_sv: str
    system_label_sv: str
    latest_delivery_at: datetime | None
    age_days: int | None
    expected_every_days: int
    grace_days: int
    status: str
    has_refused: bool
    source_outcome: str | None = None
    source_message_sv: str = ""
    parts: tuple[PartFreshness, ...] = ()

    @property
    def latest_refused(self) -> bool:
        """Whether a delivery was refused and nothing accepted has taken its place since."""
        return self.has_refused

    @property
    def is_silent(self) -> bool:
        """Whether the source did not answer, or answered with an error, when it was last asked."""
        return self.source_outcome in SILENT

    @property
    def stale_parts(self) -> tuple[PartFreshness, ...]:
        """The parts that are older than they should be, while the dataset as a whole goes on."""
        return tuple(part for part in self.parts if part.is_stale)


def freshness(
    contracts: Mapping[str, DatasetContract],
    deliveries: Iterable[Delivery],
    now: datetime,
    contacts: Mapping[str, Contact] | None = None,
) -> list[Freshness]:
    """How fresh every dataset of the inventory is, in the inventory's order."""
    grouped: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in sorted(deliveries, key=lambda item: item.load):
        grouped[delivery.key].append(delivery)
    asked = contacts or {}
    return [_of_dataset(contract, grouped.get(key, []), now, asked.get(key)) for key, contract in contracts.items()]


def _of_dataset(
    contract: DatasetContract, deliveries: Sequence[Delivery], now: datetime, contact: Contact | None
) -> Freshness:
    latest = _latest(deliveries)
    known = latest
    if latest and contact and contact.confirmed_at:  # the source said since that it has nothing newer
        known = max(latest, contact.confirmed_at)
    age = _age(known, now)
    refused = open_refusals(contract, deliveries, now)
    return Freshness(
        dataset=contract.key,
        label_sv=contract.label_sv,
        system_label_sv=contract.system_label_sv,
        latest_delivery_at=known,
        age_days=age,
        expected_every_days=contract.expected.every_days,
        grace_days=contract.expected.grace_days,
        status=MISSING if age is None else LATE if age > _limit(contract) else FRESH,
        has_refused=bool(refused),
        source_outcome=contact.outcome if contact else None,
        source_message_sv=contact.message_sv if contact else "",
        parts=_parts(contract, deliveries, refused, now),
    )


def _parts(
    contract: DatasetContract, deliveries: Sequence[Delivery], refused: Sequence[Delivery], now: datetime
) -> tuple[PartFreshness, ...]:
    """The parts that the contract's file names tell apart, each with its own latest accepted delivery."""
    if contract.expected.part is None:
        return ()
    by_part: dict[str, list[Delivery]] = defaultdict(list)
    for item in deliveries:
        match = contract.matches(item.file)
        part = match[contract.expected.part] if match else None
        if part:
            by_part[part].append(item)
    return tuple(_of_part(contract, part, own, refused, now) for part, own in sorted(by_part.items()))


def _of_part(
    contract: DatasetContract, part: str, own: Sequence[Delivery], refused: Sequence[Delivery], now: datetime
) -> PartFreshness:
    latest = _latest(own)
    age = _age(latest, now)
    is_late = age is not None and _limit(contract) < age <= _limit(contract) + PART_DAYS
    return PartFreshness(
        dataset=contract.key,
        label_sv=contract.label_sv,
        part=part,
        latest_delivery_at=latest,
        age_days=age,
        status=MISSING if age is None else LATE if is_late else FRESH,
        has_refused=any(item in refused for item in own),
    )


def open_refusals(contract: DatasetContract, deliveries: Iterable[Delivery], now: datetime) -> list[Delivery]:
    """Refused deliveries that no later accepted one has replaced, for as long as somebody may still act on them.

    Where a delivery is only a part (a period, a unit), the one that replaces it has the same parts in its file name.
    """
    own = sorted((item for item in deliveries if item.key == contract.key), key=lambda item: item.load)
    whole = contract.load.mode == "full"

    def part(item: Delivery) -> object:
        return None if whole else contract.subject(item.file) or item.file

    return [
        refused
        for refused in own
        if refused.status == "refused"
        and refused.rule != SUPERSEDED
        and now - refused.received_at < timedelta(days=REFUSAL_DAYS)
        and not any(i.status == "accepted" and i.load > refused.load and part(i) == part(refused) for i in own)
    ]


def _latest(deliveries: Iterable[Delivery]) -> datetime | None:
    return max((item.received_at for item in deliveries if item.status == "accepted"), default=None)


def _limit(contract: DatasetContract) -> int:
    return contract.expected.every_days + contract.expected.grace_days


def _age(moment: datetime | None, now: datetime) -> int | None:
    return max(0, (_day(now) - _day(moment)).days) if moment else None


def _day(moment: datetime) -> date:
    return moment.astimezone(STOCKHOLM).date()
