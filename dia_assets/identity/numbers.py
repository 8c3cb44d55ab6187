"""Swedish person numbers: parse, validate, normalise. Never repairs a number by guess, never keeps one.

Sources: Skatteverket (personnummer, samordningsnummer: day + 60, check digit by Luhn over the nine digits before it);
SCB (TF numbers: birth date + TFnn, no check digit, not unique between schools).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["personnummer", "samordningsnummer", "temporary", "dummy", "invalid"]

PATTERN = re.compile(r"(?P<century>\d{2})?(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})(?P<sign>[-+]?)(?P<last>\w{4})")
TEMPORARY = re.compile(r"[A-Z]{2}\d{2}|[A-Z]\d{3}")
# Numbers that systems use for made-up people; they stand for nobody, so they may never join two rows.
DUMMY = frozenset({"191212121212", "200001010107", "190001019802", "000000000000", "111111111111"})


@dataclass(frozen=True)
class PersonNumber:
    """A number as written, read: its kind and, where it is one, its 12-character normal form."""

    kind: Kind
    normal: str | None

    @property
    def identifies(self) -> bool:
        """Whether the number alone says who it is: a real number with a right check digit."""
        return self.kind in ("personnummer", "samordningsnummer")


def luhn_digit(nine: str) -> int:
    """The check digit of the nine digits YYMMDDNNN (weights 2, 1, 2, …)."""
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(nine))
    return -total % 10


def parse(text: str, today: date) -> PersonNumber:
    """Read a number as written: 10 or 12 characters, with or without sign.

    A 10-digit number gets the latest century in which the person is born; `+` puts it a century back.
    """
    match = PATTERN.fullmatch(text.strip().upper().replace(" ", ""))
    if not match:
        return PersonNumber("invalid", None)
    year, month, day, last = match["year"], match["month"], match["day"], match["last"]
    century = match["century"] or _century(int(year), match["sign"], today)
    normal = f"{century}{year}{month}{day}{last}"
    coordination = int(day) > 60
    if not _is_date(int(century + year), int(month), int(day) - 60 * coordination):
        return PersonNumber("invalid", None)
    if TEMPORARY.fullmatch(last):
        return PersonNumber("temporary", normal)
    if not last.isdigit() or luhn_digit(year + month + day + last[:3]) != int(last[3]):
        return PersonNumber("invalid", None)
    if normal in DUMMY:
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
