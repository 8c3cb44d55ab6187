"""What follows from a system without a solver: bounds drawn in row by row, and parts that no row ties together.

Most of a table is shown, so most unknowns are known at once, and a question about one hidden number touches few of the
others. Bounds only ever leave out what no table can have; a part is a set of unknowns that can be changed without
touching the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

ROUNDS = 50  # of drawing bounds in; to stop early leaves them wider, never wrong
ROUNDING = 1e-6


class Tightened:
    """A system of rows `low <= a·v <= high` over whole numbers between `lower` and `upper`, made as small as it goes.

    Raises `ValueError` when bounds cross: no table is possible.
    """

    def __init__(self, rows: LinearConstraint, lower: np.ndarray, upper: np.ndarray, no_limit: float) -> None:
        self.lower, self.upper = lower.astype(float), upper.astype(float)
        matrix = csr_array(rows.A)
        low = np.where(rows.lb <= -no_limit, -np.inf, rows.lb)
        high = np.where(rows.ub >= no_limit, np.inf, rows.ub)
        least, greatest = self._draw_in(matrix, low, high)
        binds = (least < low - ROUNDING) | (greatest > high + ROUNDING)
        self._rows, self._low, self._high = csr_array(matrix[binds]), low[binds], high[binds]
        self._parts = self._tied_together()

    def _draw_in(self, matrix: csr_array, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bounds from every row by the others' bounds until nothing moves; the rows' least and greatest sums."""
        entries = matrix.tocoo()
        row, column, factor = entries.coords[0], entries.coords[1], entries.data
        number = matrix.shape[0]
        for _ in range(ROUNDS):
            ends = factor * self.lower[column], factor * self.upper[column]
            small, large = np.minimum(*ends), np.maximum(*ends)
            least, greatest = np.bincount(row, small, number), np.bincount(row, large, number)
            at_most = (high[row] - (least[row] - small)) / factor
            at_least = (low[row] - (greatest[row] - large)) / factor
            floor, ceiling = np.minimum(at_most, at_least), np.maximum(at_most, at_least)
            before = self.lower.copy(), self.upper.copy()
            np.maximum.at(self.lower, column, np.ceil(floor - ROUNDING))
            np.minimum.at(self.upper, column, np.floor(ceiling + ROUNDING))
            if (self.lower > self.upper).any():
                raise ValueError("The published figures contradict each other.")
            if (before[0] == self.lower).all() and (before[1] == self.upper).all():
                break
        return least, greatest

    def _tied_together(self) -> np.ndarray:
        """A number for every unknown: those with the same are tied by rows; −1 where it is known already."""
        unknown = self.lower < self.upper
        entries = self._rows.tocoo()
        row, column = entries.coords
        free = unknown[column]
        size = len(self.lower)
        ties = csr_array(
            (np.ones(free.sum()), (column[free], size + row[free])), shape=(size + self._rows.shape[0],) * 2
        )
        return np.where(unknown, connected_components(ties, directed=False)[1][:size], -1)

    def outer(self, terms: Iterable[tuple[int, float]]) -> tuple[float, float]:
        """An interval that holds every value a sum of unknowns can have; it may be too wide."""
        ends = [sorted((factor * self.lower[place], factor * self.upper[place])) for place, factor in terms]
        return sum(low for low, _ in ends), sum(high for _, high in ends)

    def least(self, terms: Iterable[tuple[int, float]], table: np.ndarray) -> np.ndarray:
        """A possible table in which the sum is least; outside the parts that it touches it is `table`."""
        terms = list(terms)
        touched = {self._parts[place] for place, _ in terms} - {-1}
        if not touched:
            return table
        columns = np.flatnonzero(np.isin(self._parts, list(touched)))
        inside = np.zeros(len(self.lower))
        inside[columns] = 1
        rows = np.flatnonzero(abs(self._rows) @ inside)
        known = self._rows[rows] @ np.where(inside, 0, table)
        objective = np.zeros(len(self.lower))
        for place, factor in terms:
            objective[place] += factor
        found = table.copy()
        found[columns] = _solved(
            objective[columns],
            LinearConstraint(self._rows[rows][:, columns], self._low[rows] - known, self._high[rows] - known),
            Bounds(self.lower[columns], self.upper[columns]),
        )
        return found


def _solved(objective: np.ndarray, rows: LinearConstraint, bounds: Bounds) -> np.ndarray:
    """The whole numbers for which the objective is least. Sums and parts nearly always have their least at whole
    numbers anyway, so that fractions are allowed first, which is several times faster, and seldom forbidden after."""
    for whole in (0, 1):
        answer = milp(objective, constraints=rows, bounds=bounds, integrality=np.full(len(objective), whole))
        if answer.x is None:
            raise ValueError(f"The published figures contradict each other: {answer.message}")
        if whole or abs(answer.x - np.round(answer.x)).max() < ROUNDING:
            break
    return np.round(answer.x)
