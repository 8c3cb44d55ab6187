"""Swedish person numbers: parse, validate, normalise. Never repairs a number by guess, never keeps one.

Sources: Skatteverket (personnummer, samordningsnummer: day + 60, check digit by Luhn over the nine digits before it);
SCB (TF numbers: birth date + TFnn, no check digit, not unique between schools); Migrationsverket (dossier numbers: 7 or
8 digits). `parse` reads one number; `NUMBER_MACROS` says the same in DuckDB's SQL for many, and a test compares them.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

import duckdb
from personnummer.personnummer import Personnummer, PersonnummerException

from dia_assets.settings import PROJECT

Kind = Literal["personnummer", "samordningsnummer", "temporary", "reserve", "dossier", "dummy", "invalid"]

REAL: tuple[Kind, ...] = ("personnummer", "samordningsnummer")
DUMMY_SEED = PROJECT / "dbt_project" / "seeds" / "ref_dummy_number.csv"
PATTERN = re.compile(
    r"(?P<century>18|19|20)?(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?P<sign>[-+]?)(?P<last>[0-9A-Z]{4})"
)
TEMPORARY = re.compile(r"TF[0-9]{2}")
RESERVE = re.compile(r"[A-Z]{2}[0-9]{2}|[A-Z][0-9]{3}")
DOSSIER = re.compile(r"[0-9]{7,8}")


@dataclass(frozen=True)
class PersonNumber:
    """A number as written, read: its kind and, where it is one, its 12-character normal form."""

    kind: Kind
    normal: str | None

    @property
    def identifies(self) -> bool:
        """Whether the number alone says who it is: a real number with a right check digit."""
        return self.kind in REAL


@lru_cache
def dummies() -> frozenset[str]:
    """Numbers that systems use for made-up people: they stand for nobody, so they may never join two rows (a seed)."""
    with DUMMY_SEED.open(encoding="utf-8", newline="") as file:
        return frozenset(row["person_number"] for row in csv.DictReader(file))


def luhn_digit(nine: str) -> int:
    """The check digit of the nine digits YYMMDDNNN (weights 2, 1, 2, …)."""
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(nine))
    return -total % 10


def parse(text: str, today: date) -> PersonNumber:
    """Read a number as written: 10 or 12 characters, with or without sign.

    A 10-digit number gets the latest century in which the person is born; `+` puts it a century back.
    """
    match = PATTERN.fullmatch(text.replace(" ", "").upper())
    if not match:
        return PersonNumber("invalid", None)
    year, month, day, last = match["year"], match["month"], match["day"], match["last"]
    century = match["century"] or _century(int(year), match["sign"], today)
    normal = f"{century}{year}{month}{day}{last}"
    coordination = int(day) > 60
    if not _is_date(int(century + year), int(month), int(day) - 60 * coordination):
        return PersonNumber("invalid", None)
    if RESERVE.fullmatch(last):
        return PersonNumber("temporary" if TEMPORARY.fullmatch(last) else "reserve", normal)
    if not last.isdigit() or not _is_right(normal):
        return PersonNumber("invalid", None)
    if normal in dummies():
        return PersonNumber("dummy", normal)
    return PersonNumber("samordningsnummer" if coordination else "personnummer", normal)


def _century(year: int, sign: str, today: date) -> str:
    century = today.year // 100
    if year > today.year % 100:
        century -= 1
    return str(century - (sign == "+"))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_right(twelve: str) -> bool:
    """Whether the check digit is right and the serial is one that is given out, by the library for such numbers."""
    try:
        Personnummer(twelve)
    except PersonnummerException:
        return False
    return True


def _luhn_sql(number: str) -> str:
    """SQL for the check digit of a whole number of nine digits."""
    digits = {power: f"({number} // {10**power}) % 10" for power in range(9)}
    total = [f"({digits[power]})" for power in (7, 5, 3, 1)]
    total += [f"2 * ({digits[power]}) - 9 * ({digits[power]} > 4)::integer" for power in (8, 6, 4, 2, 0)]
    return f"(10 - ({' + '.join(total)}) % 10) % 10"


# The same rules as `parse`, as scalar macros that count with whole numbers where they can: a million in a second.
NUMBER_MACROS = (
    "create or replace temporary macro luhn_of(n) as " + _luhn_sql("n"),
    """create or replace temporary macro number_normal(t, year_now) as case
        when regexp_full_match(t, '(18|19|20)[0-9]{10}') then t
        when not regexp_full_match(upper(replace(t, ' ', '')), '(18|19|20)?[0-9]{6}[-+]?[0-9A-Z]{4}') then null
        else number_completed(upper(replace(t, ' ', '')), year_now) end""",
    """create or replace temporary macro number_completed(t, year_now) as case
        when length(replace(replace(t, '-', ''), '+', '')) = 12 then replace(replace(t, '-', ''), '+', '')
        else (year_now // 100 - (t[:2]::integer > year_now % 100)::integer - contains(t, '+')::integer)::varchar
            || replace(replace(t, '-', ''), '+', '') end""",
    """create or replace temporary macro is_date_of(y, m, d) as m between 1 and 12 and (d between 1 and 28
        or (d in (29, 30) and m <> 2) or (d = 31 and m in (1, 3, 5, 7, 8, 10, 12))
        or (d = 29 and y % 4 = 0 and (y % 100 <> 0 or y % 400 = 0)))""",
    """create or replace temporary macro number_is_dated(ymd) as
        is_date_of(ymd // 10000, ymd // 100 % 100, ymd % 100 - 60 * (ymd % 100 > 60)::integer)""",
    """create or replace temporary macro number_kind(n, digits, check_digit) as case
        when n is null or not number_is_dated(left(n, 8)::integer) then 'invalid'
        when digits is null then case
            when regexp_full_match(n[9:], 'TF[0-9]{2}') then 'temporary'
            when regexp_full_match(n[9:], '[A-Z]{2}[0-9]{2}|[A-Z][0-9]{3}') then 'reserve' else 'invalid' end
        when digits // 10 % 1000 = 0 or check_digit <> digits % 10 then 'invalid'
        when n in (select number from dummy_number) then 'dummy'
        when digits // 10000 % 100 > 60 then 'samordningsnummer'
        else 'personnummer' end""",
)


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros, and the temporary table `dummy_number` that they look in, in a connection."""
    connection.execute("create or replace temporary table dummy_number (number varchar)")
    connection.executemany("insert into dummy_number values (?)", [[number] for number in sorted(dummies())])
    for macro in sorted(NUMBER_MACROS, key=lambda text: "number_normal" in text):  # it is made of another
        connection.execute(macro)


def parsed_sql(column: str, relation: str, today: date) -> str:
    """A select of `value`, `kind` and `normal` (NULL when invalid) of the distinct numbers in a column."""
    return read_sql("value", f"(select distinct {column} as value from {relation} where {column} is not null)", today)


def read_sql(column: str, relation: str, today: date) -> str:
    """A select of the relation's columns, and `kind` and `normal` (NULL when invalid) of the number in one of them."""
    return (
        "select * exclude (read), case when kind <> 'invalid' then read end as normal from ("
        f"select * exclude (digits, right_digit),"
        f" case when {column} is not null then number_kind(read, digits, right_digit) end as kind from ("
        "select *, luhn_of(digits // 10 % 1000000000) as right_digit from ("
        "select *, case when regexp_full_match(read, '[0-9]{12}') then read::bigint end as digits"
        f" from (select *, number_normal({column}, {today.year}) as read from {relation}))))"
    )
