"""The absence report: a printed page with a row per class becomes rows that say their class, all the way to history."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlwt

from dia_assets.contracts import load_contracts
from dia_assets.synthetic.identifiers import identity_number

from .way import Way

REPORT = load_contracts()["narvaro.absence_report"]
PUPILS = [identity_number(date(2011, 3, day), 980 + day) for day in range(1, 5)]
HEADING = ["Namn", "Personnr", "Undv.tid", "Lekt", "N min", "GF min", "F min", "N %", "GF %", "F %"]
FEW = ["1\u00a0049,5", "24", "1\u00a0000", "49,5", "0", "95,3 %", "4,7 %", "0,0 %"]
MANY = ["12 980", "300", "12 000", "0", "980", "92,4\u00a0%", "0,0\u00a0%", "7,6\u00a0%"]


def page(*rows: list[str]) -> list[list[str]]:
    return [["Utskriven 2026-06-04"], [], ["Frånvarorapport"], [], HEADING, *rows]


def written(path: Path, rows: list[list[str]]) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Frånvaro")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            sheet.write(y, x, cell)
    book.save(str(path))
    return path


@pytest.fixture
def road(tmp_path: Path) -> Way:
    return Way(tmp_path / "data", [REPORT])


def classes(road: Way) -> list[tuple[object, ...]]:
    """Class, teaching minutes, invalid absence and its share, of every row in history."""
    names = [column.name for column in REPORT.columns]
    assert names[0] == "school_unit_code"
    return sorted((row[2], row[4], row[8], row[11]) for row in road.current("absence_report"))


def test_every_pupil_gets_the_class_of_the_row_above_and_numbers_are_numbers(road: Way, tmp_path: Path) -> None:
    rows = page(
        ["Klass: 7A"], ["Elev Ett", PUPILS[0], *FEW], ["Elev Två", PUPILS[1], *MANY], ["Summa", "", "14 029,5"],
        HEADING, ["Klass: 7B (16 elever)"], ["Elev Tre", PUPILS[2], *FEW], ["Sida 1 av 1"],
    )  # fmt: skip
    assert road.deliver(written(tmp_path / "franvarorapport_2026-05-31_00000001.xls", rows)) == {}
    road.write_history()
    assert classes(road) == [("7A", 1049.5, 0, 0), ("7A", 12980, 980, 7.6), ("7B", 1049.5, 0, 0)]
    assert (road.latest("absence_report").rows_read, road.latest("absence_report").rows_kept) == (3, 3)


def test_a_corrected_report_takes_the_place_of_the_one_it_corrects(road: Way, tmp_path: Path) -> None:
    first = page(["Klass: 7A"], ["Elev Ett", PUPILS[0], *FEW], ["Elev Två", PUPILS[1], *FEW])
    other = page(["Klass: 8A"], ["Elev Fyra", PUPILS[3], *FEW])
    corrected = page(["Klass: 7A"], ["Elev Ett", PUPILS[0], *MANY])
    road.deliver(
        written(tmp_path / "franvarorapport_2026-05-31_00000001.xls", first),
        written(tmp_path / "franvarorapport_2026-05-31_00000002.xls", other),
    )
    road.write_history()
    road.deliver(written(tmp_path / "franvarorapport_2026-05-31_00000001_rattelse.xls", corrected))
    road.write_history()
    assert classes(road) == [("7A", 12980, 980, 7.6), ("8A", 1049.5, 0, 0)]


def test_a_report_that_is_no_report_is_refused_by_what_it_lacks(road: Way, tmp_path: Path) -> None:
    file = written(tmp_path / "franvarorapport_2026-05-31_00000001.xls", [["Klass: 7A"], ["Elev Ett", PUPILS[0]]])
    assert list(road.deliver(file)) == ["absence_report"]
    assert PUPILS[0] not in (road.latest("absence_report").reason_sv or "")
