"""What spreadsheet programs do to values, and what may be undone: lost zeros, 2,01E+11, dates for numbers and back.

A value is repaired only where there is one value it can have been; everything else is a damage that puts the row in
quarantine with a reason. Identity numbers are never repaired. A cell arrives as the workbook has it and leaves as the
text that raw keeps.
"""

from __future__ import annotations

import math
import unicodedata
from datetime import date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from dia_assets.contracts import Column

SCIENTIFIC, DATE_NUMBER, MADE_A_DATE, PRECISION = (
    "excel_scientific",
    "excel_date_number",
    "excel_date",
    "excel_precision",
)
REASONS_SV = {
    SCIENTIFIC: "har skrivits om av Excel till tiopotens (som 2,01E+11) och har mist siffror. Formatera kolumnen som "
    "text i källan och exportera på nytt.",
    DATE_NUMBER: "är ett datum som Excel har gjort till ett löpnummer. Exportera datumen som ÅÅÅÅ-MM-DD.",
    MADE_A_DATE: "är en text som Excel har gjort till ett datum. Formatera kolumnen som text i källan och exportera på "
    "nytt.",
    PRECISION: "är ett tal med fler siffror än Excel klarar, så att de sista är fel. Formatera kolumnen som text.",
}
# A text that can only have been a number in a spreadsheet; DuckDB's regular expressions know the same words.
SCIENTIFIC_TEXT = r"[+-]?\d([.,]\d+)?[eE]\+?\d+"
DATE_NUMBER_TEXT = r"[2-7]\d{4}([.,]\d+)?"
EXACT = 10**15  # a double holds whole numbers exactly up to 15 digits
FIRST_DAY_1900, FIRST_DAY_1904 = date(1899, 12, 30), date(1904, 1, 1)
EARLIEST, LATEST = 20_000, 80_000  # 1954 to 2119, counted from 1900
Cell = str | float | int | bool | date | datetime | time | timedelta | None


class Damaged(Exception):
    """A cell that cannot be what it was; `rule` says how it was damaged."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def cell_text(cell: Cell, column: Column, first_day: date | None) -> str | None:
    """A workbook's cell as text by the column's type; `first_day` is the day 0 of the workbook, None if not known.

    Raises `Damaged`.
    """
    match cell:
        case None | "":
            return None
        case str():
            return unicodedata.normalize("NFC", cell)
        case bool():
            return "ja" if cell else "nej"
        case datetime() | date():
            return _moment(cell, column)
        case time():
            return cell.isoformat("minutes" if cell.second == 0 else "seconds")
        case timedelta():
            return (datetime.min + cell).time().isoformat("minutes")
        case _:
            return _number(float(cell), column, first_day)


def _moment(cell: date, column: Column) -> str:
    if column.type not in ("date", "timestamp", "time"):
        raise Damaged(MADE_A_DATE)
    if not isinstance(cell, datetime):
        return cell.isoformat()
    is_day = column.type == "date" and cell.time() == time()
    return cell.date().isoformat() if is_day else cell.isoformat(" ")


def _number(cell: float, column: Column, first_day: date | None) -> str:
    if column.type in ("date", "timestamp"):
        if first_day is None or not EARLIEST <= cell < LATEST or cell != math.floor(cell):
            raise Damaged(DATE_NUMBER)
        return (first_day + timedelta(days=int(cell))).isoformat()
    if column.type == "time" and 0 <= cell < 1:
        return (datetime.min + timedelta(minutes=round(cell * 24 * 60))).time().isoformat("minutes")
    if cell == math.floor(cell):
        if abs(cell) >= EXACT:
            raise Damaged(PRECISION)
        return str(int(cell))
    return repr(cell).replace(".", column.decimal_mark)


def repaired(column: Column, values: pa.DictionaryArray) -> tuple[pa.DictionaryArray, int]:
    """The column with lost leading zeros put back, and in how many rows; only by a contract that says `repair`."""
    if column.repair is None:
        return values, 0
    width = int((column.pattern or "").removeprefix(r"\d{").removesuffix("}"))
    dictionary = pc.utf8_trim_whitespace(values.dictionary)
    short = pc.match_substring_regex(dictionary, rf"^\d{{1,{width - 1}}}$")
    if not pc.any(short).as_py():
        return values, 0
    padded = pc.if_else(short, pc.utf8_lpad(dictionary, width, "0"), values.dictionary)
    rows = pc.sum(pc.cast(pc.take(short, values.indices), pa.int64())).as_py() or 0
    return pa.DictionaryArray.from_arrays(values.indices, padded), rows


def repaired_sv(column: Column, rows: int) -> str:
    """What is told of a repair."""
    name = column.source or column.name
    return f"Inledande nollor som Excel tagit bort har återställts i kolumnen ”{name}” ({rows} rader)."
