"""What is asked for: the resources that contracts name, in the standard's order, and the months of windowed ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from dia_assets.clock import STOCKHOLM
from dia_assets.contracts import DatasetContract
from dia_assets.errors import DiaError

# What others refer to comes first, so that a reference seldom points at what has not come yet.
ORDER = (
    "organisations",
    "persons",
    "groups",
    "placements",
    "duties",
    "syllabuses",
    "programmes",
    "studyplans",
    "schoolUnitOfferings",
    "activities",
    "calendarEvents",
    "attendances",
    "attendanceEvents",
    "attendanceSchedule",
    "absences",
    "grades",
    "aggregatedAttendance",
    "resources",
    "rooms",
)
DELETED_ENTITIES = "deletedEntities"
# The parameters without which the standard does not answer: a window of time, or a period of days.
WINDOW = ("startTime.onOrAfter", "startTime.onOrBefore")
PERIOD = ("startDate", "endDate")
NEEDS = {"calendarEvents": "window", "aggregatedAttendance": "period"}
MODIFIED_AFTER, DELETED_AFTER = "meta.modified.after", "after"
LIMIT, PAGE_TOKEN, EXPAND = "limit", "pageToken", "expand"


@dataclass(frozen=True)
class Resource:
    """One list of the interface, and every dataset that is read out of its answer."""

    name: str
    contracts: tuple[DatasetContract, ...]
    by: str | None = None  # `window` or `period` where months are asked for, one by one
    expand: tuple[str, ...] = ()


@dataclass(frozen=True)
class Month:
    """A whole calendar month in Sweden."""

    first: date

    @property
    def next(self) -> Month:
        """The month after."""
        return Month((self.first + timedelta(days=31)).replace(day=1))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - timedelta(days=1)

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), STOCKHOLM).astimezone(UTC)

    def parameters(self, by: str | None) -> dict[str, str]:
        """How the month is asked for: always the same bounds, so that answers about it can be compared."""
        if by == "period":
            return dict(zip(PERIOD, (self.first.isoformat(), self.last.isoformat()), strict=True))
        ends = self.next.begins - timedelta(seconds=1)
        return dict(zip(WINDOW, (stamp(self.begins), stamp(ends)), strict=True))

    @property
    def notes(self) -> dict[str, str]:
        """What a page is marked with, for a contract's `source: {request: window_start}`."""
        return {"window_start": self.first.isoformat(), "window_end": self.last.isoformat()}


def wanted(contracts: Sequence[DatasetContract]) -> list[Resource]:
    """The resources that the contracts ask for, in order; one that names none is delivered as files.

    Raises `DiaError` for a resource that the standard lacks, or contracts that ask for the same one differently.
    """
    by_name: dict[str, list[DatasetContract]] = {}
    for contract in contracts:
        if "resource" in contract.fetch:
            by_name.setdefault(str(contract.fetch["resource"]), []).append(contract)
    if unknown := sorted(set(by_name) - set(ORDER)):
        raise DiaError(
            f"SS 12000 has no resource {', '.join(unknown)}.",
            f"SS 12000 har ingen resurs {', '.join(unknown)}. Rätta `fetch` i kontraktet för "
            f"{', '.join(contract.label_sv for name in unknown for contract in by_name[name])}.",
        )
    return [_resource(name, by_name[name]) for name in ORDER if name in by_name]


def _resource(name: str, contracts: list[DatasetContract]) -> Resource:
    asked = [{key: value for key, value in contract.fetch.items() if key != "resource"} for contract in contracts]
    said = asked[0]
    months = {key: said[key] for key in ("window", "period") if key in said}
    needs = {NEEDS[name]: "month"} if name in NEEDS else {}
    if any(other != said for other in asked) or set(said) - {"window", "period", EXPAND} or months != needs:
        labels = ", ".join(contract.label_sv for contract in contracts)
        raise DiaError(
            f"fetch of {name}: {needs or 'no window or period'} is needed, `expand` may be said, the same in all.",
            f"`fetch` för {name} ({labels}) är fel: datamängder ur samma resurs ska säga samma sak, och "
            + (f"här krävs `{NEEDS[name]}: month`." if needs else "`window` och `period` hör inte hit."),
        )
    expand = said.get(EXPAND, ())
    return Resource(name, tuple(contracts), NEEDS.get(name), (expand,) if isinstance(expand, str) else tuple(expand))


def months(by: str, moment: datetime, days_back: int, days_ahead: int) -> list[Month]:
    """The whole months around a moment; of periods none that has not begun, since nothing can be summed in it."""
    today = moment.astimezone(STOCKHOLM).date()
    last = today + timedelta(days=days_ahead) if by == "window" else today
    month = Month((today - timedelta(days=days_back)).replace(day=1))
    found = []
    while month.first <= last:
        found.append(month)
        month = month.next
    return found


def stamp(moment: datetime) -> str:
    """A moment as it is sent and kept: UTC with `Z`, whole seconds (rounded down)."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def moment_of(text: object) -> tuple[datetime | None, bool]:
    """A time in an answer, in UTC (None if it is none), and whether it had no zone and was taken for UTC."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None, False
    return (found.replace(tzinfo=UTC), True) if found.tzinfo is None else (found.astimezone(UTC), False)
