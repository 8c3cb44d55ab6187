"""What holds of published figures whatever the pupils are: tried on many made-up municipalities."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt.compiled import CompiledModel
from tests.dbt.lake import Lake

TYPES = {
    "indicator_id": "varchar",
    "indicator_version": "bigint",
    "family": "varchar",
    "level": "varchar",
    "entity_code": "varchar",
    "breakdown": "varchar",
    "breakdown_value": "varchar",
    "period": "varchar",
    "period_closed_on": "date",
    "value": "double",
    "n_denominator": "bigint",
    "n_numerator": "bigint",
    "is_share": "boolean",
    "is_mean": "boolean",
    "is_computed": "boolean",
}
K_MIN = {"public": 10, "municipality": 5, "unit": 1}
K_COMP = {"public": 5, "municipality": 3, "unit": 1}

# a unit is (girls, girls who passed, boys, boys who passed)
unit = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)).map(
    lambda u: (u[0], min(u[0], u[1]), u[2], min(u[2], u[3]))
)
municipality = st.lists(unit, min_size=1, max_size=6).filter(lambda units: any(u[0] + u[2] for u in units))
often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def cell(level: str, entity: str, group: str, pupils: int, passed: int) -> dict[str, Any]:
    return {
        "indicator_id": "IND-14.MA",
        "indicator_version": 1,
        "family": "year6_results",
        "level": level,
        "entity_code": entity,
        "breakdown": "all" if group == "all" else "sex",
        "breakdown_value": group,
        "period": "2024/25",
        "period_closed_on": dt.date(2025, 7, 1),
        "value": passed / pupils if pupils else None,
        "n_denominator": pupils,
        "n_numerator": passed if pupils else None,
        "is_share": True,
        "is_mean": False,
        "is_computed": True,
    }


def cells(units: list[tuple[int, int, int, int]]) -> list[dict[str, Any]]:
    rows = []
    for number, (girls, girls_passed, boys, boys_passed) in enumerate(units, start=1):
        if girls + boys:
            code = f"{number:08}"
            rows.append(cell("unit", code, "all", girls + boys, girls_passed + boys_passed))
            rows.append(cell("unit", code, "K", girls, girls_passed))
            rows.append(cell("unit", code, "M", boys, boys_passed))
    girls, girls_passed, boys, boys_passed = (sum(column) for column in zip(*units, strict=True))
    rows.append(cell("municipality", "0381", "all", girls + boys, girls_passed + boys_passed))
    rows.append(cell("municipality", "0381", "K", girls, girls_passed))
    rows.append(cell("municipality", "0381", "M", boys, boys_passed))
    return rows


@pytest.fixture(scope="module")
def publish(golden_lake: Lake) -> Any:
    golden_lake.dbt("compile", "--select", "ind_marked_value")
    model = CompiledModel(golden_lake, "ind_marked_value")
    model.give("reference.run_clock", {"today": "date"}, [{"today": dt.date(2026, 6, 4)}])

    def published(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        model.give("marts.fct_indicator_value", TYPES, rows)
        return model.rows()

    return published


@often
@given(units=municipality)
def test_no_figure_rests_on_too_few_pupils_or_gives_a_small_count_away(publish: Any, units: Any) -> None:
    rows = cells(units)
    truth = {(row["level"], row["entity_code"], row["breakdown_value"]): row for row in rows}
    for row in publish(rows):
        pupils = truth[row["level"], row["entity_code"], row["breakdown_value"]]
        assert row["n"] is None or row["n"] == 0 or row["n"] >= K_MIN[row["audience"]]
        assert (row["value"] is None) == (row["mark"] is not None)
        if row["value"] is not None:
            passed, failed = pupils["n_numerator"], pupils["n_denominator"] - pupils["n_numerator"]
            assert row["n"] == pupils["n_denominator"]
            assert not {passed, failed} & set(range(1, K_COMP[row["audience"]]))


@often
@given(units=municipality)
def test_no_hidden_unit_is_alone_under_its_municipality(publish: Any, units: Any) -> None:
    lines: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in publish(cells(units)):
        if row["level"] == "unit" and row["breakdown"] == "all":
            lines[row["audience"]].append(row)
    for line in lines.values():
        for column in ("value", "n"):
            hidden = [row for row in line if row[column] is None]
            assert len(hidden) != 1 or len(line) == 1


@often
@given(units=municipality)
def test_neither_sex_is_hidden_while_the_other_and_the_total_are_shown(publish: Any, units: Any) -> None:
    groups: dict[Any, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in publish(cells(units)):
        groups[row["audience"], row["level"], row["entity_code"]][row["breakdown_value"]] = row
    for group in groups.values():
        if "K" not in group or "." in (group["K"]["mark"], group["M"]["mark"]):
            continue
        for column in ("value", "n"):
            shown = [value for value in ("all", "K", "M") if group[value][column] is not None]
            assert len(shown) != 2 or shown == ["all"]
        assert (group["K"]["n"] is None) == (group["M"]["n"] is None)


@often
@given(units=municipality, seed=st.integers(0, 1000))
def test_the_same_pupils_give_the_same_marks_in_any_order(publish: Any, units: Any, seed: int) -> None:
    rows = cells(units)
    shuffled = random.Random(seed).sample(rows, len(rows))
    order = ("audience", "level", "entity_code", "breakdown_value")

    def ordered(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(found, key=lambda row: tuple(row[name] for name in order))

    assert ordered(publish(rows)) == ordered(publish(shuffled))


def test_the_number_behind_a_mean_hides_how_few_pupils_are_left_out_of_it(publish: Any) -> None:
    everyone = cell("municipality", "0381", "all", 60, 40) | {"indicator_id": "IND-03", "family": "leaving_results"}
    with_merit = everyone | {
        "indicator_id": "IND-02",
        "value": 220.0,
        "n_denominator": 58,
        "n_numerator": None,
        "is_share": False,
        "is_mean": True,
        "is_computed": True,
    }
    public = [row for row in publish([everyone, with_merit]) if row["audience"] == "public"]
    assert sorted((row["indicator_id"], row["value"], row["n"]) for row in public) == [
        ("IND-02", 220.0, None),
        ("IND-03", 66.7, 60),
    ]


def test_the_mean_of_girls_is_kept_back_where_it_would_give_the_boys_mean(publish: Any) -> None:
    """24 pupils have 221.0 on average, 17 girls 232.0: the seven boys then have (24·221.0 − 17·232.0) / 7 = 194.3."""
    boys = (24 * 221.0 - 17 * 232.0) / 7
    assert round(boys, 1) == 194.3
    means = [
        cell("municipality", "0381", group, n, n)
        | {"indicator_id": "IND-02", "family": "leaving_results", "value": mean, "n_numerator": None}
        | {"is_share": False, "is_mean": True}
        for group, n, mean in (("all", 24, 221.0), ("K", 17, 232.0), ("M", 7, boys))
    ]
    public = {r["breakdown_value"]: r for r in publish(means) if r["audience"] == "public"}
    assert {group: (r["value"], r["mark"], r["n"]) for group, r in public.items()} == {
        "all": (221.0, None, 24),
        "K": (None, "..", None),
        "M": (None, "..", None),
    }


def test_all_present_or_all_absent_is_kept_back_in_a_small_group(publish: Any) -> None:
    small = cell("municipality", "0381", "all", 15, 0) | {
        "indicator_id": "IND-07.ABSENCE",
        "family": "attendance",
        "value": 0.0,
        "n_numerator": None,
        "is_share": False,
        "is_mean": True,
        "is_computed": True,
    }
    public = [row for row in publish([small]) if row["audience"] == "public"]
    assert [(row["value"], row["mark"], row["n"]) for row in public] == [(None, "..", 15)]


def self_assessed(indicator: str, family: str, level: str, entity: str, n: int, value: float) -> dict[str, Any]:
    return cell(level, entity, "all", n, 0) | {
        "indicator_id": indicator, "family": family, "value": value, "n_numerator": None, "is_share": False,
        "is_mean": True,
    }  # fmt: skip


def test_a_selfie_group_under_the_limit_is_hidden_with_the_smallest_other_and_nobody_else_gets_any(
    publish: Any,
) -> None:
    """Four teachers are too few and five are not; the others' numbers and the whole's would give the four away."""
    teachers = "IND-08.SELFIE.B.TEACHERS", "selfie_teachers"
    answered = {"00000001": 4, "00000002": 5, "00000003": 7}
    rows = [self_assessed(*teachers, "unit", unit, n, 3.4) for unit, n in answered.items()]
    rows.append(self_assessed(*teachers, "municipality", "0381", 16, 3.4))
    told = publish(rows)
    assert {row["audience"] for row in told} == {"municipality"}
    assert {row["entity_code"]: (row["value"], row["mark"], row["n"]) for row in told} == {
        "00000001": (None, "..", None),
        "00000002": (None, "..", None),
        "00000003": (3.4, None, 7),
        "0381": (3.4, None, 16),
    }


@pytest.mark.parametrize(("n", "shown"), [(4, None), (5, 3.4)])
@pytest.mark.parametrize("group", ["LEADERS", "TEACHERS", "PUPILS"])
def test_every_group_of_selfie_has_the_limit_of_surveys(publish: Any, group: str, n: int, shown: float | None) -> None:
    (row,) = publish([
        self_assessed(f"IND-08.SELFIE.B.{group}", f"selfie_{group.lower()}", "municipality", "0381", n, 3.4)
    ])  # fmt: skip
    assert (row["audience"], row["value"]) == ("municipality", shown)


def test_a_unit_that_has_assessed_itself_is_shown_to_the_municipality_and_not_to_the_public(publish: Any) -> None:
    lika = "IND-08.LIKA.LEDNING", "lika"
    rows = [self_assessed(*lika, "unit", "00000001", 1, 3.0), self_assessed(*lika, "unit", "00000002", 1, 2.25)]
    rows.append(self_assessed(*lika, "municipality", "0381", 2, 2.625))
    told = {(row["audience"], row["entity_code"]): (row["value"], row["n"]) for row in publish(rows)}
    assert told == {
        ("municipality", "00000001"): (3.0, 1),
        ("municipality", "00000002"): (2.3, 1),
        ("municipality", "0381"): (2.6, 2),
    }
