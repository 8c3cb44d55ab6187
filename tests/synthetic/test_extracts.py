"""The surveys, the staff workbook and the written assessments say what the municipality is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from dia_assets.synthetic.assessments import LEVELS
from dia_assets.synthetic.staff_extract import HEADER, write_staff
from dia_assets.synthetic.surveys import ANOMALY_SAFETY, write_surveys
from dia_assets.synthetic.truth import Truth
from synthetic.reading import text_of
from tests import costly


def staff_rows(folder: Path) -> list[dict[str, Any]]:
    (file,) = folder.glob("personal_*.xlsx")
    heading, *rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    assert tuple(heading) == HEADER
    return [dict(zip(HEADER, row, strict=True)) for row in rows]


def test_nine_of_ten_teachers_are_qualified_and_safety_falls_in_one_unit(tmp_path: Path) -> None:
    world, truth = costly.enkoping(), Truth()
    write_staff(world, tmp_path, truth)
    write_surveys(world, tmp_path, truth)
    teaching = [row for row in staff_rows(tmp_path) if row["Ämne"] and row["Legitimation"] != "Undantag"]
    everyone = {row["Anställningsnummer"] for row in teaching}
    qualified = {row["Anställningsnummer"] for row in teaching if row["Behörig"] == "Ja"}
    assert 0.90 < len(qualified) / len(everyone) < 0.96
    before, after = (entry for entry in truth.facts["anomalies"] if entry["anomaly"] == "survey_safety")
    assert before["unit"] == after["unit"] == ANOMALY_SAFETY
    assert before["value"] > 7.4
    assert after["value"] < 6.9


def test_the_protected_member_of_staff_is_marked_and_carries_the_canary(tiny: Path) -> None:
    marked = [row for row in staff_rows(tiny / "extracts" / "personal") if row["Skyddade personuppgifter"]]
    assert any("KANARIEFAGEL7Q" in row["Namn"] for row in marked)


def test_survey_answers_name_nobody(tiny: Path, tiny_truth: dict[str, Any]) -> None:
    numbers = {entry["person_number"] for entry in tiny_truth["protected"]}
    for file in (tiny / "extracts" / "enkat").iterdir():
        header, *rows = text_of(file).splitlines()
        assert "Personnummer" not in header
        assert rows
        assert not any(number in row for number in numbers for row in rows)


def test_written_assessments_are_of_the_years_without_grades_and_some_pupils_are_at_risk(tiny: Path) -> None:
    rows = [
        line.split(";") for line in text_of(tiny / "extracts" / "bedomning" / "omdomen_2026_vt.csv").splitlines()[1:]
    ]
    assert {row[3] for row in rows} == {"1", "2", "3", "4", "5"}
    levels = Counter(row[5] for row in rows)
    assert all(levels[level] for level in LEVELS)
    assert levels[LEVELS[0]] < levels[LEVELS[1]]
