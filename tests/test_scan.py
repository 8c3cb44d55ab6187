"""Chance alone is not told of, what stands out is, and units that differ anyway must differ more than the others do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from dia_assets import scan

KINDS = pa.Table.from_pylist(
    [
        {"scan_code": "A", "least_effect": 1.0, "units_differ_anyway": True},
        {"scan_code": "B", "least_effect": 0.1, "units_differ_anyway": False},
    ]
)


def comparisons(effects: np.ndarray, code: str = "A", error: float = 1.0) -> list[dict[str, Any]]:
    return [
        {
            "scan_code": code, "school_unit_code": f"{number:08d}", "period": "2024/25", "subject": "",
            "smallest_n": 40, "effect": float(effect), "standard_error": error,
        }
        for number, effect in enumerate(effects)
    ]  # fmt: skip


def told(*groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = [row for group in groups for row in group]
    return scan.findings(pa.Table.from_pylist(rows), KINDS).to_pylist()


@pytest.mark.parametrize("seed", range(20))
def test_chance_alone_is_hardly_ever_told_of(seed: int) -> None:
    found = told(comparisons(np.random.default_rng(seed).standard_normal(1000)))
    assert len(found) <= 1


def test_what_stands_out_is_told_with_the_least_likely_first() -> None:
    noise = np.random.default_rng(1).standard_normal(1000)
    noise[[10, 500]] = 8.0, -12.0
    found = told(comparisons(noise))
    assert [row["school_unit_code"] for row in found] == ["00000500", "00000010"]
    assert found[0]["comparisons"] == 1000
    assert found[0]["q"] < found[1]["q"] < scan.FALSE_DISCOVERY_RATE


def test_a_difference_too_small_to_matter_is_not_told_of_however_sure() -> None:
    noise = 0.01 * np.random.default_rng(1).standard_normal(1000)
    noise[10] = 0.9
    assert told(comparisons(noise, error=0.01)) == []
    noise[10] = 1.1
    assert len(told(comparisons(noise, error=0.01))) == 1


def test_where_units_differ_anyway_only_one_that_differs_more_stands_out() -> None:
    effects = 5 * np.random.default_rng(1).standard_normal(200)
    assert told(comparisons(effects)) == []
    effects[10] = 40.0
    assert [row["school_unit_code"] for row in told(comparisons(effects))] == ["00000010"]
    assert len(told(comparisons(effects, code="B"))) > 50, "a kind of which that is the question tells of them all"


def test_the_more_is_compared_the_more_it_takes_to_be_told() -> None:
    one = comparisons(np.array([3.0]), code="B")
    assert len(told(one)) == 1
    others = comparisons(np.random.default_rng(1).standard_normal(2000), code="B")
    assert told(one, others)[:1] == [] or abs(told(one, others)[0]["effect"]) > 3.0


def test_p_values_are_adjusted_as_scipy_does() -> None:
    p = np.random.default_rng(1).random(500) ** 3
    assert np.allclose(scan.adjusted(p), stats.false_discovery_control(p))


def test_chance_is_not_called_overdispersion() -> None:
    factors = [scan.overdispersion(np.random.default_rng(seed).standard_normal(2000)) for seed in range(20)]
    assert max(factors) < 1.15
    assert scan.overdispersion(np.array([])) == 1.0


def test_no_comparison_gives_no_finding() -> None:
    empty = pa.Table.from_pylist(comparisons(np.array([1.0])))[:0]
    assert scan.findings(empty, KINDS).num_rows == 0
