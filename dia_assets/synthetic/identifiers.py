"""Identity numbers for made-up persons: only the test series 980–999, never a number that someone can have."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import numpy as np

_SERIALS = {"M": [n for n in range(980, 1000) if n % 2 == 1], "K": [n for n in range(980, 1000) if n % 2 == 0]}
_TEMPORARY = {"M": 10, "K": 20}


def check_digit(nine_digits: str) -> int:
    """The check digit of a Swedish identity number (Luhn over YYMMDDNNN, weights 2, 1, 2, …)."""
    products = [int(digit) * (2 - position % 2) for position, digit in enumerate(nine_digits)]
    return (10 - sum(product // 10 + product % 10 for product in products) % 10) % 10


def identity_number(birth_date: date, serial: int, coordination: bool = False) -> str:
    """A 12-character number in the test series; coordination numbers (samordningsnummer) add 60 to the day."""
    if not 980 <= serial <= 999:
        raise ValueError("the serial is outside the test series 980–999")
    day = birth_date.day + (60 if coordination else 0)
    stem = f"{birth_date:%Y%m}{day:02d}{serial}"
    return f"{stem}{check_digit(stem[2:])}"


class NumberSeries:
    """Hands out identity numbers so that no two persons get the same one."""

    def __init__(self) -> None:
        self._used: dict[tuple[date, str, str], int] = {}

    def take(self, birth_date: date, sex: str, kind: str = "personal") -> str | None:
        """A free number of the kind `personal`, `coordination` or `temporary`; sex is `K` or `M`.

        When the day's personal numbers are used up a coordination number is given, after that none.
        """
        used = self._used.get((birth_date, sex, kind), 0)
        self._used[birth_date, sex, kind] = used + 1
        if kind == "temporary":
            return f"{birth_date:%Y%m%d}TF{_TEMPORARY[sex] + used}" if used < 10 else None
        serials = _SERIALS[sex]
        if used < len(serials):
            return identity_number(birth_date, serials[used], kind == "coordination")
        return self.take(birth_date, sex, "coordination") if kind == "personal" else None

    def take_in_year(self, birth_date: date, sex: str, kind: str = "personal") -> tuple[date, str | None]:
        """A birth date and a free number of it: the day given or, where it has none left, the next of the year."""
        first = date(birth_date.year, 1, 1)
        days = (date(birth_date.year + 1, 1, 1) - first).days
        for later in range(days):
            day = first + timedelta(((birth_date - first).days + later) % days)
            if number := self.take(day, sex, kind):
                return day, number
        return birth_date, None


def random_uuid(rng: np.random.Generator) -> str:
    """A version 4 UUID drawn from the generator, so that it follows from the seed."""
    return str(uuid.UUID(bytes=rng.bytes(16), version=4))
