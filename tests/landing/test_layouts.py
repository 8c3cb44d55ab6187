"""Files without header: their number of columns and the year of their name say which layout they are in."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.contracts.model import FileLayout
from dia_assets.errors import DeliveryRefused
from dia_assets.landing.header import layout_without_header
from dia_assets.landing.superseded import SUPERSEDED
from dia_assets.synthetic.identifiers import identity_number

from .support import YEARLY, Landing, contract

YEAR3 = load_contracts()["scb.national_test_year3"]
YEAR6 = load_contracts()["scb.national_test_year6"]
HEAD = f"Procapita;2026-06-24;14.0;{identity_number(date(2017, 3, 1), 998)};00000001"


def with_layouts(*layouts: FileLayout) -> DatasetContract:
    form = YEARLY.format.model_copy(update={"layouts": layouts})
    return contract(list(YEARLY.columns), YEARLY.files, form, YEARLY.load)


WITHOUT_GRADE = FileLayout(columns=2, without=("grade",))


def test_a_compact_file_of_year_3_has_each_value_in_its_column_and_nulls_where_it_has_none(landing: Landing) -> None:
    results, points = "1;1;1;0;1;1;88", "12;15;9;3;17;99"
    line = f"{HEAD};3A;{results};{points};3B;2;1;1;1;1;1;1;1;0;18;16\r\n"
    landing.take_in(YEAR3, "np_ak3_2026_00000001.txt", line)
    [row] = landing.rows(YEAR3)
    assert [row[f"ma_{part}_result"] for part in "abcdefg"] == results.split(";")
    assert [row[f"ma_{part}_points_code"] for part in "bcdefg"] == points.split(";")
    assert (row["sv_group"], row["sv_syllabus"], row["sv_h_result"], row["sv_c_points_code"]) == ("3B", "2", "0", "16")
    assert {row[f"ma_{part}_{kind}"] for part in ("g1", "g2") for kind in ("result", "points_code")} == {None}


def test_a_compact_file_of_year_6_has_each_value_in_its_column_and_nulls_where_it_has_none(landing: Landing) -> None:
    line = f"{HEAD};MA 6A;1;1;1;1;99;C;SV 6A;1;12;14;88;D;EN 6A;4;5;6;B\r\n"
    landing.take_in(YEAR6, "np_ak6_2026_00000001.txt", line)
    [row] = landing.rows(YEAR6)
    assert [row[f"sv_{part}_points_code"] for part in "abc"] == ["12", "14", "88"]
    assert (row["ma_e_participated"], row["ma_test_grade"], row["en_test_grade"]) == ("99", "C", "B")
    assert {row[f"{subject}_{part}_participated"] for subject in ("sv", "en") for part in "abc"} == {None}


def test_units_in_different_layouts_lie_beside_each_other_in_raw(landing: Landing) -> None:
    dataset = with_layouts(WITHOUT_GRADE)
    landing.take_in(dataset, "grades_2025_1.txt", "1;p1;A\n")
    landing.take_in(dataset, "grades_2025_2.txt", "2;p2\n")
    assert [(row["unit"], row["grade"]) for row in landing.rows(dataset)] == [("1", "A"), ("2", None)]


def test_most_of_the_first_lines_decide_and_the_others_are_set_aside(landing: Landing) -> None:
    dataset = with_layouts(WITHOUT_GRADE)
    lines = [f"1;p{number};A\n" for number in range(8)]
    landing.take_in(dataset, "grades_2025_1.txt", "".join(["1;cut\n", *lines]))
    assert len(landing.rows(dataset)) == 8
    [bad] = landing.quarantined(dataset)
    assert (bad["_row"], bad["rule"]) == (1, "field_count")


def test_an_unknown_number_of_columns_is_refused_with_those_that_are_known(landing: Landing) -> None:
    dataset = with_layouts(WITHOUT_GRADE.model_copy(update={"from_year": 2019, "to_year": 2021}))
    refusal = landing.refusal(dataset, "grades_2025_1.txt", "1;p1;A;x\n2;p2;A;x\n")
    assert refusal.rule == "header_mismatch"
    assert "har 4 kolumner, men ska ha 3 eller 2 (från 2019 till och med 2021)" in refusal.reason_sv


@pytest.mark.parametrize(
    ("years", "year", "is_taken"),
    [
        ((None, 2024), "2024", True),
        ((None, 2024), "2025", False),
        ((2024, None), "2024", True),
        ((2024, None), "2023", False),
        ((2024, 2025), "2025", True),
        ((2024, 2025), None, False),
        ((None, None), None, True),
    ],
)
def test_a_layout_counts_in_its_own_years_only(
    years: tuple[int | None, int | None], year: str | None, is_taken: bool
) -> None:
    dataset = with_layouts(FileLayout(columns=2, without=("grade",), from_year=years[0], to_year=years[1]))
    if is_taken:
        assert layout_without_header(dataset, ["1;p1"], year).columns == ("unit", "pupil")
    else:
        with pytest.raises(DeliveryRefused):
            layout_without_header(dataset, ["1;p1"], year)


@pytest.mark.parametrize(
    ("layout", "told"),
    [
        (FileLayout(columns=1, without=("grade",)), "another number"),
        (FileLayout(columns=2, without=("class",)), "do not exist"),
        (FileLayout(columns=2, without=("pupil",)), "required"),
    ],
)
def test_a_layout_that_cannot_be_is_an_error_in_the_contract(layout: FileLayout, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        with_layouts(layout)


def test_layouts_are_for_files_without_header() -> None:
    form = YEARLY.format.model_copy(update={"layouts": (WITHOUT_GRADE,), "header": True})
    with pytest.raises(ValidationError, match="without header"):
        contract(list(YEARLY.columns), YEARLY.files, form, YEARLY.load)


def test_the_delimiter_is_found_by_any_of_the_layouts(landing: Landing) -> None:
    form = YEARLY.format.model_copy(update={"layouts": (WITHOUT_GRADE,), "delimiter": "auto"})
    dataset = contract(list(YEARLY.columns), YEARLY.files, form, YEARLY.load)
    landing.take_in(dataset, "grades_2025_1.txt", "1\tp1\n1\tp2\n")
    assert [row["pupil"] for row in landing.rows(dataset)] == ["p1", "p2"]


def test_an_earlier_version_of_a_units_file_does_not_replace_a_later_one(landing: Landing) -> None:
    line = f"{HEAD};3A;1;1;1;1;1;1;1;12;15;9;3;17;12;3A;2;1;1;1;1;1;1;1;1;15;16\n"
    landing.take_in(YEAR3, "np_ak3_2026_00000001_v2.txt", line)
    with pytest.raises(DeliveryRefused) as refused:
        landing.read(YEAR3, "np_ak3_2026_00000001.txt", line.replace("12;15;9", "11;15;9"))
    assert refused.value.rule == SUPERSEDED
    landing.take_in(YEAR3, "np_ak3_2026_00000002.txt", line.replace("00000001", "00000002"))
    landing.take_in(YEAR3, "np_ak3_2026_00000001_v10.txt", line.replace("12;15;9", "13;15;9"))
    accepted = [delivery.file for delivery in landing.ledger.deliveries(YEAR3.key, "accepted")]
    assert accepted[-1] == "np_ak3_2026_00000001_v10.txt"
    assert len(accepted) == 3
