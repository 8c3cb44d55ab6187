"""What adds up whatever the pupils are: three shares to a hundred, and the units' pupils to the municipality's."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt.compiled import CompiledModel
from tests.dbt.lake import Lake

UNITS = {"00000001": "Kommunal", "00000002": "Kommunal", "00000003": "Enskild"}
COMPARED = {
    "person_key": "varchar", "school_unit_code": "varchar", "grade_year": "bigint", "subject_code": "varchar",
    "spring_year": "bigint", "school_year": "varchar", "class_label": "varchar", "is_compared": "boolean",
    "relation_code": "varchar", "steps": "double",
}  # fmt: skip
LEFT = {
    "person_key": "varchar", "school_unit_code": "varchar", "spring_year": "bigint", "school_year": "varchar",
    "class_label": "varchar", "sex_code": "varchar", "merit_value_16": "double", "merit_value_17": "double",
    "has_passed_all": "boolean", "has_passed_all_strict": "boolean", "is_eligible_yp": "boolean",
    "is_eligible_es": "boolean", "is_eligible_ekhusa": "boolean", "is_eligible_nate": "boolean",
    "is_eligible_imv": "boolean",
}  # fmt: skip
often = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# a pupil of one unit: unit, sex, steps from the test's grade to the final one, merit value, what is passed
pupil = st.tuples(
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(["K", "M"]),
    st.integers(-2, 2),
    st.integers(0, 136).map(lambda step: 2.5 * step),
    st.booleans(),
)
pupils = st.lists(pupil, min_size=1, max_size=60)


def _model(lake: Lake, name: str) -> CompiledModel:
    lake.dbt("compile", "--select", name)
    model = CompiledModel(lake, name)
    types = {"school_unit_code": "varchar", "municipality_code": "varchar", "principal_type": "varchar"}
    units = [
        {"school_unit_code": code, "municipality_code": "0381", "principal_type": principal}
        for code, principal in UNITS.items()
    ]
    model.give("master.mst_own_municipality_unit", types, units)
    return model


@pytest.fixture(scope="module")
def compare(golden_lake: Lake) -> Any:
    model = _model(golden_lake, "ind_test_vs_grade")

    def cells(made: list[Any]) -> list[dict[str, Any]]:
        people = [{"person_key": str(key), "sex_code": sex} for key, (_, sex, *_) in enumerate(made)]
        model.give("master.mst_person", {"person_key": "varchar", "sex_code": "varchar"}, people)
        rows = [
            {
                "person_key": str(key), "school_unit_code": unit, "grade_year": 9, "subject_code": "MA",
                "spring_year": 2025, "school_year": "2024/25", "class_label": "9A", "is_compared": True, "steps": steps,
                "relation_code": "higher" if steps > 0 else "lower" if steps < 0 else "equal",
            }
            for key, (unit, _, steps, *_) in enumerate(made)
        ]  # fmt: skip
        model.give("marts.fct_test_vs_grade", COMPARED, rows)
        return model.rows()

    return cells


@pytest.fixture(scope="module")
def leave(golden_lake: Lake) -> Any:
    model = _model(golden_lake, "ind_leaving")

    def cells(made: list[Any]) -> list[dict[str, Any]]:
        rows = [
            {
                "person_key": str(key), "school_unit_code": unit, "spring_year": 2025, "school_year": "2024/25",
                "class_label": "9A", "sex_code": sex, "merit_value_16": merit, "merit_value_17": merit,
                **{name: passed for name in LEFT if name.startswith(("has_", "is_"))},
            }
            for key, (unit, sex, _, merit, passed) in enumerate(made)
        ]  # fmt: skip
        model.give("marts.fct_leaving", LEFT, rows)
        return model.rows()

    return cells


def _groups(cells: list[dict[str, Any]], *names: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for cell in cells:
        found[tuple(cell[name] for name in names)].append(cell)
    return found


def _weighted(cells: list[dict[str, Any]]) -> float:
    return sum((cell["value"] or 0.0) * cell["n_denominator"] for cell in cells)


@often
@given(made=pupils)
def test_higher_equal_and_lower_are_all_the_pupils(compare: Any, made: Any) -> None:
    groups = _groups(compare(made), "level", "entity_code", "breakdown", "breakdown_value")
    assert ("municipality", "0381", "all", "all") in groups
    for place, cells in groups.items():
        value = {cell["indicator_id"].rsplit(".", 1)[1]: cell["value"] for cell in cells}
        assert 100 * (value["HIGHER"] + value["EQUAL"] + value["LOWER"]) == pytest.approx(100), place
        assert value["NET"] == pytest.approx(value["HIGHER"] - value["LOWER"])
        printed = [round(100 * value[name] + 1e-9, 1) for name in ("HIGHER", "EQUAL", "LOWER")]
        assert sum(printed) == pytest.approx(100, abs=0.1 + 1e-9), "rounded shares may miss by a tenth, not more"


@often
@given(made=pupils)
def test_units_weighted_by_their_pupils_are_the_municipality(leave: Any, compare: Any, made: Any) -> None:
    for cells in (leave(made), compare(made)):
        by_level = _groups(cells, "indicator_id", "breakdown", "breakdown_value", "level")
        wholes = [key for key in by_level if key[3] == "municipality" and key[1] in ("all", "sex")]
        assert wholes
        for *place, _ in wholes:
            (whole,), units = by_level[*place, "municipality"], by_level[*place, "unit"]
            assert whole["n_denominator"] == sum(unit["n_denominator"] for unit in units)
            assert _weighted([whole]) == pytest.approx(_weighted(units)), place
            if whole["n_numerator"] is not None:
                assert whole["n_numerator"] == sum(unit["n_numerator"] for unit in units)


@often
@given(made=pupils)
def test_girls_and_boys_weighted_by_their_number_are_all(leave: Any, made: Any) -> None:
    by_group = _groups(leave(made), "indicator_id", "level", "entity_code", "breakdown")
    for (indicator, level, entity, breakdown), (whole, *_) in list(by_group.items()):
        if breakdown == "all":
            sexes = by_group[indicator, level, entity, "sex"]
            assert whole["n_denominator"] == sum(sex["n_denominator"] for sex in sexes)
            assert _weighted([whole]) == pytest.approx(_weighted(sexes)), (indicator, level, entity)


@often
@given(made=pupils)
def test_kinds_of_principal_weighted_by_their_pupils_are_the_municipality(leave: Any, made: Any) -> None:
    whole = [cell for cell in leave(made) if cell["level"] == "municipality"]
    for indicator, cells in _groups(whole, "indicator_id").items():
        by_group = _groups(cells, "breakdown")
        (everyone,), kinds = by_group["all",], by_group["principal",]
        assert everyone["n_denominator"] == sum(kind["n_denominator"] for kind in kinds), indicator
        assert _weighted([everyone]) == pytest.approx(_weighted(kinds)), indicator
