from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dia_assets.gates import words
from dia_assets.identity.numbers import luhn_digit


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        words.teach(made, date(2026, 6, 4))
        yield made


def says(connection: duckdb.DuckDBPyConnection, expression: str, *values: object) -> object:
    return connection.execute(f"select {expression}", list(values)).fetchone()[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("201201019807", True),
        ("20120101-9807", True),
        ("1201019807", True),
        ("120101+9807", True),
        ("20121130TF10", True),
        (" 20120101-9807 ", True),
        ("2.01201E+11", False),
        ("20120101", False),
    ],
)
def test_an_identity_number_is_known_by_its_form(
    connection: duckdb.DuckDBPyConnection, number: str, is_one: bool
) -> None:
    assert says(connection, "is_identity_number(?)", number) is is_one


@given(serial=st.integers(980, 999), day=st.integers(1, 28), last=st.integers(0, 9))
def test_a_check_digit_is_right_exactly_when_it_follows_from_the_others(
    connection: duckdb.DuckDBPyConnection, serial: int, day: int, last: int
) -> None:
    nine = f"1201{day:02}{serial}"
    right = luhn_digit(nine) == last
    for written in (f"20{nine}{last}", f"{nine[:6]}-{nine[6:]}{last}", f"20{nine[:6]}-{nine[6:]}{last}"):
        assert says(connection, "has_right_check_digit(?)", written) is right


def test_a_temporary_number_has_no_check_digit_to_be_wrong(connection: duckdb.DuckDBPyConnection) -> None:
    assert says(connection, "has_right_check_digit('20121130TF10')") is True


def test_codes_are_compared_without_case_blanks_and_empty_values(connection: duckdb.DuckDBPyConnection) -> None:
    assert says(connection, "all_known(['a', ' B ', '', null], ['A', 'B'])") is True
    assert says(connection, "all_known(['A', 'IG'], ['A', 'B'])") is False
    assert says(connection, "is_known(null, ['A'])") is True
    assert says(connection, "is_known('a', ['A'])") is False


def test_the_day_of_the_run_is_known(connection: duckdb.DuckDBPyConnection) -> None:
    assert says(connection, "run_date()") == date(2026, 6, 4)
