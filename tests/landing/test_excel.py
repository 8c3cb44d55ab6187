"""Workbooks by contract: what a cell becomes, what Excel's damage leads to, and what is no workbook at all."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time

import pytest
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dia_assets.contracts import Format, Load
from dia_assets.landing import damage

from .support import Landing, column, contract

STAFF = contract(
    [
        column("unit", "Enhet", required=True, pattern=r"\d{8}", repair="leading_zeros", aliases=("Skolenhetskod",)),
        column("number", "Personnr", role="person_identifier", identifier="person_number"),
        column("group", "Grupp"),
        column("from_date", "Från", "date"),
        column("starts", "Börjar", "time"),
        column("share", "Procent", "decimal"),
        column("licensed", "Legitimation", "boolean"),
    ],
    r"staff(_\d+)?\.xlsx?",
    Format(kind="excel", header_row="find", decimal=","),
    Load(mode="full", key=("unit", "number")),
)
HEADING = ["Enhet", "Personnr", "Grupp", "Från", "Börjar", "Procent", "Legitimation"]
GOOD = ["00000001", "201001012384", "3A", date(2026, 8, 17), time(8, 20), 87.5, True]
ACCEPTED = ("00000001", "201001012384", "3A", "2026-08-17", "08:20", "87,5", "ja")


def xlsx(rows: Sequence[Sequence[object]], *, date_1904: bool = False, sheet: str = "Blad1") -> bytes:
    """A workbook with rows as they are; a date cell gets a date format, as Excel does."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "date_1904": date_1904})
    page = book.add_worksheet(sheet)
    formats = {kind: book.add_format({"num_format": text}) for kind, text in
               ((date, "yyyy-mm-dd"), (datetime, "yyyy-mm-dd hh:mm"), (time, "hh:mm"))}  # fmt: skip
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(y, x, cell)
            elif cell is not None:
                page.write(y, x, cell, formats.get(type(cell)))
    book.close()
    return target.getvalue()


def xls(rows: Sequence[Sequence[object]]) -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("Blad1")
    as_date = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            page.write(y, x, cell, as_date) if isinstance(cell, date) else page.write(y, x, cell)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def kept(landing: Landing, content: bytes, name: str = "staff.xlsx") -> list[tuple[str | None, ...]]:
    landing.take_in(STAFF, name, content)
    return [tuple(row[c.name] for c in STAFF.stored_columns) for row in landing.rows(STAFF)]


def damaged(landing: Landing, *cells: object) -> list[str]:
    """The rules that set aside a row whose first cells are these (the rest as in a good row), among good ones."""
    row = [*cells, *GOOD[len(cells) :]]
    landing.take_in(STAFF, "staff.xlsx", xlsx([HEADING, GOOD, row, GOOD]))
    assert len(landing.rows(STAFF)) + len(landing.quarantined(STAFF)) == 3, "rows in = rows kept + rows set aside"
    return [bad["rule"] for bad in landing.quarantined(STAFF)]


def test_cells_become_the_text_that_the_contract_reads(landing: Landing) -> None:
    assert kept(landing, xlsx([HEADING, GOOD])) == [ACCEPTED]


def test_an_old_workbook_is_read_like_a_new_one(landing: Landing) -> None:
    old = ["00000001", "201001012384", "3A", date(2026, 8, 17), "08:20", 87.5, "ja"]
    assert kept(landing, xls([HEADING, old]), "staff.xls") == [ACCEPTED]


def test_the_heading_is_found_below_a_title_and_rows_have_the_sheets_numbers(landing: Landing) -> None:
    landing.take_in(STAFF, "staff.xlsx", xlsx([["Personal"], [None], ["Utskriven", date(2026, 6, 4)], HEADING, GOOD]))
    assert [row["_row"] for row in landing.rows(STAFF)] == [5]


def test_lost_leading_zeros_are_put_back_where_the_width_is_fixed_and_that_is_told(landing: Landing) -> None:
    _, candidate = landing.read(STAFF, "staff.xlsx", xlsx([HEADING, [1, *GOOD[1:]], GOOD]))
    assert {row["unit"] for row in landing.candidate_rows(candidate)} == {"00000001"}
    assert any("nollor" in text and "1 rader" in text for text in candidate.warnings_sv)


def test_an_identity_number_that_excel_made_a_number_is_whole_or_set_aside(landing: Landing) -> None:
    assert damaged(landing, "00000001", 201001012384) == []


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        (["00000001", "2,01001E+11"], damage.SCIENTIFIC),
        (["00000001", 2010010123841234], damage.PRECISION),
        (["00000001", "201001012384", date(2026, 4, 3)], damage.MADE_A_DATE),
        (["00000001", "201001012384", "3A", 46251.5], damage.DATE_NUMBER),
        (["00000001", "201001012384", "3A", "46251"], damage.DATE_NUMBER),
        (["123456789"], "wrong_pattern"),
    ],
)
def test_what_cannot_be_repaired_in_one_way_is_set_aside(landing: Landing, cells: list[object], rule: str) -> None:
    assert damaged(landing, *cells) == [rule]


@pytest.mark.parametrize(("date_1904", "number"), [(False, 46251), (True, 44789)])
def test_a_date_without_its_format_is_counted_from_the_workbooks_own_first_day(
    landing: Landing, date_1904: bool, number: int
) -> None:
    row = [*GOOD[:3], number, *GOOD[4:]]
    assert kept(landing, xlsx([HEADING, row], date_1904=date_1904)) == [ACCEPTED]


def test_reasons_quote_no_value(landing: Landing) -> None:
    damaged(landing, "00000001", "2,01001E+11")
    assert all("2,01001" not in bad["reason_sv"] for bad in landing.quarantined(STAFF))


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"Enhet;Personnr\n1;2\n", "not_excel"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "not_excel"),
        (b"   \n", "empty_file"),
        (xlsx([HEADING, GOOD])[:400], "truncated"),
        (xlsx([HEADING]), "empty_file"),
        (xlsx([["Något", "annat"], ["helt", "och hållet"]]), "header_mismatch"),
    ],
)
def test_what_is_no_such_workbook_is_refused(landing: Landing, content: bytes, rule: str) -> None:
    assert landing.refusal(STAFF, "staff.xlsx", content).rule == rule


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(landing: Landing) -> None:
    content = xlsx([HEADING, *[GOOD] * 500])
    landing.settings = landing.settings.model_copy(update={"max_bytes": len(content)})
    assert landing.refusal(STAFF, "staff.xlsx", content).rule == "archive_too_large"


def test_the_sheet_is_chosen_by_its_name(landing: Landing) -> None:
    other = STAFF.model_copy(update={"format": STAFF.format.model_copy(update={"sheet": "Personal.*"})})
    refusal = landing.refusal(other, "staff_2.xlsx", xlsx([HEADING, GOOD, GOOD], sheet="Elever"))
    assert "1 blad" in refusal.reason_sv
    landing.take_in(other, "staff.xlsx", xlsx([HEADING, GOOD], sheet="Personal 2026"))
    assert len(landing.rows(other)) == 1


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 99_999_999), texts.filter(lambda text: text.strip() == text)), min_size=1))
def test_any_texts_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str]]
) -> None:
    from dia_assets.landing.excel import workbook_rows

    path = tmp_path_factory.mktemp("book") / "staff.xlsx"
    path.write_bytes(xlsx([(f"{number:08}", text) for number, text in rows]))
    read = [tuple(cells) for _, cells in workbook_rows(path, STAFF, 10**9)]
    assert read == [(f"{number:08}", text) for number, text in rows]
