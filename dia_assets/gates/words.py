"""SQL words for rules about deliveries: `is_identity_number(…)` and the like (expectations/README.md lists them).

Each is a DuckDB macro in the gate's own in-memory database. Rules about master and marts use plain SQL.
"""

from __future__ import annotations

from datetime import date

import duckdb

_DIGITS = "right(replace(replace(replace(trim(number), '-', ''), '+', ''), ' ', ''), 10)"
# As arithmetic on the whole number, which is faster than to take its characters one by one: a doubled digit adds 2d,
# and one more where 2d has two digits (2d - 9 is 2d + 1, modulo 10).
_PLAIN = " + ".join(f"ten // {10**place} % 10" for place in (0, 2, 4, 6, 8))
_DOUBLED = " + ".join(f"2 * (ten // {10**place} % 10) + ten // {5 * 10**place} % 2" for place in (1, 3, 5, 7, 9))

MACROS = (
    f"create macro passes_luhn(ten) as ({_PLAIN} + {_DOUBLED}) % 10 = 0",
    # Written as a personal, coordination or temporary (TF) number: 10 or 12 characters, with or without a sign.
    r"create macro is_identity_number(number) as regexp_full_match(upper(trim(number)), "
    r"'([0-9]{2})?[0-9]{6}[-+]?([0-9]{4}|[A-Z]{2}[0-9]{2}|[A-Z][0-9]{3})')",
    # False for a personal or coordination number whose last digit does not follow from the others.
    f"create macro has_right_check_digit(number) as coalesce(passes_luhn(try_cast({_DIGITS} as bigint)), true)"
    f" or not regexp_full_match({_DIGITS}, '[0-9]{{10}}')",
    # Whether each of some values is one of the codes; case, blanks around it and empty values do not matter.
    "create macro all_known(given, codes) as list_has_all(codes, list_transform("
    "list_filter(given, lambda value: trim(value) <> ''), lambda value: upper(trim(value))))",
    # Whether a value is one of the codes, exactly; an empty value is.
    "create macro is_known(given, codes) as given is null or list_contains(codes, given)",
)


def teach(connection: duckdb.DuckDBPyConnection, today: date) -> None:
    """Make the words known to a connection; `run_date()` is the day of the run."""
    for macro in MACROS:
        connection.execute(macro)
    connection.execute(f"create macro run_date() as date '{today:%Y-%m-%d}'")
