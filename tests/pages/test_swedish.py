"""Numbers, dates and lists as Swedish readers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dia_assets.pages import swedish


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1049.5, 1, "1\u00a0049,5"),
        (121.25, 1, "121,3"),
        (-0.25, 1, "\u22120,3"),
        (7_012_345, 0, "7\u00a0012\u00a0345"),
        (0.04, 1, "0,0"),
        (None, 1, ""),
    ],
)
def test_numbers_have_decimal_comma_and_hard_spaces_and_round_half_away_from_zero(
    value: float | None, decimals: int, text: str
) -> None:
    assert swedish.number(value, decimals) == text


def test_percent_sign_stands_after_a_hard_space() -> None:
    assert swedish.percent(63.6) == "63,6\u00a0%"


def test_dates_and_times_are_swedish_time_in_words() -> None:
    assert swedish.day(date(2026, 6, 4)) == "4\u00a0juni 2026"
    assert swedish.moment(datetime(2026, 6, 3, 22, 30, tzinfo=UTC)) == "4\u00a0juni 2026 kl.\u00a000.30"
    assert swedish.day(None) == swedish.moment(None) == ""


def test_a_month_gets_its_name_and_a_school_year_stays() -> None:
    assert swedish.period("2026-03") == "mars 2026"
    assert swedish.short_period("2026-03") == "mar\u00a026"
    assert swedish.period("2025/26") == swedish.short_period("2025/26") == "2025/26"


def test_names_are_sorted_with_a_ring_a_umlaut_and_o_umlaut_last() -> None:
    names = ["Östra skolan", "Ängsskolan", "Zetterbergs skola", "Åsskolan", "björkskolan", "Éricskolan", "Fridhem"]
    expected = ["björkskolan", "Éricskolan", "Fridhem", "Zetterbergs skola", "Åsskolan", "Ängsskolan", "Östra skolan"]
    assert sorted(names, key=swedish.sort_key) == expected


def test_counts_and_sizes_are_said_as_people_say_them() -> None:
    assert swedish.days(1) == "1\u00a0dag"
    assert swedish.days(12) == "12\u00a0dagar"
    assert swedish.size(1_200_000) == "1,2\u00a0MB"
    assert swedish.size(300) == "1\u00a0kB"
