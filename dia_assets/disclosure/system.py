"""Everything published of one family and period for one audience, as linear constraints over whole numbers.

Unknowns: of every indicator, school unit and municipality, and of all pupils, girls and boys (of a municipality also
those of each kind of principal, and of those who live there and elsewhere), the number of pupils (`n`) and, of a share,
the number of those who have it (`x`). Cells that the audience does not get are unknowns too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint
from scipy.sparse import csr_array

ALL, SEXES = "all", ("K", "M")
PRINCIPALS, HOMES = ("Kommunal", "Enskild", "Region", "Statlig"), ("Egen kommun", "Annan kommun")
PARTITIONS = (SEXES, PRINCIPALS, HOMES)  # everybody is in one group of each, where it is told
GROUPS = (ALL, *(group for groups in PARTITIONS for group in groups))
MUNICIPALITY, UNIT = "municipality", "unit"
Variable = tuple[str, str, str, str]  # what (n or x), indicator, entity, group
Place = tuple[str, str, str]  # indicator, entity, group
Truth = Mapping[Place, tuple[int, int | None]]  # pupils, those who have it
Principals = Mapping[str, str]  # the kind of principal of each school unit
MOST = 1_000_000.0
NEAR = 1e-6


@dataclass(frozen=True)
class Policy:
    """The numbers of the rules that a reader is told (`ref_suppression_policy`)."""

    k_min: int
    k_comp: int
    suppressed: str = ".."
    near_all: str = "~100"
    near_none: str = "~0"  # "" where nearly none are kept back like any other few
    absent: str = "."


@dataclass(frozen=True)
class Cell:
    """A published cell; of a share `value` is in percent with one decimal."""

    indicator_id: str
    level: str
    entity: str
    group: str
    value: float | None
    mark: str | None
    n: int | None
    n_mark: str | None

    @property
    def place(self) -> Place:
        """Where it stands among those of its audience and period."""
        return self.indicator_id, self.entity, self.group


@dataclass(frozen=True)
class Indicator:
    """What the register says of an indicator that links its numbers with others'."""

    indicator_id: str
    is_share: bool
    counted_with: str  # indicators with the same pupils have the same word
    within: str | None = None  # the indicator whose pupils this one's are among
    implies: str | None = None  # the share that everyone who has this one has too
    excludes: str | None = None  # the share that nobody who has this one has
    splits: str | None = None  # shares with the same word have every pupil once between them
    part_of: str | None = None  # the indicator whose pupils are this one's and its siblings'
    among: str | None = None  # the indicator of another family that this one's pupils are in too
    later_of: str | None = None  # the indicator that counted the same pupils earlier
    is_part: bool = True  # those who have it are among its pupils; not so where some of them have come since
    shown_with: tuple[str, ...] = ()  # it follows from these, so that it is shown only where they all are
    least: int | None = None  # fewer than this are too few; of pupils the policy's k_min
    is_sensitive: bool = False  # of a small group, that nobody or everybody has it is kept back too (R3)


@dataclass
class System:
    """Rows `low <= a·v <= high` over the variables; built row by row. What a cell says can be said anew."""

    index: dict[Variable, int] = field(default_factory=dict)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    known: Mapping[str, Indicator] = field(default_factory=dict)
    _data: list[tuple[int, int, float]] = field(default_factory=list)
    _low: list[float] = field(default_factory=list)
    _high: list[float] = field(default_factory=list)
    _said: dict[Place, range] = field(default_factory=dict)  # the rows of each cell
    _matrix: csr_array | None = None

    def variable(self, variable: Variable) -> int:
        """Its place; a number of pupils, 0 or more, until a row says otherwise."""
        if variable not in self.index:
            self.index[variable] = len(self.index)
            self.lower.append(0)
            self.upper.append(MOST)
        return self.index[variable]

    def bound(self, variable: Variable, low: float, high: float) -> None:
        """Between these, both included."""
        place = self.variable(variable)
        self.lower[place], self.upper[place] = max(self.lower[place], low), min(self.upper[place], high)

    def row(self, terms: Mapping[Variable, float], low: float, high: float) -> None:
        """One constraint."""
        number = len(self._low)
        self._data += [(number, self.variable(variable), factor) for variable, factor in terms.items()]
        self._low.append(low)
        self._high.append(high)

    def tell(self, cell: Cell, indicator: Indicator, policy: Policy) -> None:
        """What this cell says, in place of what it said before."""
        place = cell.place
        for number in self._said.get(place, ()):
            self._low[number], self._high[number] = -MOST, MOST
        for what in ("n", "x"):
            if (variable := self.index.get((what, *place))) is not None:
                self.lower[variable], self.upper[variable] = 0, MOST
        first = len(self._low)
        _says(self, cell, indicator, policy)
        self._said[place] = range(first, len(self._low))

    def table(self, truth: Truth) -> np.ndarray:
        """The true table, as a value of every variable. Raises `ValueError` when it is not possible."""
        values = np.zeros(len(self.index))
        for (what, *place), number in self.index.items():
            indicator, entity, group = place
            pupils, having = truth.get((indicator, entity, group), (0, None))
            values[number] = pupils if what == "n" else having or 0
        rows = self.constraints()
        sums = rows.A @ values
        if (
            (sums < rows.lb - NEAR).any()
            or (sums > rows.ub + NEAR).any()
            or (values < self.lower).any()
            or (values > self.upper).any()
        ):
            raise ValueError("The published figures contradict each other, or the numbers behind them.")
        return values

    def constraints(self) -> LinearConstraint:
        """All rows, sparse."""
        shape = (len(self._low), len(self.index))
        if self._matrix is None or self._matrix.shape != shape:
            rows, columns, factors = np.array(self._data, float).reshape(-1, 3).T
            self._matrix = csr_array((factors, (rows.astype(int), columns.astype(int))), shape=shape)
        return LinearConstraint(self._matrix, self._low, self._high)


