"""What follows from a system without a solver: bounds drawn in row by row, and parts that no row ties together.

Most of a table is shown, so most unknowns are known at once, and a question about one hidden number touches few of the
others. Bounds only ever leave out what no table can have; a part is a set of unknowns that can be changed without
touching the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

ROUNDS = 50  # of drawing bounds in; to stop early leaves them wider, never wrong
ROUNDING = 1e-6


@dataclass(frozen=True)
class Part:
    """Unknowns that rows tie together, by their places, and those rows, with a column for each of them."""

    unknowns: np.ndarray
    rows: LinearConstraint


class Tightened:
    """A system of rows `low <= a·v <= high` over whole numbers between `lower` and `upper`, made as small as it goes.

    Raises `ValueError` when bounds cross: no table is possible.
    """

    def __init__(self, rows: LinearConstraint, lower: np.ndarray, upper: np.ndarray, no_limit: float) -> None:
        self.lower, self.upper = lower.astype(float), upper.astype(float)
        entries = csr_array(rows.A).tocoo()
        self._row, self._column, self._factor = entries.coords[0], entries.coords[1], entries.data
        self._low = np.where(np.asarray(rows.lb) <= -no_limit, -np.inf, rows.lb)
        self._high = np.where(np.asarray(rows.ub) >= no_limit, np.inf, rows.ub)
        for _ in range(ROUNDS):
            before = self.lower.copy(), self.upper.copy()
            self._draw_in()
            self._take_out_what_is_known()
            if (before[0] == self.lower).all() and (before[1] == self.upper).all():
                break
        self._number_what_is_left()

    def _draw_in(self) -> None:
        """Bounds from every row by the others' bounds; rows that they always keep to are left out from now on."""
        row, column, factor, number = self._row, self._column, self._factor, len(self._low)
        ends = factor * self.lower[column], factor * self.upper[column]
        small, large = np.minimum(*ends), np.maximum(*ends)
        least, greatest = np.bincount(row, small, number), np.bincount(row, large, number)
        if ((least > self._high + ROUNDING) | (greatest < self._low - ROUNDING)).any():
            raise ValueError("The published figures contradict each other.")
        kept_to = (least >= self._low - ROUNDING) & (greatest <= self._high + ROUNDING)
        self._low, self._high = np.where(kept_to, -np.inf, self._low), np.where(kept_to, np.inf, self._high)
        binds = ~kept_to[row]
        row, column, factor, small, large = row[binds], column[binds], factor[binds], small[binds], large[binds]
        at_most = (self._high[row] - (least[row] - small)) / factor
        at_least = (self._low[row] - (greatest[row] - large)) / factor
        np.maximum.at(self.lower, column, np.ceil(np.minimum(at_most, at_least) - ROUNDING))
        np.minimum.at(self.upper, column, np.floor(np.maximum(at_most, at_least) + ROUNDING))
        if (self.lower > self.upper).any():
            raise ValueError("The published figures contradict each other.")
        self._row, self._column, self._factor = row, column, factor

    def _take_out_what_is_known(self) -> None:
        """What rows say is from now on said of the rest."""
        known = self.lower[self._column] == self.upper[self._column]
        sums = self._factor[known] * self.lower[self._column[known]]
        taken = np.bincount(self._row[known], sums, len(self._low))
        self._low, self._high = self._low - taken, self._high - taken
        self._row, self._column, self._factor = self._row[~known], self._column[~known], self._factor[~known]

    def _number_what_is_left(self) -> None:
        """The unknowns and rows that are left; those with the same part are tied together."""
        self._left = np.flatnonzero(self.lower < self.upper)
        self._place = np.full(len(self.lower), -1)
        self._place[self._left] = np.arange(len(self._left))
        kept, row = np.unique(self._row, return_inverse=True)
        column, size = self._place[self._column], len(self._left)
        self._rows = csr_array((self._factor, (row, column)), shape=(len(kept), size))
        self._low, self._high = self._low[kept], self._high[kept]
        ties = csr_array((np.ones(len(row)), (column, size + row)), shape=(size + len(kept),) * 2)
        parts = connected_components(ties, directed=False)[1]
        self._part, self._part_of_row = parts[:size], parts[size:]

    def parts(self) -> Iterator[Part]:
        """What is left, part by part."""
        columns, rows = np.argsort(self._part, kind="stable"), np.argsort(self._part_of_row, kind="stable")
        for number in np.unique(self._part):
            own = columns[slice(*np.searchsorted(self._part[columns], [number, number + 1]))]
            of_rows = rows[slice(*np.searchsorted(self._part_of_row[rows], [number, number + 1]))]
            yield Part(
                self._left[own],
                LinearConstraint(self._rows[of_rows][:, own], self._low[of_rows], self._high[of_rows]),
            )

    def outer(self, terms: Iterable[tuple[int, float]]) -> tuple[float, float]:
        """An interval that holds every value a sum of unknowns can have; it may be too wide."""
        ends = [sorted((factor * self.lower[place], factor * self.upper[place])) for place, factor in terms]
        return sum(low for low, _ in ends), sum(high for _, high in ends)

    def least(self, terms: Iterable[tuple[int, float]], table: np.ndarray) -> np.ndarray:
        """A possible table in which the sum is least; outside the parts that it touches it is `table`."""
        objective = np.zeros(len(self._left))
        for place, factor in terms:
            if self._place[place] >= 0:
                objective[self._place[place]] += factor
        touched = np.unique(self._part[objective != 0])
        if not len(touched):
            return table
        columns = np.flatnonzero(np.isin(self._part, touched))
        rows = np.flatnonzero(np.isin(self._part_of_row, touched))
        found = table.copy()
        found[self._left[columns]] = _solved(
            objective[columns],
            LinearConstraint(self._rows[rows][:, columns], self._low[rows], self._high[rows]),
            Bounds(self.lower[self._left[columns]], self.upper[self._left[columns]]),
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
