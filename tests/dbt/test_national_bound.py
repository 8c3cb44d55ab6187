"""Skolverket's file as it is shipped: the country's figures lie inside what those of every unit leave possible."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from dia_assets.settings import PROJECT
from tests.dbt.lake import Lake

FILE = PROJECT / "dia_assets" / "synthetic" / "data" / "skolverket_slutbetyg_ak9_skolenhet_2024-25.csv"
COLUMNS = (
    "school_name", "school_unit_code", "municipality_name", "municipality_code", "principal_type", "principal_name",
    "principal_number", "pupils", "all_subjects_share", "vocational_eligible_share", "average_merit_value",
)  # fmt: skip


def _published() -> list[dict[str, str]]:
    lines = list(csv.reader(FILE.read_text(encoding="utf-8-sig").splitlines()[6:], delimiter=";"))
    units = lines[: next(number for number, line in enumerate(lines) if not line[0])]
    return [dict(zip(COLUMNS, unit, strict=True), school_year="2024-25") for unit in units]


@pytest.fixture(scope="module")
def bounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    lake = Lake(Path(tmp_path_factory.mktemp("bounds")))
    lake.deliver("skolverket.final_grade_statistics", _published())
    lake.build(only=("fct_national_bound",))
    return {row["indicator_id"]: row for row in lake.query("select * from marts.fct_national_bound")}


def test_the_published_share_of_eligible_lies_inside_what_the_units_leave_possible(bounds: Any) -> None:
    row = bounds["IND-04.YP"]
    assert (row["units"], row["units_hidden"], row["published"]) == (1714, 517, 84.1)
    assert (row["lowest"], row["highest"]) == (82.52, 85.13)
    assert (row["lowest_of_any_weights"], row["highest_of_any_weights"]) == (80.21, 85.76)
    assert row["lowest"] < row["published"] < row["highest"]


@pytest.mark.parametrize(
    ("indicator", "nominal", "any_weights"),
    [("IND-03", (70.81, 72.9), (68.23, 73.81)), ("IND-02", (225.61, 230.11), (219.66, 235.08))],
)
def test_what_the_units_leave_possible_of_the_other_measures(
    bounds: Any, indicator: str, nominal: tuple[float, float], any_weights: tuple[float, float]
) -> None:
    row = bounds[indicator]
    assert (row["lowest"], row["highest"]) == nominal
    assert (row["lowest_of_any_weights"], row["highest_of_any_weights"]) == any_weights


def test_any_weights_leave_more_possible_than_the_printed_numbers_and_no_nonsense(bounds: Any) -> None:
    for row in bounds.values():
        assert row["lowest_of_any_weights"] <= row["lowest"] <= row["highest"] <= row["highest_of_any_weights"]
    earlier = (85.6, 86.2, 85.0, 85.2, 83.7, 84.1)  # eligible to vocational programmes 2020 to 2025
    possible = bounds["IND-04.YP"]
    outside = [v for v in earlier if not possible["lowest_of_any_weights"] <= v <= possible["highest_of_any_weights"]]
    assert outside == [86.2], "limits that every year lay inside would say nothing"
