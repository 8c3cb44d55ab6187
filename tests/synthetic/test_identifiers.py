"""Identity numbers are valid, unique and in the test series."""

from __future__ import annotations

from datetime import date

import pytest

from dia_assets.synthetic.identifiers import NumberSeries, check_digit, identity_number

BIRTH = date(2012, 1, 1)


def test_the_check_digit_is_that_of_the_published_examples() -> None:
    assert identity_number(BIRTH, 980) == "201201019807"
    assert check_digit("640823323") == 4
    assert check_digit("701063239") == 1


def test_a_serial_outside_the_test_series_is_refused() -> None:
    with pytest.raises(ValueError, match="980–999"):
        identity_number(BIRTH, 123)


def test_the_next_to_last_digit_tells_the_sex() -> None:
    numbers = NumberSeries()
    assert int(numbers.take(BIRTH, "M")[10]) % 2 == 1
    assert int(numbers.take(BIRTH, "K")[10]) % 2 == 0


def test_when_a_day_is_used_up_coordination_numbers_follow_and_then_none() -> None:
    numbers = NumberSeries()
    taken = [numbers.take(BIRTH, "M") for _ in range(21)]
    assert len(set(taken[:20])) == 20
    assert all(number[6:8] == "01" for number in taken[:10])
    assert all(number[6:8] == "61" for number in taken[10:20])
    assert taken[20] is None


def test_who_finds_no_number_left_was_born_on_the_next_day_of_the_year_that_has_one() -> None:
    numbers = NumberSeries()
    last = date(2012, 12, 31)
    taken = [numbers.take_in_year(last, "K") for _ in range(25)]
    assert [day for day, _ in taken] == [last] * 20 + [date(2012, 1, 1)] * 5
    assert len({number for _, number in taken}) == 25
    assert all(number and number.startswith(f"{day:%Y%m}") for day, number in taken)


def test_temporary_numbers_tell_the_sex_and_differ() -> None:
    numbers = NumberSeries()
    assert [numbers.take(BIRTH, "M", "temporary") for _ in range(2)] == ["20120101TF10", "20120101TF11"]
    assert numbers.take(BIRTH, "K", "temporary") == "20120101TF20"
