"""SCB's tables of the made-up municipality: what the world's pupils are, whole units only, small ones withheld."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from dia_assets.synthetic.background import FACTORS_HEADER, FEWEST, INDEX_HEADER, write_background
from dia_assets.synthetic.truth import Truth
from dia_assets.synthetic.world import World
from synthetic.reading import text_of
from tests import costly


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Truth, Path]:
    folder, truth = tmp_path_factory.mktemp("background"), Truth()
    world = costly.enkoping()
    write_background(world, folder, truth)
    return world, truth, folder


def rows_of(file: Path, header: str) -> list[dict[str, Any]]:
    heading, *lines = text_of(file).splitlines()
    assert heading == header
    rows = [line.split(";") for line in lines]
    assert "".join(rows[-2]) == "" and "SCB" in rows[-1][0], "a line without content, then the source"
    return [dict(zip(heading.split(";"), row, strict=True)) for row in rows[:-2]]


def number(text: str) -> float:
    return float(text.replace(",", "."))


def test_factors_are_those_of_the_pupils_who_left_and_the_municipality_is_as_the_country(
    made: tuple[World, Truth, Path],
) -> None:
    world, _, folder = made
    means = []
    for spring_year in world.preset.spring_years:
        for row in rows_of(folder / f"bakgrund_ak9_{spring_year}.csv", FACTORS_HEADER):
            pupils, education, boys, newly, known = (row[name] for name in FACTORS_HEADER.split(";")[2:])
            if education == "..":
                assert int(pupils) < FEWEST
                assert {boys, newly, known} == {".."}
                continue
            assert 1 <= number(education) <= 3
            assert 25 < number(boys) < 75
            assert 0 <= number(newly) < 35
            assert number(known) > 75
            means.append((int(pupils), number(education)))
    pupils_in_all = sum(pupils for pupils, _ in means)
    assert 2.1 < sum(pupils * education for pupils, education in means) / pupils_in_all < 2.45


def test_small_units_are_withheld_and_one_code_has_lost_its_zeros(made: tuple[World, Truth, Path]) -> None:
    world, truth, folder = made
    (last, *_) = reversed(rows_of(folder / "bakgrund_ak9_2025.csv", FACTORS_HEADER))
    assert not last["Skolenhetskod"].startswith("0")
    assert last["Antal elever"] == "9"
    expected = {(entry["defect"], entry["file"]) for entry in truth.defects()}
    assert ("unit_code_without_zeros", "bakgrund_ak9_2025.csv") in expected
    assert ("marked_value", "bakgrund_ak9_2025.csv") in expected
    assert len(expected) == 2 * len(world.preset.spring_years)


def test_the_index_is_higher_where_parents_have_less_education(made: tuple[World, Truth, Path]) -> None:
    world, _, folder = made
    rows = rows_of(folder / "socioekonomiskt_index_2026.csv", INDEX_HEADER)
    index = {row["Skolenhetskod"]: number(row["Socioekonomiskt index"]) for row in rows}
    assert 30 < min(index.values()) < 100 < max(index.values()) < 300
    education = {
        unit.code: fmean(
            pupil.education
            for pupil in world.current_pupils()
            if pupil.form in ("GR", "FKLASS") and 0 <= pupil.unit_in(pupil.grade_year or 0) == place
        )
        for place, unit in enumerate(world.units)
        if unit.code in index
    }
    strong = sorted(education, key=education.__getitem__)
    third = len(strong) // 3
    assert fmean(index[code] for code in strong[:third]) > 1.2 * fmean(index[code] for code in strong[-third:])
    assert "Lindens" not in " ".join(row["Skolenhet"] for row in rows), "an independent school is not in the allocation"
