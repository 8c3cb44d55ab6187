"""Lesson attendance: believable shares, days that can be made again, and defects where the truth file says."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dia_assets.synthetic.attendance import BLANK, AttendanceMaker
from dia_assets.synthetic.attendance_dirt import DEFECTS
from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS
from dia_assets.synthetic.school_calendar import school_days
from dia_assets.synthetic.world import Span
from synthetic.reading import rows_of, text_of
from tests import costly

DAY = date(2025, 10, 7)


@pytest.fixture(scope="module")
def maker() -> AttendanceMaker:
    return AttendanceMaker(costly.enkoping())


def test_a_day_in_enkoping_has_about_40_000_rows(maker: AttendanceMaker) -> None:
    assert 38_000 <= len(maker.day(DAY)) <= 42_000


def test_minutes_add_up_before_any_defect(maker: AttendanceMaker) -> None:
    rows = maker.day(DAY)
    known = rows.present < BLANK
    assert (rows.present + rows.valid + rows.invalid == rows.scheduled)[known].all()
    assert (rows.recorded[~known] == 0).all()


def test_absence_rises_with_age_and_is_higher_in_february(maker: AttendanceMaker) -> None:
    grade_year = np.array([pupil.grade_year or 0 for pupil in maker.world.pupils])

    def absence(day: date, lowest: int, highest: int) -> float:
        rows = maker.day(day)
        chosen = (rows.recorded == 1) & (grade_year[rows.pupil] >= lowest) & (grade_year[rows.pupil] <= highest)
        return float((rows.valid + rows.invalid)[chosen].sum() / rows.scheduled[chosen].sum())

    days = [date(2025, 10, 7), date(2025, 10, 8), date(2025, 10, 9)]
    low, nine, upper = (np.mean([absence(day, *span) for day in days]) for span in ((1, 3), (9, 9), (10, 12)))
    assert 0.04 < low < 0.07
    assert low < nine < 0.13
    assert 0.09 < upper < 0.13
    assert absence(date(2026, 2, 10), 0, 12) > 1.15 * absence(date(2025, 10, 7), 0, 12)


def test_one_unit_leaves_a_quarter_of_its_lessons_unrecorded(maker: AttendanceMaker) -> None:
    days = [maker.day(date(2025, 10, number)) for number in (6, 7, 8, 9, 10)]
    unit = np.concatenate([rows.unit for rows in days])
    recorded = np.concatenate([rows.recorded for rows in days])
    shares = 1 - np.bincount(unit, recorded) / np.bincount(unit)
    assert shares[4] == pytest.approx(0.25, abs=0.06)
    assert np.median(shares) < 0.08


def test_the_planted_unit_has_rising_invalid_absence(maker: AttendanceMaker) -> None:
    def invalid_share(day: date) -> float:
        rows = maker.day(day)
        chosen = (rows.unit == 18) & (rows.recorded == 1)
        return float(rows.invalid[chosen].sum() / (rows.valid + rows.invalid)[chosen].sum())

    september = np.mean([invalid_share(date(2025, 9, day)) for day in (8, 9, 10, 11)])
    march = np.mean([invalid_share(date(2026, 3, day)) for day in (9, 10, 11, 12)])
    assert march > september + 0.2


def test_a_long_absence_is_every_lesson_of_its_school_days_and_of_one_kind(maker: AttendanceMaker) -> None:
    world, absences = maker.world, maker.absence.long_absences
    lengths = {
        kind: [len(school_days(a.first, a.last)) for a in absences if a.is_valid == kind] for kind in (True, False)
    }
    assert set(lengths[False]) == {25} and 5 <= len(lengths[False]) <= 20
    assert min(lengths[True]) >= 10 and max(lengths[True]) <= 20 and 60 <= len(lengths[True]) <= 120
    assert len({absence.pupil for absence in absences}) == len(absences)
    for absence in [next(a for a in absences if a.is_valid == kind) for kind in (True, False)]:
        for day in school_days(absence.first, absence.last):
            rows = maker.day(day)
            own = rows.take((rows.pupil == absence.pupil) & (rows.recorded == 1))
            assert ((own.valid if absence.is_valid else own.invalid) == own.scheduled).all(), world.preset.name


def test_a_day_can_be_made_again_after_a_pupil_has_moved() -> None:
    world = build_world(PRESETS["tiny"], 1)
    before = AttendanceMaker(world).day(DAY)
    world.spans.append(Span(world.spans[0].pupil, world.spans[-1].class_index, date(2026, 6, 4)))
    after = AttendanceMaker(world).day(DAY)
    assert (before.present == after.present).all()
    assert (before.comment == after.comment).all()


def test_every_defect_in_the_truth_file_is_in_the_files(tiny: Path, tiny_truth: dict[str, Any]) -> None:
    looks = {
        "minutes_do_not_add_up": lambda r: _number(r[7]) != sum(_number(cell) for cell in r[8:11]),
        "zero_minutes": lambda r: r[7] == "0",
        "number_with_hyphen": lambda r: r[1][8] == "-",
        "number_ten_digits": lambda r: len(r[1]) == 10,
        "number_wrong_check_digit": lambda r: len(r[1]) == 12,
        "class_label_drift": lambda r: r[2] != r[2].upper() or r[2].startswith("0") or "gamla" in r[2],
        "text_in_minutes": lambda r: r[8] == "hela",
        "missing_number": lambda r: r[1] == "",
        "missing_lesson_id": lambda r: r[6] == "",
        "too_few_fields": lambda r: len(r) == 7,
        "too_many_fields": lambda r: len(r) == 15,
        "double_registered_identical": lambda r: len(r) == 13,
        "double_registered_differing": lambda r: len(r) == 13,
    }
    assert set(looks) == set(DEFECTS)
    files = {file.name: rows_of(file) for file in (tiny / "extracts" / "narvaro").iterdir()}
    found = set()
    for defect in tiny_truth["defects"]:
        if defect["file"] in files:
            found.add(defect["defect"])
            assert all(looks[defect["defect"]](files[defect["file"]][row - 1]) for row in defect["rows"])
    assert found == set(DEFECTS)


def test_a_double_registration_repeats_a_key_of_the_same_file(tiny: Path, tiny_truth: dict[str, Any]) -> None:
    defect = next(d for d in tiny_truth["defects"] if d["defect"] == "double_registered_differing")
    rows = rows_of(tiny / "extracts" / "narvaro" / defect["file"])
    keys = [(row[0], row[1].replace("-", "")[-10:], row[6]) for row in rows if len(row) == 13]
    for number in defect["rows"]:
        row = rows[number - 1]
        assert keys.count((row[0], row[1].replace("-", "")[-10:], row[6])) == 2


def test_closed_months_come_whole_and_the_open_month_day_by_day(tiny: Path) -> None:
    names = sorted(file.name for file in (tiny / "extracts" / "narvaro").iterdir())
    periods = ("2026-03", "2026-04", "2026-05", "2026-06-01", "2026-06-02", "2026-06-03")
    assert names == [f"lektionsnarvaro_{period}.csv" for period in periods]


def test_months_come_in_two_encodings_and_with_decimal_commas(tiny: Path) -> None:
    folder = tiny / "extracts" / "narvaro"
    assert "Närvarominuter" in (folder / "lektionsnarvaro_2026-04.csv").read_bytes().decode("utf-8")
    assert "Närvarominuter" in (folder / "lektionsnarvaro_2026-05.csv").read_bytes().decode("cp1252")
    assert ";42,5;" in text_of(folder / "lektionsnarvaro_2026-05.csv")


def _number(cell: str) -> float:
    return float(cell.replace(",", ".")) if cell else 0.0
