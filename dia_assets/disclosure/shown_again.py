"""Shows again what was kept back and need not have been: one thing after the other, the largest first.

Keeping back goes by what lies nearest, several things at a time, and what is kept back later can make an earlier one
needless: half of them on a municipality of 7 900 pupils. Whatever is tried is told to the attacker, and stays if every
number is as safe as before. Only what is tied to it is looked at, so that a try costs as much as its part of the table.

Means are no numbers of the system, so that a line is never left with one mean alone that is kept back: it would follow
from the others.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import LinearConstraint
from scipy.sparse import csr_array

from dia_assets.disclosure.attack import Attacker, Search, questions
from dia_assets.disclosure.system import (
    ALL,
    MOST,
    NEAR,
    Cell,
    Indicator,
    Place,
    Policy,
    System,
    Truth,
    Variable,
    siblings,
)
from dia_assets.disclosure.tightened import Part, Tightened

TABLES = 50  # of those that the attacker knows to be possible
EFFORT = 200_000  # hidden numbers times questions to the solver: after so many what is left stays kept back


def show_again(
    before: Sequence[Cell],
    after: Sequence[Cell],
    known: Mapping[str, Indicator],
    attacker: Attacker,
    truth: Truth,
    policy: Policy,
) -> list[Cell]:
    """The cells `after` protection, with as many as possible again as they were `before` it.

    `attacker` has heard the cells `after` and found nothing; it is used up by this.
    """
    cells = {cell.place: cell for cell in after}
    was = {cell.place: cell for cell in before}
    lines = _lines_of_means(after, known)
    tried = _Tried(attacker, truth, policy, known)
    waiting, is_worth_it = _in_order(was, cells, known, truth), True
    while is_worth_it:
        refused, is_worth_it = [], False
        for places in waiting:
            trial = {place: was[place] for place in places}
            if (
                _parts_the_sexes(trial, cells, was)
                or _leaves_a_mean_alone(trial, cells, lines, policy)
                or not tried.stays_safe(list(trial.values()))
            ):
                refused.append(places)
                continue
            cells |= trial
            # where `~0` stands again for `..` less is promised, and what is said of girls may go with their number
            is_worth_it |= any(
                place[2] != ALL or cell.mark in (policy.near_all, policy.near_none) for place, cell in trial.items()
            )
        waiting = refused
    return list(cells.values())


def _in_order(
    was: Mapping[Place, Cell], cells: Mapping[Place, Cell], known: Mapping[str, Indicator], truth: Truth
) -> list[list[Place]]:
    """What goes together: a number with all that is counted with it, or a share alone, of both sexes or of all.

    The most pupils come first.
    """
    groups: dict[tuple[str, ...], list[Place]] = defaultdict(list)
    for place, cell in cells.items():
        indicator, entity, group = place
        group = " ".join(siblings(group))
        if cell.n_mark != was[place].n_mark:
            groups["n", known[indicator].counted_with, entity, group].append(place)
        elif cell.mark != was[place].mark:
            groups["x", indicator, entity, group].append(place)

    def pupils(key: tuple[str, ...]) -> int:
        return max(truth.get(place, (0, None))[0] for place in groups[key])

    return [groups[key] for key in sorted(groups, key=lambda key: (-pupils(key), key))]


def _parts_the_sexes(trial: Mapping[Place, Cell], cells: Mapping[Place, Cell], was: Mapping[Place, Cell]) -> bool:
    """Whether one sex would be as before and the other not: what is kept back for one is kept back for both.

    So are the two kinds of principal, and those who live in the municipality and elsewhere.
    """
    others = [(indicator, entity, other) for indicator, entity, group in trial for other in siblings(group)]
    return any(other in cells and trial.get(other, cells[other]) != was[other] for other in others)


def _lines_of_means(cells: Iterable[Cell], known: Mapping[str, Indicator]) -> dict[Place, list[list[Place]]]:
    """For the place of every mean, the lines on which it stands: of its unit, and of its column."""
    lines: dict[tuple[str, str, str], list[Place]] = defaultdict(list)
    for cell in cells:
        if not known[cell.indicator_id].is_share:
            lines[cell.indicator_id, "row", cell.entity].append(cell.place)
            lines[cell.indicator_id, "column", cell.group].append(cell.place)
    found: dict[Place, list[list[Place]]] = defaultdict(list)
    for line in lines.values():
        for place in line:
            found[place].append(line)
    return found


def _leaves_a_mean_alone(
    trial: Mapping[Place, Cell],
    cells: Mapping[Place, Cell],
    lines: Mapping[Place, list[list[Place]]],
    policy: Policy,
) -> bool:
    def is_missing(place: Place) -> bool:
        cell = trial.get(place, cells[place])
        return cell.mark != policy.absent and (cell.value is None or cell.n is None)

    return any(sum(map(is_missing, line)) == 1 for place in trial for line in lines.get(place, ()))


class _Tried:
    """What the attacker knows, part by part, and whether it may hear more."""

    def __init__(self, attacker: Attacker, truth: Truth, policy: Policy, known: Mapping[str, Indicator]) -> None:
        self._truth, self._policy, self._known = truth, policy, known
        system = attacker.system
        self._index = system.index
        self._tables = np.array([system.table(truth), *attacker.tables[-TABLES:]])
        self._asked = {item.variable: item for item in attacker.asked}
        self._asked_of: dict[int, set[Variable]] = defaultdict(set)
        for item in attacker.asked:
            for name in item.terms:
                self._asked_of[system.index[name]].add(item.variable)
        self._parts: dict[int, Part] = {}
        self._part_of = np.full(len(system.index), -1)
        self._effort = 0
        self._lower, self._upper = np.array(system.lower), np.array(system.upper)
        self._learn(np.arange(len(self._part_of)), Tightened(system.constraints(), self._lower, self._upper, MOST))

    def _learn(self, columns: np.ndarray, tight: Tightened) -> None:
        """What is known and what is tied together among these unknowns from now on."""
        self._lower[columns], self._upper[columns] = tight.lower, tight.upper
        self._part_of[columns] = -1
        for part in tight.parts():
            own = Part(columns[part.unknowns], part.rows)
            number = max(self._parts, default=-1) + 1
            self._parts[number] = own
            self._part_of[own.unknowns] = number

    def stays_safe(self, cells: Sequence[Cell]) -> bool:
        """Whether these cells may say this; if so, the attacker knows it from now on."""
        if self._effort > EFFORT:
            return False
        said = System()
        for cell in cells:
            said.tell(cell, self._known[cell.indicator_id], self._policy)
        told = np.array([self._index[name] for name in said.index])
        anew = {item.variable: item for item in questions(cells, self._truth, self._policy, self._known)}
        parts, variables = self._touched(told)
        unknown = np.concatenate([self._parts[number].unknowns for number in parts] or [np.array([], int)])
        concerned = [anew.get(variable, self._asked[variable]) for variable in variables]
        of_questions = [self._index[name] for item in concerned for name in item.terms]
        columns = np.unique(np.concatenate([unknown, told, np.array(of_questions, int)]))
        local = np.full(len(self._part_of), -1)
        local[columns] = np.arange(len(columns))
        lower, upper = self._lower[columns].copy(), self._upper[columns].copy()
        np.maximum.at(lower, local[told], said.lower)
        np.minimum.at(upper, local[told], said.upper)
        rows = _stacked([*((self._parts[number].rows, local[self._parts[number].unknowns]) for number in parts),
                         (said.constraints(), local[told])], len(columns))  # fmt: skip
        possible = _fitting(self._tables[:, columns], rows, lower, upper)
        tight = Tightened(rows, lower, upper, MOST)
        if concerned:
            names = {name: local[self._index[name]] for item in concerned for name in item.terms}
            search = Search(tight, names, len(columns), concerned, possible)
            fitting, is_unsafe = len(possible), search.finds_any()
            self._effort += len(unknown) * (1 + len(possible) - fitting)
            if is_unsafe:
                return False
        self._asked |= anew
        for number in parts:
            del self._parts[number]
        self._learn(columns, tight)
        for number in range(len(self._tables)):
            self._tables[number, columns] = possible[number % len(possible)]
        return True

    def _touched(self, told: np.ndarray) -> tuple[list[int], list[Variable]]:
        """The parts that hold any of these numbers, and all that questions tie to them; and those questions."""
        parts: set[int] = set()
        variables: set[Variable] = set()
        waiting = [int(number) for number in {*self._part_of[told]} if number >= 0]
        while waiting:
            number = waiting.pop()
            if number in parts:
                continue
            parts.add(number)
            for place in self._parts[number].unknowns:
                for variable in self._asked_of.get(int(place), ()):
                    if variable not in variables:
                        variables.add(variable)
                        others = {self._part_of[self._index[name]] for name in self._asked[variable].terms}
                        waiting += [int(other) for other in others if other >= 0]
        return sorted(parts), sorted(variables)


def _stacked(blocks: Sequence[tuple[LinearConstraint, np.ndarray]], width: int) -> LinearConstraint:
    """Rows of several systems, each with the columns that it has in the common one."""
    row, column, factor, low, high = [], [], [], [], []
    count = 0
    for rows, columns in blocks:
        entries = csr_array(rows.A).tocoo()
        row.append(entries.coords[0] + count)
        column.append(columns[entries.coords[1]])
        factor.append(entries.data)
        low.append(np.asarray(rows.lb, float))
        high.append(np.asarray(rows.ub, float))
        count += entries.shape[0]
    places = (np.concatenate(row), np.concatenate(column))
    matrix = csr_array((np.concatenate(factor), places), shape=(count, width))
    return LinearConstraint(matrix, np.concatenate(low), np.concatenate(high))


def _fitting(tables: np.ndarray, rows: LinearConstraint, lower: np.ndarray, upper: np.ndarray) -> deque[np.ndarray]:
    """Those of the tables that fit; the first is the true one and always does."""
    sums = (rows.A @ tables.T).T
    fits = ((sums >= rows.lb - NEAR) & (sums <= rows.ub + NEAR)).all(axis=1)
    fits &= ((tables >= lower) & (tables <= upper)).all(axis=1)
    return deque([tables[0], *np.unique(tables[1:][fits[1:]], axis=0)])