def siblings(group: str) -> tuple[str, ...]:
    """The groups that are everybody together with this one; everybody alone is by itself."""
    return next((groups for groups in PARTITIONS if group in groups), (group,))


def build(
    cells: Sequence[Cell],
    indicators: Iterable[Indicator],
    policy: Policy,
    truth: Truth,
    principals: Principals | None = None,
) -> System:
    """What the published cells of one family and period say, and what everybody knows of how such numbers add up."""
    known = {item.indicator_id: item for item in indicators}
    system = frame(cells, known.values(), truth, principals)
    for cell in cells:
        system.tell(cell, known[cell.indicator_id], policy)
    return system


def frame(
    cells: Sequence[Cell], indicators: Iterable[Indicator], truth: Truth, principals: Principals | None = None
) -> System:
    """How the numbers of these cells add up, whatever the cells show.

    `truth` is asked only how far parts are from their whole: a pupil of two units counts twice among units, one whose
    sex is not known is neither a girl nor a boy. The attacker is taken to know those differences.
    """
    known = {item.indicator_id: item for item in indicators}
    units = sorted({cell.entity for cell in cells if cell.level == UNIT})
    wholes = sorted({cell.entity for cell in cells if cell.level == MUNICIPALITY})
    system = System(known=known)
    shown = [known[name] for name in sorted({cell.indicator_id for cell in cells})]
    for indicator in shown:
        for what in ("n", "x") if indicator.is_share else ("n",):
            for parts, whole in _lines(indicator.indicator_id, units, wholes, truth, principals or {}):
                _adds_up(system, what, parts, whole, truth)
        _nests(system, indicator, known, [*units, *wholes], truth)
    for word in sorted({indicator.splits for indicator in shown if indicator.splits}):
        _splits(system, [item.indicator_id for item in shown if item.splits == word], [*units, *wholes], truth)
    for name in sorted({indicator.part_of for indicator in shown if indicator.part_of}):
        _parts(system, name, [item for item in shown if item.part_of == name], [*units, *wholes], truth)
    for cell in cells:
        system.variable(("n", cell.indicator_id, cell.entity, cell.group))
    return system


def _lines(
    name: str, units: Sequence[str], wholes: Sequence[str], truth: Truth, principals: Principals
) -> Iterator[tuple[list[Place], Place]]:
    """Girls and boys are all; where one municipality is published, its units are the whole of it."""
    for entity in [*units, *wholes]:
        for groups in PARTITIONS:
            parts = [(name, entity, group) for group in groups]
            if any(place in truth for place in parts):
                yield parts, (name, entity, ALL)
    told = [any((name, entity, ALL) in truth for entity in entities) for entities in (units, wholes)]
    if len(wholes) == 1 and all(told):
        for group in (ALL, *SEXES):
            yield [(name, unit, group) for unit in units], (name, wholes[0], group)
        for kind in PRINCIPALS:
            if (name, wholes[0], kind) in truth:
                yield [(name, unit, ALL) for unit in units if principals.get(unit) == kind], (name, wholes[0], kind)


def _groups(entities: Iterable[str], name: str, truth: Truth) -> Iterator[tuple[str, str]]:
    """Every entity with the groups of which anything is known; girls and boys always."""
    for entity in entities:
        yield from ((entity, group) for group in GROUPS if group in (ALL, *SEXES) or (name, entity, group) in truth)


def _pupils(truth: Truth, place: Place) -> int:
    return truth.get(place, (0, None))[0]


