"""The result files follow SCB's layouts, and their defects are where the truth file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dia_assets.synthetic import grading
from dia_assets.synthetic.municipality import _facts
from dia_assets.synthetic.scb import COLUMNS, write_results
from dia_assets.synthetic.truth import Truth
from synthetic.reading import rows_of
from tests import costly

CONTRACT = Path(__file__).parents[2] / "dbt_project" / "models" / "staging" / "scb" / "_scb__sources.yml"
_ENDS = (("språk", "_"), ("betyg", ""))
RAGGED = ("too_few_fields", "too_many_fields")
BROKEN = {
    "number_ten_digits": lambda cell: len(cell) == 10,
    "number_with_hyphen": lambda cell: "-" in cell,
    "number_wrong_check_digit": lambda cell: len(cell) == 12,
    "grade_lower_case": lambda cell: cell in "abcdef",
    "grade_trailing_space": lambda cell: cell.endswith(" "),
    "grade_unknown": lambda cell: cell == "IG",
    "grade_en_dash": lambda cell: cell == "–",
    "sv_and_sva": lambda cell: cell in "ABCDEF",
    "class_label_drift": lambda cell: len(cell) > 2,
    "missing_key": lambda cell: cell == "",
    "points_unknown": lambda cell: cell == "1O",
}


@pytest.fixture(scope="module")
def enkoping(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("scb")
    world = costly.enkoping()
    truth = Truth(_facts(world))
    with costly.uncounted():
        write_results(world, folder, truth)
    return folder, truth


def test_the_columns_are_the_contracts_columns_in_order() -> None:
    tables = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["sources"][0]["tables"]
    for table, kind in zip(tables, ("betyg_ak9", "betyg_ak6", "np_ak9", "np_ak3", "np_ak6"), strict=True):
        sources = [column["config"]["meta"]["dia"]["source"] for column in table["columns"]]
        named = [source for source in sources if isinstance(source, str)]
        assert len(named) == len(COLUMNS[kind])
        assert [_short(name) for name in named] == [name.upper() for name in COLUMNS[kind]]


def _short(name: str) -> str:
    """A column's name in SCB's description as the generator's own name for it."""
    languages = {f"{subject} ({part})": subject + end for subject in ("M1", "M2", "ML") for part, end in _ENDS}
    return (languages | {"Modm_anm": "ML_", "Modmalbe": "ML"}).get(name, name).upper()


def test_every_clean_row_has_as_many_fields_as_the_layout(enkoping: tuple[Path, Truth]) -> None:
    folder, truth = enkoping
    ragged = {(d["file"], row) for d in truth.defects() if d["defect"] in RAGGED for row in d["rows"]}
    for file in folder.iterdir():
        width = len(COLUMNS[file.name[: file.name.index("_", 6)]])
        for number, row in enumerate(rows_of(file), 1):
            assert (len(row) == width) != ((file.name, number) in ragged)


def test_there_are_five_springs_of_grades_and_no_tests_in_the_cancelled_year(tiny: Path) -> None:
    names = [file.name for file in (tiny / "extracts" / "scb").iterdir()]
    assert {name[10:14] for name in names if name.startswith("betyg_ak9")} == {str(y) for y in range(2021, 2026)}
    assert {name[7:11] for name in names if name.startswith("np_ak9")} == {str(y) for y in range(2022, 2026)}


def test_files_come_in_several_encodings(tiny: Path) -> None:
    starts = {file.read_bytes()[:3] == b"\xef\xbb\xbf" for file in (tiny / "extracts" / "scb").iterdir()}
    assert starts == {True, False}


def test_every_defect_in_the_truth_file_is_in_the_files(enkoping: tuple[Path, Truth]) -> None:
    folder, truth = enkoping
    seen = set()
    for defect in truth.defects():
        if defect["defect"] not in BROKEN:
            continue
        kind = defect["file"][: defect["file"].index("_", 6)]
        rows = rows_of(folder / defect["file"])
        for number in defect["rows"]:
            assert BROKEN[defect["defect"]](rows[number - 1][COLUMNS[kind].index(defect["column"])])
        seen.add(defect["defect"])
    assert seen == set(BROKEN)


def test_few_rows_of_a_file_are_unreadable(enkoping: tuple[Path, Truth]) -> None:
    folder, truth = enkoping
    for defect in truth.defects():
        if defect["expected"] == "quarantine":
            assert len(defect["rows"]) == 1
            assert len(rows_of(folder / defect["file"])) >= 45


def test_the_expected_merit_values_are_those_of_the_rows(tiny: Path, tiny_truth: dict[str, Any]) -> None:
    expected = tiny_truth["expected"]["merit17"]
    name = f"betyg_ak9_{expected['spring_year']}_{expected['unit']}.txt"
    touched = {row for d in tiny_truth["defects"] if d["file"] == name for row in d["rows"]}
    compared = 0
    for number, row in enumerate(rows_of(tiny / "extracts" / "scb" / name), 1):
        if number in touched or row[3] not in expected["pupils"]:
            continue
        cells = dict(zip(COLUMNS["betyg_ak9"], row, strict=True))
        language = grading.POINTS.get(cells.pop("M2"), 0.0)
        best = sorted((grading.POINTS.get(value, 0.0) for name, value in list(cells.items())[8:]), reverse=True)[:16]
        assert sum(best) + language == expected["pupils"][row[3]]
        compared += 1
    assert compared > 5


def test_who_is_in_year_9_was_in_year_6_three_springs_before(tiny: Path) -> None:
    folder = tiny / "extracts" / "scb"
    year6 = {row[3] for file in folder.glob("betyg_ak6_2022_*") for row in rows_of(file)}
    year9 = {row[3] for file in folder.glob("betyg_ak9_2025_*") for row in rows_of(file)}
    assert len(year6 & year9) > 0.6 * len(year9)


def test_the_planted_anomalies_are_in_the_figures(enkoping: tuple[Path, Truth]) -> None:
    found = {entry["anomaly"]: entry for entry in enkoping[1].facts["anomalies"]}
    assert 12 <= found["boys_ahead_in_theory"]["value"] < 15
    assert found["test_deviation_ma"]["value"] == pytest.approx(0.62, abs=0.01)
    assert set(found) == {"boys_ahead_in_theory", "test_deviation_ma", "merit_above_expected", "rising_invalid_absence"}


def test_a_protected_pupil_may_appear_with_a_temporary_number_and_no_mark(enkoping: tuple[Path, Truth]) -> None:
    hidden = [row for file in enkoping[0].glob("betyg*") for row in rows_of(file) if row[6:8] == ["SKYDDAD", "SKYDDAD"]]
    assert hidden
    assert all("TF" in row[3] for row in hidden)
