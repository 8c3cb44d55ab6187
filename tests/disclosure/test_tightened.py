"""What follows without a solver is never wrong: bounds hold every table, and parts can be changed alone."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint
from scipy.sparse import csr_array

from dia_assets.disclosure.tightened import Tightened

MOST = 1_000.0
REACH = range(4)


def rows(*terms: tuple[list[float], float, float]) -> LinearConstraint:
    factors, low, high = zip(*terms, strict=True)
    return LinearConstraint(csr_array(np.array(factors, dtype=float)), np.array(low), np.array(high))


def tightened(constraints: LinearConstraint, size: int, most: int = REACH[-1]) -> Tightened:
    return Tightened(constraints, np.zeros(size), np.full(size, float(most)), MOST)


def test_what_is_left_of_a_sum_is_known_without_asking() -> None:
    tight = tightened(rows(([1, 1, 1], 6, 6), ([1, 0, 0], 3, 3), ([0, 1, 0], 1, 1)), 3)
    assert tight.outer([(2, 1.0)]) == (2, 2)


def test_a_question_touches_only_what_rows_tie_to_it() -> None:
    constraints = rows(([1, 1, 0, 0], 3, 3), ([0, 0, 1, 1], 3, 3))
    table = np.array([0.0, 3.0, 1.0, 2.0])
    found = tightened(constraints, 4).least([(0, -1.0)], table)
    assert found.tolist() == [3.0, 0.0, 1.0, 2.0]


def test_fractions_are_forbidden_where_they_would_be_least() -> None:
    constraints = rows(([2, 2, 0], 3, 5), ([0, 2, 2], 3, 5), ([2, 0, 2], 3, 5))
    found = tightened(constraints, 3).least([(0, 1.0), (1, 1.0), (2, 1.0)], np.array([1.0, 1.0, 1.0]))
    assert sum(found) == 3


def test_bounds_that_cross_are_told_of() -> None:
    with pytest.raises(ValueError, match="contradict each other"):
        tightened(rows(([1, 1], 9, 9)), 2)


systems = st.lists(
    st.tuples(st.lists(st.sampled_from([-1.0, 0.0, 1.0, 2.0]), min_size=4, max_size=4), st.integers(0, 4)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(systems, st.lists(st.sampled_from(REACH), min_size=4, max_size=4), st.sampled_from([-1.0, 1.0]))
def test_bounds_and_answers_are_those_of_every_table_tried(
    made: list[tuple[list[float], int]], true: list[int], sign: float
) -> None:
    table = np.array(true, dtype=float)
    sums = [float(np.dot(factors, table)) for factors, _ in made]
    constraints = rows(*[(factors, total - slack, total) for (factors, slack), total in zip(made, sums, strict=True)])
    possible = [
        np.array(cells)
        for cells in product(REACH, repeat=4)
        if all(
            low <= s <= high
            for s, low, high in zip(constraints.A @ np.array(cells), constraints.lb, constraints.ub, strict=True)
        )
    ]
    tight = tightened(constraints, 4)
    low, high = tight.outer([(0, sign), (1, 1.0)])
    values = [sign * cells[0] + cells[1] for cells in possible]
    assert low <= min(values) and max(values) <= high
    found = tight.least([(0, sign), (1, 1.0)], table)
    assert sign * found[0] + found[1] == min(values)
    assert any((found == cells).all() for cells in possible)