def _adds_up(system: System, what: str, parts: Sequence[Place], whole: Place, truth: Truth) -> None:
    def number(place: Place) -> int:
        pupils, having = truth.get(place, (0, None))
        return pupils if what == "n" else having or 0

    over = sum(number(place) for place in parts) - number(whole)
    system.row({**{(what, *place): 1.0 for place in parts}, (what, *whole): -1.0}, over, over)


def _splits(system: System, names: Sequence[str], entities: Sequence[str], truth: Truth) -> None:
    """Higher, equal and lower: every pupil has exactly one of them."""
    for entity, group in _groups(entities, names[0], truth):
        having: dict[Variable, float] = {("x", name, entity, group): 1 for name in names}
        system.row({**having, ("n", names[0], entity, group): -1}, 0, 0)


def _parts(system: System, whole: str, parts: Sequence[Indicator], entities: Sequence[str], truth: Truth) -> None:
    """Kinds of programme: the pupils of the parts, and those who have it, add up to those of the whole."""
    for entity, group in _groups(entities, whole, truth):
        for what in ("n", "x") if parts[0].is_share else ("n",):
            places = [(part.indicator_id, entity, group) for part in parts]
            _adds_up(system, what, places, (whole, entity, group), truth)


def _nests(
    system: System, indicator: Indicator, known: Mapping[str, Indicator], entities: Sequence[str], truth: Truth
) -> None:
    name = indicator.indicator_id
    first = min(item.indicator_id for item in known.values() if item.counted_with == indicator.counted_with)
    for entity, group in _groups(entities, name, truth):
        place = (name, entity, group)
        if indicator.is_share and indicator.is_part:
            system.row({("x", name, entity, group): 1, ("n", name, entity, group): -1}, -MOST, 0)
        if indicator.implies and (indicator.implies, entity, group) in truth:
            system.row({("x", name, entity, group): 1, ("x", indicator.implies, entity, group): -1}, -MOST, 0)
        if indicator.excludes and (indicator.excludes, entity, group) in truth:
            either: dict[Variable, float] = {("x", name, entity, group): 1, ("x", indicator.excludes, entity, group): 1}
            system.row({**either, ("n", name, entity, group): -1}, -MOST, 0)
        # one of the two may be computed for fewer units, as a unit's expected value
        if first != name and _pupils(truth, (first, entity, group)) == _pupils(truth, (name, entity, group)):
            system.row({("n", name, entity, group): 1, ("n", first, entity, group): -1}, 0, 0)
        if indicator.within:
            system.row({("n", name, entity, group): 1, ("n", indicator.within, entity, group): -1}, -MOST, 0)
        if indicator.among and _pupils(truth, (indicator.among, entity, group)) >= _pupils(truth, place):
            system.row({("n", *place): 1, ("n", indicator.among, entity, group): -1}, -MOST, 0)
        if indicator.later_of and (earlier := (indicator.later_of, entity, group)) in truth:
            _happens_later(system, place, earlier, truth)


def _happens_later(system: System, later: Place, earlier: Place, truth: Truth) -> None:
    """The same pupils, of whom those who had it still have it; not used where pupils have been taken out since."""
    if truth.get(later, (0, 0))[0] == truth[earlier][0]:
        system.row({("n", *later): 1, ("n", *earlier): -1}, 0, 0)
    if (truth.get(later, (0, 0))[1] or 0) >= (truth[earlier][1] or 0):
        system.row({("x", *earlier): 1, ("x", *later): -1}, -MOST, 0)


def _says(system: System, cell: Cell, indicator: Indicator, policy: Policy) -> None:
    """What one cell tells: its figures within their rounding, or the interval that its mark stands for."""
    n: Variable = ("n", *cell.place)
    x: Variable = ("x", *cell.place)
    if cell.mark == policy.absent:
        if not indicator.within:
            system.bound(n, 0, 0)
        return
    system.bound(n, 0 if indicator.within else 1, MOST)  # none of a larger group is kept back like a few
    if cell.n is not None:
        system.bound(n, cell.n, cell.n)
    if not indicator.is_share:
        return
    if cell.mark == policy.near_all:
        system.row({n: 1, x: -1}, 1, policy.k_comp - 1)
    elif cell.mark == policy.near_none:
        system.bound(x, 1, policy.k_comp - 1)
    elif cell.value is not None:
        low, high = (cell.value - 0.0500001) / 100, (cell.value + 0.0500001) / 100
        system.row({x: 1, n: -low}, 0, MOST)
        system.row({x: 1, n: -high}, -MOST, 0)


def cells_of(rows: Iterable[Mapping[str, Any]]) -> list[Cell]:
    """Rows of `pub_indicator_value` (or of the published table) as cells."""
    return [
        Cell(
            str(row["indicator_id"]), str(row["level"]), str(row["entity_code"]), str(row["breakdown_value"]),
            row["value"], row["mark"], row["n"], row["n_mark"],
        )
        for row in rows
    ]  # fmt: skip
