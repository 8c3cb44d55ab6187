"""How far can every small number be narrowed by someone who has all that is published? (R4)

For every primary cell, one that the rules keep back for its own sake, the least and the greatest value that the system
allows are asked of HiGHS (through SciPy). What a mark says is the measure: `~100` and `~0` must leave every number
from 1 to k_comp − 1 possible, `..` at least k_comp of them. Every answer is a table that could have been; most
questions are settled by the answers to others, and only the rest are asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from dia_assets.disclosure.system import Cell, Policy, System, Truth, Variable


@dataclass(frozen=True)
class Question:
    """A number to be kept, as a sum of variables, and how much must stay possible: an interval, or so many values."""

    variable: Variable
    terms: Mapping[Variable, float]
    needed: tuple[int, int] | int


@dataclass(frozen=True)
class Narrowed:
    """A primary cell that can be worked out further than its mark says: it lies from `low` to `high`."""

    question: Question
    low: float
    high: float


@dataclass
class _Attacker:
    """The system, and the tables that are known to be possible."""

    system: System
    constraints: LinearConstraint
    possible: list[np.ndarray] = field(default_factory=list)

    def seen(self, question: Question) -> tuple[float, float]:
        """The least and greatest value of a question in the tables known to be possible."""
        values = [round(self._value(question, table)) for table in self.possible]
        return (min(values), max(values)) if values else (np.inf, -np.inf)

    def ask(self, question: Question, sign: int) -> float:
        """The least (sign 1) or greatest (−1) value that any possible table has."""
        objective = np.zeros(len(self.system.index))
        for variable, factor in question.terms.items():
            objective[self.system.index[variable]] = sign * factor
        answer = milp(
            objective,
            constraints=self.constraints,
            bounds=Bounds(np.array(self.system.lower), np.array(self.system.upper)),
            integrality=np.ones(len(self.system.index)),
        )
        if answer.x is None:
            raise ValueError(f"The published figures contradict each other: {answer.message}")
        self.possible.append(answer.x)
        return self._value(question, answer.x)

    def _value(self, question: Question, table: np.ndarray) -> float:
        return sum(factor * table[self.system.index[variable]] for variable, factor in question.terms.items())


def attack(
    system: System,
    cells: Sequence[Cell],
    truth: Truth,
    policy: Policy,
    *,
    first: bool = False,
    possible: list[np.ndarray] | None = None,
) -> list[Narrowed]:
    """The primary cells that are not safe, or the first of them.

    `possible`: tables found when more of the same cells was shown; they are possible still, and new ones are added.
    Raises `ValueError` when the published figures contradict each other or the truth.
    """
    attacker, found = _Attacker(system, system.constraints(), [] if possible is None else possible), []
    if not attacker.possible:
        attacker.possible.append(system.table(truth))
    for question in questions(cells, truth, policy, system.least):
        low, high = attacker.seen(question)
        if not _is_safe(question, low, high):
            low = round(attacker.ask(question, 1))
            high = max(attacker.seen(question)[1], low)
        if not _is_safe(question, low, high):
            high = round(attacker.ask(question, -1))
        if not _is_safe(question, low, high):
            found.append(Narrowed(question, low, high))
            if first:
                break
    return found


def _is_safe(question: Question, low: float, high: float) -> bool:
    if isinstance(question.needed, tuple):
        return low <= question.needed[0] and high >= question.needed[1]
    return high - low + 1 >= question.needed


def questions(
    cells: Sequence[Cell], truth: Truth, policy: Policy, least: Mapping[str, int] | None = None
) -> Iterator[Question]:
    """Every number that the rules keep back for its own sake, with what its mark promises.

    `least`: the number below which an indicator's pupils (teachers, answers) are too few, where it is not k_min.
    """
    near = (1, policy.k_comp - 1)
    for cell in sorted(cells, key=lambda cell: (cell.indicator_id, cell.level, cell.entity, cell.group)):
        pupils, having = truth.get((cell.indicator_id, cell.entity, cell.group), (0, None))
        n: Variable = ("n", cell.indicator_id, cell.entity, cell.group)
        x: Variable = ("x", cell.indicator_id, cell.entity, cell.group)
        if 0 < pupils < (least or {}).get(cell.indicator_id, policy.k_min):
            yield Question(n, {n: 1}, policy.k_comp)
        if having is None or pupils == 0:
            continue
        if cell.mark == policy.near_all:
            yield Question(x, {n: 1, x: -1}, near)
        elif cell.mark == policy.near_none:
            yield Question(x, {x: 1}, near)
        elif 0 < having < policy.k_comp:
            yield Question(x, {x: 1}, policy.k_comp)
        elif 0 < pupils - having < policy.k_comp:
            yield Question(x, {n: 1, x: -1}, policy.k_comp)
