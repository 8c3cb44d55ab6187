"""Decisions on special support: as many as in the country, by grade year and sex, and only what has been decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dia_assets.contracts import load_contracts
from dia_assets.settings import PROJECT
from dia_assets.synthetic.support import (
    BOYS_TO_GIRLS,
    COURSE,
    FILE,
    FROM,
    GROUP,
    HEADER,
    KIND,
    NUMBER,
    PROGRAMME,
    PROGRAMME_SHARES,
    TO,
    UNIT,
    write_support,
)
from dia_assets.synthetic.truth import Truth
from dia_assets.synthetic.world import CANARY_COMMENT, Pupil
from synthetic.reading import text_of
from tests import costly

DAY = "2025-10-15"
Row = list[str]


def rows_in(folder: Path) -> list[Row]:
    header, *lines = text_of(folder / FILE).splitlines()
    assert header == HEADER
    return [line.split(";") for line in lines]


def holds(row: Row, day: str = DAY) -> bool:
    return row[FROM] <= day and (not row[TO] or day <= row[TO])


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Pupil, set[str]]]:
    """Every pupil of grundskolan's years 1–9 in four large municipalities, and what the pupil had on 15 October."""
    found: list[tuple[Pupil, set[str]]] = []
    for seed in range(1, 5):
        world, folder = costly.enkoping(seed), tmp_path_factory.mktemp("support")
        with costly.uncounted():
            write_support(world, folder, Truth())
        had: dict[str, set[str]] = {}
        for row in rows_in(folder):
            if holds(row):
                had.setdefault(row[NUMBER].replace("-", ""), set()).add(row[KIND])
        pupils = [p for p in world.current_pupils() if p.form == "GR" and 1 <= (p.grade_year or 0) <= 9]
        found += [(pupil, had.get(pupil.number, set())) for pupil in pupils if not pupil.is_protected]
    return found


def share(group: Sequence[tuple[Pupil, set[str]]], form: str) -> float:
    return sum(form in had for _, had in group) / len(group)


@pytest.mark.parametrize("grade_year", range(1, 10))
def test_the_share_with_an_action_programme_follows_the_grade_year(
    sample: list[tuple[Pupil, set[str]]], grade_year: int
) -> None:
    group = [item for item in sample if item[0].grade_year == grade_year]
    assert len(group) > 2_300
    # Two and a half standard deviations of the sample, and what moves and defects take away.
    assert -0.016 < share(group, PROGRAMME) - PROGRAMME_SHARES[grade_year - 1] / 100 < 0.013


def test_boys_have_one_six_tenths_more_often_than_girls(sample: list[tuple[Pupil, set[str]]]) -> None:
    girls, boys = ([item for item in sample if item[0].sex == sex] for sex in ("K", "M"))
    assert BOYS_TO_GIRLS - 0.2 < share(boys, PROGRAMME) / share(girls, PROGRAMME) < BOYS_TO_GIRLS + 0.2


def test_adapted_study_courses_and_special_groups_are_as_common_as_in_the_country(
    sample: list[tuple[Pupil, set[str]]],
) -> None:
    assert 0.012 < share(sample, COURSE) < 0.016
    assert 0.011 < share(sample, GROUP) < 0.015


def test_those_who_find_school_hard_have_support_more_often(sample: list[tuple[Pupil, set[str]]]) -> None:
    ability = sorted(pupil.theta for pupil, _ in sample)
    low, high = ability[len(ability) // 4], ability[3 * len(ability) // 4]
    lowest, highest = [i for i in sample if i[0].theta < low], [i for i in sample if i[0].theta > high]
    assert share(lowest, PROGRAMME) > 4 * share(highest, PROGRAMME)


def test_extra_adaptations_are_not_recorded_and_every_form_is_one_that_contract_and_code_list_know() -> None:
    contract = load_contracts()["elevstod.support_decision"]
    (column,) = [column for column in contract.columns if column.name == "support_type"]
    listed = (PROJECT / "dbt_project" / "seeds" / "ref_support_type.csv").read_text("utf-8").splitlines()[1:]
    assert set(column.values) == {line.split(",")[0] for line in listed}
    assert not any("anpassning" in value for value in column.values)


def test_only_a_planted_row_has_no_decision_or_a_form_that_nobody_knows(tiny: Path, tiny_truth: dict[str, Any]) -> None:
    rows = rows_in(tiny / "extracts" / "elevstod")
    known = {column.name: column for column in load_contracts()["elevstod.support_decision"].columns}
    bad = {
        "support_type_unknown": {n for n, row in enumerate(rows, 1) if row[KIND] not in known["support_type"].values},
        "support_ends_before_it_begins": {n for n, row in enumerate(rows, 1) if row[TO] and row[TO] < row[FROM]},
        "support_without_decision": {n for n, row in enumerate(rows, 1) if not row[6]},
        "support_unit_without_zeros": {n for n, row in enumerate(rows, 1) if len(row[UNIT]) < 8},
        "number_with_hyphen": {n for n, row in enumerate(rows, 1) if "-" in row[NUMBER]},
    }
    planted = {e["defect"]: set(e["rows"]) for e in tiny_truth["defects"] if e["file"] == FILE}
    assert all(planted.values())
    assert {name: planted[name] for name in bad} == bad
    assert set(planted) - set(bad) == {"number_wrong_check_digit", "support_without_programme"}


def test_support_lasts_while_the_pupil_is_at_the_unit(tmp_path: Path) -> None:
    world, truth = costly.enkoping(), Truth()
    write_support(world, tmp_path, truth)
    planted = {row for entry in truth.defects() for row in entry["rows"]}
    last_day: dict[tuple[str, str], str] = {}
    for span in world.spans:
        place = (world.pupils[span.pupil].number, world.units[world.classes[span.class_index].unit].code)
        last_day[place] = max(last_day.get(place, ""), span.last.isoformat() if span.last else "9999")
    ended = 0
    for number, row in enumerate(rows_in(tmp_path), 1):
        if row[FROM] >= "2025-08-18" and number not in planted:
            last = last_day[row[NUMBER], row[UNIT]]
            assert (row[TO] or "9999") <= last
            ended += row[TO] == last
    assert ended > 5


def test_protected_pupils_are_in_the_file_with_the_canary_in_the_free_text(
    tiny: Path, tiny_truth: dict[str, Any]
) -> None:
    rows = rows_in(tiny / "extracts" / "elevstod")
    protected = {entry["person_number"] for entry in tiny_truth["protected"]}
    about = [row for row in rows if row[NUMBER] in protected]
    assert len({row[NUMBER] for row in about}) >= 3
    assert all(CANARY_COMMENT in row[-1] for row in about)
