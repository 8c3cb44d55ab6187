"""What the pages are given to show."""

from __future__ import annotations

from typing import Any

from dia_assets.pages.context import Cell, indicators


def cell(period: str, version: str, value: float) -> dict[str, Any]:
    return {
        "indicator_id": "IND-03", "indicator_version": version, "level": "municipality", "entity_code": "0381",
        "entity_name": "Enköping", "breakdown": "all", "breakdown_value": "all", "period": period, "value": value,
        "mark": None, "n": 400, "n_mark": None, "quality_percent": 98,
    }  # fmt: skip


def test_the_period_from_which_a_new_definition_holds_is_known() -> None:
    rows = {
        "indicator": [
            {"indicator_id": "IND-03", "indicator_version": "1", "unit": "percent", "name_sv": "Andel"},
            {"indicator_id": "IND-03", "indicator_version": "2", "unit": "percent", "name_sv": "Andel, nya regler"},
        ],
        "sex_gap": [],
        "indicator_value": [cell("2027/28", "2", 60.0), cell("2025/26", "1", 74.0), cell("2026/27", "2", 61.0)],
    }
    [shown] = indicators(rows.__getitem__)
    assert shown.name == "Andel, nya regler"
    assert shown.new_versions == {"2026/27": "2"}
    assert all("ny definition" in drawn for drawn in shown.charts)


def test_kinds_of_principal_and_homes_have_a_line_each_and_what_is_kept_back_has_its_mark() -> None:
    whole = cell("2025/26", "1", 74.0)
    municipal = whole | {"breakdown": "principal", "breakdown_value": "Kommunal", "value": 71.0}
    independent = whole | {"breakdown": "principal", "breakdown_value": "Enskild", "value": None, "mark": "..", "n": 30}
    elsewhere = whole | {"breakdown": "home", "breakdown_value": "Annan kommun", "value": 80.0}
    rows = {
        "indicator": [{"indicator_id": "IND-03", "indicator_version": "1", "unit": "percent", "name_sv": "Andel"}],
        "sex_gap": [],
        "indicator_value": [whole, elsewhere, independent, municipal],
    }
    [shown] = indicators(rows.__getitem__)
    told: dict[str, Cell] = {name: cells[0] for name, cells in shown.parts}
    assert list(told) == ["Kommunala skolor", "Fristående skolor", "Folkbokförda i andra kommuner"]
    assert [one.text for one in told.values()] == ["71,0", "..", "80,0"]
    assert shown.sexes == [] and [period for period, _ in shown.municipality] == ["2025/26"]
