"""Writes the staff system's workbook: who works where, with which licence, and qualified for what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import numpy as np
import xlsxwriter

from dia_assets.synthetic.presets import TODAY
from dia_assets.synthetic.truth import CHECK, REPAIR, Truth
from dia_assets.synthetic.world import CANARY_STRING, Duty, World

FILE = f"personal_{TODAY.isoformat()}.xlsx"
SHEET = "Tjänster"
HEADER = (
    "Anställningsnummer", "Personnummer", "Namn", "Skyddade personuppgifter", "Skolenhetskod", "Befattning", "Ämne",
    "Sysselsättningsgrad", "Anställningsform", "Från", "Till", "Legitimation", "Behörig",
    "Från årskurs", "Till årskurs",
)  # fmt: skip
NUMBER, UNIT, SUBJECT, PERCENT, LICENCE = 0, 4, 6, 7, 11
QUALIFIED_SHARE = 0.93
_SUBJECTS = {
    "lower": ("SV", "MA", "EN", "NO", "SO"),
    "upper": ("SV", "MA", "EN", "BI", "FY", "KE", "GE", "HI", "RE", "SH", "BL", "IDH", "MU", "SL", "TK", "HKK"),
}
_NEEDS_NO_LICENCE = "ML"  # mother-tongue teaching
Row = list[str | int | date]


def write_staff(world: World, folder: Path, truth: Truth) -> None:
    """Write the workbook from the register's posts, with defects, and note them."""
    rows = _rows(world)
    if not rows:
        return
    _add_dirt(world, rows, truth)
    folder.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(folder / FILE)) as book:
        # Excel notes when a workbook was made: a fixed moment, so that the same seed gives the same bytes.
        book.set_properties({"created": datetime(TODAY.year, TODAY.month, TODAY.day)})
        sheet, day = book.add_worksheet(SHEET), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER)
        for y, row in enumerate(rows, start=1):
            for x, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(y, x, datetime(cell.year, cell.month, cell.day), day)
                elif isinstance(cell, int):
                    sheet.write_number(y, x, cell)
                elif cell:
                    sheet.write_string(y, x, cell)


def _rows(world: World) -> list[Row]:
    rng = world.rng("staff-extract")
    canary = next((duty.adult for duty in world.duties if world.adults[duty.adult].marking), -1)
    rows: list[Row] = []
    for duty in world.duties:
        adult = world.adults[duty.adult]
        name = f"{adult.given_name} {CANARY_STRING if duty.adult == canary else adult.family_name}"
        unit = world.units[duty.unit].code if duty.unit >= 0 else ""
        head: Row = [f"A{duty.adult:06d}", adult.number or "", name, adult.marking or "", unit, duty.role]
        start = date(2026 - int(rng.integers(1, 25)), 8, 1)
        permanent = rng.random() < 0.88
        until: date | str = "" if permanent else date(2026, 6, 30)
        post: Row = [duty.percent, "Tillsvidare" if permanent else "Visstid", start, until]
        rows += [[*head, subject, *post, *own] for subject, own in _teaching(world, duty, rng)]
    return rows


def _teaching(world: World, duty: Duty, rng: np.random.Generator) -> list[tuple[str, Row]]:
    """Subjects taught with licence, qualification and grade years; one empty subject for a post without teaching."""
    if duty.role != "Lärare":
        return [("", ["Nej", "", "", ""])]
    spec = world.units[duty.unit]
    lower = spec.first_year < 4 and (spec.last_year < 7 or rng.random() < 0.5)
    years: Row = (
        [max(spec.first_year, 1), min(spec.last_year, 6)] if lower else [max(spec.first_year, 4), spec.last_year]
    )
    if rng.random() < 0.02:
        return [(_NEEDS_NO_LICENCE, ["Undantag", "Nej", *years])]
    qualified = rng.random() < QUALIFIED_SHARE
    licensed = qualified or rng.random() < 0.3
    pool = _SUBJECTS["lower" if lower else "upper"]
    subjects = [pool[int(place)] for place in rng.permutation(len(pool))[: int(rng.integers(1, 4))]]
    taught = []
    for number, subject in enumerate(subjects):
        may = qualified and (number == 0 or rng.random() < 0.9)
        taught.append((subject, ["Ja" if licensed else "Nej", "Ja" if may else "Nej", *years]))
    return taught


def _add_dirt(world: World, rows: list[Row], truth: Truth) -> None:
    """Lost zeros in the unit code, an unknown licence, teaching at 0 %, and posts that sum to more than full time."""
    rng = world.rng("dirt-staff")
    protected = {f"A{n:06d}" for n, adult in enumerate(world.adults) if adult.marking}
    employees = sorted({str(row[NUMBER]) for row in rows if row[SUBJECT]} - protected)
    order = [employees[int(place)] for place in rng.permutation(len(employees))]
    count = max(1, round(0.004 * world.preset.dirt_factor * len(employees)))
    doubled, idle, unknown, shortened = (order[n * count : (n + 1) * count] for n in range(4))
    for employee in doubled:
        own = next(row for row in rows if row[NUMBER] == employee)
        own[PERCENT] = 100
        for row in [row for row in rows if row[NUMBER] == employee and row[UNIT] == own[UNIT]]:
            row[PERCENT] = 100
        extra: Row = [*own[:5], "Fritidspedagog", "", 50, *own[8:11], "Nej", "", "", ""]
        rows.append(extra)
    _change(rows, idle, PERCENT, 0)
    _change(rows, unknown, LICENCE, "Ansökt")
    for row in rows:
        if row[NUMBER] in shortened and row[UNIT]:
            row[UNIT] = int(str(row[UNIT]))
    _note(rows, "staff_teaching_at_zero", CHECK, PERCENT, lambda row: row[PERCENT] == 0 and bool(row[SUBJECT]), truth)
    _note(rows, "staff_licence_unknown", CHECK, LICENCE, lambda row: row[LICENCE] == "Ansökt", truth)
    _note(rows, "staff_unit_without_zeros", REPAIR, UNIT, lambda row: isinstance(row[UNIT], int), truth)
    above = _above_full_time(rows)
    _note(rows, "staff_above_full_time", CHECK, PERCENT, lambda row: row[NUMBER] in above, truth)


def _change(rows: list[Row], employees: list[str], column: int, value: str | int) -> None:
    for row in rows:
        if row[NUMBER] in employees and row[SUBJECT]:
            row[column] = value


def _above_full_time(rows: list[Row]) -> set[str]:
    """Employees whose posts sum to more than full time; a post stands on one row for each subject."""
    posts = {(str(row[NUMBER]), str(row[UNIT]), str(row[5]), int(str(row[PERCENT]))) for row in rows}
    total: dict[str, int] = {}
    for employee, _, _, percent in posts:
        total[employee] = total.get(employee, 0) + percent
    return {employee for employee, percent in total.items() if percent > 100}


def _note(rows: list[Row], defect: str, expected: str, column: int, has: Callable[[Row], bool], truth: Truth) -> None:
    """Note the rows, counted as the sheet does: the heading is row 1."""
    truth.add(FILE, defect, expected, HEADER[column], [n for n, row in enumerate(rows, start=2) if has(row)])
