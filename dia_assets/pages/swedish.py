"""How numbers, dates, periods and lists are written for Swedish readers. Only text; storage keeps its own forms."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
MONTHS = (
    "januari februari mars april maj juni juli augusti september oktober november december".split()  # noqa: SIM905
)
LETTERS = {"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"}  # the characters after z


def number(value: float | int | None, decimals: int = 0) -> str:
    """`1049.5` → `1 049,5`: decimal comma, U+00A0 between thousands, half away from zero. No value gives ``."""
    if value is None:
        return ""
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(exact):,.{decimals}f}".replace(",", NO_BREAK_SPACE).replace(".", ",")
    return f"{MINUS}{text}" if exact < 0 else text


def percent(value: float | int | None, decimals: int = 1) -> str:
    """`63.6` → `63,6 %`."""
    return "" if value is None else f"{number(value, decimals)}{NO_BREAK_SPACE}%"


def size(count: int) -> str:
    """A file size in bytes as people say it: `1 200 000` → `1,2 MB`."""
    if count < 1_000_000:
        return f"{number(max(1, round(count / 1000)))}{NO_BREAK_SPACE}kB"
    return f"{number(count / 1_000_000, 1)}{NO_BREAK_SPACE}MB"


def day(value: date | datetime | None) -> str:
    """`4 juni 2026`; a time is first taken to Swedish time."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(STOCKHOLM).date()
    return f"{value.day}{NO_BREAK_SPACE}{MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime | None) -> str:
    """`4 juni 2026 kl. 02.00`, Swedish time."""
    if value is None:
        return ""
    local = value.astimezone(STOCKHOLM)
    return f"{day(value)} kl.{NO_BREAK_SPACE}{local:%H.%M}"


def period(value: str) -> str:
    """`2026-03` → `mars 2026`; a school year (`2024/25`) stays as it is."""
    year, dash, month = value.partition("-")
    if dash and month.isdigit() and 1 <= int(month) <= 12:
        return f"{MONTHS[int(month) - 1]} {year}"
    return value


def short_period(value: str) -> str:
    """A period where space is scarce: `2026-03` → `mar 26`."""
    year, dash, month = value.partition("-")
    if dash and month.isdigit() and 1 <= int(month) <= 12:
        return f"{MONTHS[int(month) - 1][:3]}{NO_BREAK_SPACE}{year[2:]}"
    return value


def days(count: int | None) -> str:
    """`1 dag`, `12 dagar`."""
    return "" if count is None else f"{number(count)}{NO_BREAK_SPACE}{'dag' if count == 1 else 'dagar'}"


def count_of(count: int, one: str, many: str) -> str:
    """`1 fil`, `3 filer`, `inga filer`."""
    return f"inga {many}" if count == 0 else f"{number(count)}{NO_BREAK_SPACE}{one if count == 1 else many}"


def sort_key(text: str) -> str:
    """Key for Swedish alphabetical order: å, ä, ö last, other accents as their plain letter, case ignored."""
    folded = unicodedata.normalize("NFC", text).casefold()
    plain = (LETTERS.get(c) or unicodedata.normalize("NFD", c)[0] for c in folded)
    return "".join(plain)
