"""The school year has the right number of days and no lessons on holidays."""

from __future__ import annotations

from datetime import date

from dia_assets.synthetic.school_calendar import (
    EPIPHANY,
    is_school_day,
    next_school_day,
    school_days,
    school_days_before,
)


def test_the_school_year_has_178_days() -> None:
    assert len(school_days()) == 178


def test_there_are_no_lessons_on_public_holidays_and_weekends() -> None:
    closed = [EPIPHANY, date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 14), date(2026, 6, 6)]
    assert not any(is_school_day(day) for day in closed)


def test_the_day_after_a_friday_is_monday() -> None:
    assert next_school_day(date(2026, 6, 5)) == date(2026, 6, 8)


def test_after_the_last_day_there_is_no_next_day() -> None:
    assert next_school_day(date(2026, 6, 16)) is None


def test_the_days_before_are_the_latest_ones_in_order() -> None:
    assert school_days_before(date(2026, 6, 4), 2) == [date(2026, 6, 2), date(2026, 6, 3)]
