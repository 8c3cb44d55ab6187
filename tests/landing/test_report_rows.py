"""Reports: headings before the table, break rows that set the class, repeated headings and footers."""

from __future__ import annotations

import pytest

from dia_assets.contracts import Format, Load

from .support import Landing, column, contract
from .test_excel import xls

ABSENCE = contract(
    [
        column("school", None, break_group="school"),
        column("class_label", None, break_group="class_label", required=True),
        column("number", "Personnr", required=True),
        column("minutes", "Undv.tid", "decimal", thousands=True, aliases=("Undervisningstid",)),
        column("share", "Frånvaro %", "decimal"),
    ],
    r"absence_\d+\.(xls|txt)",
    Format(
        kind="excel",
        header_row="find",
        break_rows=r"(Skola: (?P<school>.+)|Klass: (?P<class_label>\S+).*)",
        skip_rows=r"(Summa.*|Sida \d+)",
        decimal=",",
    ),
    Load(mode="full", key=("number",)),
)
HEADING = ["Personnr", "Undv.tid", "Frånvaro %"]
REPORT = [
    ["Frånvarorapport"],
    ["Utskriven 2026-06-04"],
    ["Skola: Åkerängsskolan"],
    HEADING,
    ["Klass: 7A"],
    ["201001012384", "1\u00a0049,5", "12,5"],
    ["201001022380", "980", "0,0"],
    ["Summa", "2 029,5"],
    HEADING,
    ["Klass: 7B (gamla 6B)"],
    [],
    ["201001032389", "1 001", "3,25"],
    ["Sida 1"],
]


def test_break_rows_say_what_holds_for_the_rows_after_them(landing: Landing) -> None:
    landing.take_in(ABSENCE, "absence_1.xls", xls(REPORT))
    assert [(r["_row"], r["class_label"], r["number"]) for r in landing.rows(ABSENCE)] == [
        (6, "7A", "201001012384"), (7, "7A", "201001022380"), (12, "7B", "201001032389"),
    ]  # fmt: skip


def test_what_holds_until_the_next_break_row_is_not_forgotten_by_another_kind_of_break_row(landing: Landing) -> None:
    landing.take_in(ABSENCE, "absence_1.xls", xls(REPORT))
    assert {row["school"] for row in landing.rows(ABSENCE)} == {"Åkerängsskolan"}


def test_rows_that_are_no_records_are_counted_and_told(landing: Landing) -> None:
    _, candidate = landing.read(ABSENCE, "absence_1.xls", xls(REPORT))
    assert candidate.rows_read == 3
    assert any("9 rader är rubriker" in text for text in candidate.warnings_sv)


def test_the_same_report_as_text_is_read_the_same(landing: Landing) -> None:
    form = ABSENCE.format.model_copy(update={"kind": "delimited", "delimiter": "\t", "encodings": ("utf-8", "cp1252")})
    dataset = ABSENCE.model_copy(update={"format": form})
    text = "\r\n".join("\t".join(row) for row in REPORT).encode("cp1252")
    landing.take_in(dataset, "absence_1.txt", text)
    assert [(r["class_label"], r["minutes"]) for r in landing.rows(dataset)] == [
        ("7A", "1\u00a0049,5"), ("7A", "980"), ("7B", "1 001"),
    ]  # fmt: skip


def test_a_record_before_any_break_row_is_set_aside_and_not_given_a_class_by_guess(landing: Landing) -> None:
    rows = [HEADING, ["201001012384", "1", "0"], ["Klass: 7A"], ["201001022380", "2", "0"]]
    landing.take_in(ABSENCE, "absence_1.xls", xls(rows))
    assert [bad["rule"] for bad in landing.quarantined(ABSENCE)] == ["missing_required"]


def test_a_row_with_more_cells_than_the_heading_is_set_aside(landing: Landing) -> None:
    rows = [HEADING, ["Klass: 7A"], ["201001012384", "1", "0", "5"], ["201001022380", "2", "0"]]
    landing.take_in(ABSENCE, "absence_1.xls", xls(rows))
    assert [bad["rule"] for bad in landing.quarantined(ABSENCE)] == ["field_count"]


def test_a_renamed_heading_is_refused_with_what_to_write_in_the_contract(landing: Landing) -> None:
    rows = [["Personnummer", *HEADING[1:]], ["Klass: 7A"], ["201001012384", "1", "0"]]
    refusal = landing.refusal(ABSENCE, "absence_1.xls", xls(rows))
    assert "”Personnr” saknas" in refusal.reason_sv
    assert "aliases: ['Personnummer']" in refusal.remedy_sv


@pytest.mark.parametrize("name", ["Undervisningstid", "undv.tid", "Undv.\u00adtid"])
def test_an_alias_other_case_or_a_soft_hyphen_is_the_same_column(landing: Landing, name: str) -> None:
    rows = [["Personnr", name, "Frånvaro %"], ["Klass: 7A"], ["201001012384", "60", "0"]]
    landing.take_in(ABSENCE, "absence_1.xls", xls(rows))
    assert [row["minutes"] for row in landing.rows(ABSENCE)] == ["60"]
