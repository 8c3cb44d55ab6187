"""The school days of the synthetic school year 2025/26: which days have lessons, and in which years tests were held."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_DAY = date(2025, 8, 18)
LAST_DAY = date(2026, 6, 16)
EPIPHANY = date(2026, 1, 6)  # a public holiday on a weekday; used for lessons that cannot have been held

# Years in which the national tests of year 9 were cancelled: a gap that is legal, not missing data.
CANCELLED_TEST_YEARS = (2020, 2021)

_HOLIDAYS = (
    (date(2025, 10, 27), date(2025, 10, 31)),  # autumn break
    (date(2025, 12, 22), date(2026, 1, 8)),  # Christmas
    (date(2026, 2, 16), date(2026, 2, 20)),  # winter sports break
    (date(2026, 4, 2), date(2026, 4, 10)),  # Easter, with Good Friday and Easter Monday
    (date(2026, 5, 1), date(2026, 5, 1)),  # May Day
    (date(2026, 5, 14), date(2026, 5, 15)),  # Ascension Day and the day after
)
_STAFF_DAYS = (date(2025, 9, 26), date(2025, 10, 24), date(2025, 11, 17), date(2026, 1, 9), date(2026, 3, 13))


def is_school_day(day: date) -> bool:
    """Whether lessons are held on that day."""
    if not FIRST_DAY <= day <= LAST_DAY or day.weekday() > 4 or day in _STAFF_DAYS:
        return False
    return not any(first <= day <= last for first, last in _HOLIDAYS)


def school_days(first: date = FIRST_DAY, last: date = LAST_DAY) -> list[date]:
    """The school days from `first` up to and including `last`."""
    span = (last - first).days + 1
    return [day for day in (first + timedelta(n) for n in range(span)) if is_school_day(day)]


def next_school_day(day: date) -> date | None:
    """The first school day after `day`; none when the school year is over."""
    following = school_days(day + timedelta(1))
    return following[0] if following else None


def school_days_before(day: date, count: int) -> list[date]:
    """The last `count` school days before `day`, oldest first."""
    return school_days(FIRST_DAY, day - timedelta(1))[-count:]
