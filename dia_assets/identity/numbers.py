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


def parse_dossier(text: str) -> PersonNumber:
    """Read a dossier number; it is told from other numbers by its column alone, and never says who it is by itself."""
    digits = text.replace(" ", "")
    return PersonNumber("dossier", digits) if DOSSIER.fullmatch(digits) else PersonNumber("invalid", None)


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


_DIGIT = "(n // {power}) % 10"
_SINGLE = " + ".join(_DIGIT.format(power=10**power) for power in (7, 5, 3, 1))
_DOUBLED = " + ".join(
    f"2 * ({digit}) - 9 * (({digit}) > 4)::integer" for digit in (_DIGIT.format(power=10**p) for p in (8, 6, 4, 2, 0))
)
# The same rules as `parse`, as scalar macros. `number_text` is the number without spaces, in capitals.
NUMBER_MACROS = (
    "create or replace temporary macro number_text(t) as upper(replace(t, ' ', ''))",
    "create or replace temporary macro luhn_of(n) as (10 - (" + _SINGLE + " + " + _DOUBLED + ") % 10) % 10",
    """create or replace temporary macro number_normal(t, year_now) as case
        when not regexp_full_match(t, '(18|19|20)?[0-9]{6}[-+]?[0-9A-Z]{4}') then null
        when length(replace(replace(t, '-', ''), '+', '')) = 12 then replace(replace(t, '-', ''), '+', '')
        else (year_now // 100 - (t[:2]::integer > year_now % 100)::integer - contains(t, '+')::integer)::varchar
            || replace(replace(t, '-', ''), '+', '') end""",
    """create or replace temporary macro number_is_dated(n) as try_cast(n[:4] || '-' || n[5:6] || '-' ||
        lpad((n[7:8]::integer - 60 * (n[7:8]::integer > 60)::integer)::varchar, 2, '0') as date) is not null""",
    """create or replace temporary macro number_kind(n) as case
        when n is null or not coalesce(number_is_dated(n), false) then 'invalid'
        when regexp_full_match(n[9:], 'TF[0-9]{2}') then 'temporary'
        when regexp_full_match(n[9:], '[A-Z]{2}[0-9]{2}|[A-Z][0-9]{3}') then 'reserve'
        when not regexp_full_match(n[9:], '[0-9]{4}') or n[9:11] = '000' then 'invalid'
        when luhn_of(try_cast(n[3:11] as bigint)) <> try_cast(n[12:] as integer) then 'invalid'
        when n in (select number from dummy_number) then 'dummy'
        when n[7:8]::integer > 60 then 'samordningsnummer'
        else 'personnummer' end""",
)


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros, and the temporary table `dummy_number` that they look in, in a connection."""
    connection.execute("create or replace temporary table dummy_number (number varchar)")
    connection.executemany("insert into dummy_number values (?)", [[number] for number in sorted(dummies())])
    for macro in NUMBER_MACROS:
        connection.execute(macro)


def parsed_sql(column: str, relation: str, today: date) -> str:
    """A select of `value`, `kind` and `normal` (NULL when invalid) of the distinct numbers in a column."""
    return (
        f"select value, kind, case when kind <> 'invalid' then normal end as normal from (select value, normal,"
        f" number_kind(normal) as kind from (select value, number_normal(number_text(value), {today.year}) as normal"
        f" from (select distinct {column} as value from {relation} where {column} is not null)))"
    )
