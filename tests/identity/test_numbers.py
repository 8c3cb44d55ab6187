"""Person numbers are read by their own rules and never repaired by guess."""

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dia_assets.identity.numbers import install, luhn_digit, parse, parsed_sql

TODAY = date(2026, 6, 4)


@pytest.mark.parametrize("written", ["201201019807", "20120101-9807", "1201019807", "120101-9807", " 201201019807 "])
def test_every_way_of_writing_a_number_gives_the_same_normal_form(written: str) -> None:
    assert parse(written, TODAY).normal == "201201019807"
    assert parse(written, TODAY).identifies


def test_a_coordination_number_has_sixty_added_to_its_day() -> None:
    number = parse("701063-2391", TODAY)  # the Swedish Tax Agency's own example
    assert (number.kind, number.normal) == ("samordningsnummer", "197010632391")


def test_a_plus_sign_puts_the_birth_a_century_back() -> None:
    assert parse("120101+9807", TODAY).normal == "191201019807"


@pytest.mark.parametrize("written", ["20130101TF01", "20130101-TF10", "130101T123"])
def test_a_temporary_number_identifies_nobody_on_its_own(written: str) -> None:
    assert parse(written, TODAY).kind in ("temporary", "reserve")
    assert not parse(written, TODAY).identifies


@pytest.mark.parametrize(
    "written", ["200112240129", "20120230-9807", "2.01201E+11", "", "12010198", "skyddad", "20121301-9807"]
)
def test_what_is_no_number_is_not_made_one(written: str) -> None:
    assert parse(written, TODAY).kind == "invalid"
    assert parse(written, TODAY).normal is None


def test_a_made_up_persons_number_identifies_nobody() -> None:
    assert parse("19121212-1212", TODAY).kind == "dummy"


def test_the_check_digit_is_the_tax_agencys() -> None:
    assert luhn_digit("640823323") == 4


@given(st.dates(date(1930, 1, 1), TODAY), st.integers(980, 999))
def test_a_right_number_is_read_and_one_wrong_digit_is_seen(born: date, series: int) -> None:
    nine = f"{born:%y%m%d}{series}"
    right = f"{born:%Y%m%d}{series}{luhn_digit(nine)}"
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert parse(right, TODAY).identifies
    assert parse(wrong, TODAY).kind == "invalid"


NUMBERISH = st.text(alphabet="0123456789-+ TFRPaé٠", max_size=14)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.one_of(
            NUMBERISH,
            st.from_regex(
                r"(18|19|20)?[0-9]{6}[-+]?([0-9]{4}|TF[0-9]{2}|[A-Z][0-9]{3}|[0-9]E[0-9]{2})", fullmatch=True
            ),
            st.dates(date(1890, 1, 1), TODAY).map(lambda day: f"{day:%Y%m%d}980{luhn_digit(f'{day:%y%m%d}980')}"),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_a_million_numbers_are_read_as_one_is(written: list[str]) -> None:
    with duckdb.connect() as connection:
        install(connection)
        connection.execute("create table numbers (value varchar)")
        connection.executemany("insert into numbers values (?)", [[text] for text in written])
        found = connection.execute(parsed_sql("value", "numbers", TODAY)).fetchall()
    assert {value: (kind, normal) for value, kind, normal in found} == {
        text: (parse(text, TODAY).kind, parse(text, TODAY).normal) for text in written
    }
