"""How far can every small number be narrowed by someone who has all that is published? (R4)

For every primary cell, one that the rules keep back for its own sake, the least and the greatest value that the system
allows are sought. What a mark says is the measure: `~100` and `~0` must leave every number from 1 to k_comp − 1
possible, `..` at least k_comp of them. Every answer is a table that could have been; most questions are settled by the
answers to others or by bounds alone, and only the rest are asked of HiGHS (through SciPy).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from dia_assets.disclosure.system import MOST, Cell, Policy, System, Truth, Variable
from dia_assets.disclosure.tightened import Tightened

FEW = 4  # questions that are quicker asked one by one
TURNS = 6


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


class _Attacker:
    """The system, the tables that are known to be possible, and the least and greatest of each question in them."""

    def __init__(self, system: System, asked: Sequence[Question], possible: list[np.ndarray]) -> None:
        self._tight = Tightened(system.constraints(), np.array(system.lower), np.array(system.upper), MOST)
        self._possible = possible
        self._terms = [[(system.index[name], factor) for name, factor in item.terms.items()] for item in asked]
        places = [(number, *term) for number, terms in enumerate(self._terms) for term in terms]
        row, column, factor = (np.array(part) for part in zip(*places, strict=True))
        self._sums = csr_array((factor, (row, column)), shape=(len(asked), len(system.index)))
        values = np.round(self._sums @ np.array(possible).T)
        self.low, self.high = values.min(axis=1), values.max(axis=1)

    def outer(self, number: int) -> tuple[float, float]:
        """An interval that a question cannot leave, without asking; it may be too wide."""
        return self._tight.outer(self._terms[number])

    def ask(self, signs: Mapping[int, int]) -> None:
        """Find a possible table in which the sum of questions, each with its sign, is least."""
        terms = [(place, sign * factor) for number, sign in signs.items() for place, factor in self._terms[number]]
        table = self._tight.least(terms, self._possible[0])
        self._possible.append(table)
        values = np.round(self._sums @ table)
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)

    def open_yet(self, asked: Sequence[Question]) -> list[int]:
        """The questions that neither the tables known nor the bounds settle."""
        return [
            number
            for number, question in enumerate(asked)
            if not _is_safe(question, self.low[number], self.high[number]) and _is_safe(question, *self.outer(number))
        ]


def attack(
    system: System,
    cells: Sequence[Cell],
    truth: Truth,
    policy: Policy,
    *,
    roughly: bool = False,
    possible: list[np.ndarray] | None = None,
) -> list[Narrowed]:
    """The primary cells that are not safe (if `roughly`, with an interval that may be given too wide).

    `possible`: tables found when more of the same cells was shown; they are possible still, and new ones are added.
    Raises `ValueError` when the published figures contradict each other or the truth.
    """
    possible = [] if possible is None else possible
    if not possible:
        possible.append(system.table(truth))
    asked = list(questions(cells, truth, policy, system.least))
    found: list[Narrowed] = []
    if not asked:
        return found
    attacker = _Attacker(system, asked, possible)
    if len(possible) == 1:  # only the true one: everything is open yet
        _ask_together(attacker, asked)
    for number, question in enumerate(asked):
        narrowed = _narrowed(attacker, number, question, exactly=not roughly)
        found += [narrowed] if narrowed else []
    return found


def _ask_together(attacker: _Attacker, asked: Sequence[Question]) -> None:
    """Tables in which some of what is open is small and the rest large, and the other way round, settle most of it.

    Which is which follows from the place alone, and differs between neighbours: girls and boys have a fixed sum.
    """
    left = attacker.open_yet(asked)
    for turn in range(TURNS):
        before = len(left)
        if before < FEW:
            return
        signs = {number: 1 if (place >> turn) & 1 else -1 for place, number in enumerate(left)}
        attacker.ask(signs)
        attacker.ask({number: -sign for number, sign in signs.items()})
        left = attacker.open_yet(asked)
        if len(left) > 0.8 * before:
            return


def _narrowed(attacker: _Attacker, number: int, question: Question, *, exactly: bool) -> Narrowed | None:
    """The interval that a question cannot leave, where it is not safe; only what nothing else settles is asked."""
    outer = attacker.outer(number)
    for step in (None, 1, -1):
        if step:
            attacker.ask({number: step})
        low, high = attacker.low[number], attacker.high[number]
        if _is_safe(question, low, high):
            return None
        if (low, high) == outer or not (exactly or _is_safe(question, *outer)):
            return Narrowed(question, *outer)
    return Narrowed(question, low, high)


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
