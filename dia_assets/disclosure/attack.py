"""How far can every small number be narrowed by someone who has all that is published? (R4)

For every primary cell, one that the rules keep back for its own sake, the least and the greatest value that the system
allows are sought. What a mark says is the measure: `~100` and `~0` must leave every number from 1 to k_comp − 1
possible, `..` at least k_comp of them. Every answer is a table that could have been; most questions are settled by the
answers to others or by bounds alone, and only the rest are asked of HiGHS (through SciPy).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from dia_assets.disclosure.system import MOST, Cell, Indicator, Policy, System, Truth, Variable
from dia_assets.disclosure.tightened import Tightened

FEW = 4  # questions that are quicker asked one by one
IDLE = 3  # tables in turn that settle next to nothing, before questions are asked one by one
REMEMBERED = 200  # tables; what older ones have shown is remembered as the least and greatest of each question


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


class Attacker:
    """Someone who has all that the cells say. What was found to be possible stays so when more is kept back.

    Raises `ValueError` when the published figures contradict each other or the truth.
    """

    def __init__(self, system: System, cells: Iterable[Cell], truth: Truth, policy: Policy) -> None:
        self._system, self._truth, self._policy = system, truth, policy
        self._asked: dict[Variable, Question] = {}
        self._possible: deque[np.ndarray] = deque(maxlen=REMEMBERED)
        self._low: dict[Variable, float] = {}
        self._high: dict[Variable, float] = {}
        self._ask_of(cells)

    @property
    def system(self) -> System:
        """What it has heard so far."""
        return self._system

    @property
    def asked(self) -> list[Question]:
        """What it would like to know."""
        return list(self._asked.values())

    @property
    def tables(self) -> list[np.ndarray]:
        """Tables that it knows to be possible."""
        return list(self._possible)

    def hear(self, cells: Iterable[Cell], indicators: Mapping[str, Indicator]) -> None:
        """These cells say less from now on."""
        cells = list(cells)
        for cell in cells:
            self._system.tell(cell, indicators[cell.indicator_id], self._policy)
        self._ask_of(cells)

    def _ask_of(self, cells: Iterable[Cell]) -> None:
        for question in questions(cells, self._truth, self._policy, self._system.known):
            self._asked[question.variable] = question
            values = [self._value(question, table) for table in self._possible]
            self._low[question.variable] = min(values, default=np.inf)
            self._high[question.variable] = max(values, default=-np.inf)

    def _value(self, question: Question, table: np.ndarray) -> float:
        return float(round(sum(factor * table[self._system.index[name]] for name, factor in question.terms.items())))

    def narrowed(self, *, roughly: bool = False) -> list[Narrowed]:
        """The primary cells that are not safe (if `roughly`, with an interval that may be given too wide)."""
        asked = [item for item in self._asked.values() if not self._is_settled(item)]
        if not asked:
            return []
        is_first = not self._possible
        if is_first:
            self._possible.append(self._system.table(self._truth))
        system = self._system
        tight = Tightened(system.constraints(), np.array(system.lower), np.array(system.upper), MOST)
        search = Search(tight, system.index, len(system.index), asked, self._possible)
        search.know(self._low, self._high)
        if is_first:  # only the true table is known: everything is open yet
            search.ask_together()
        found = [search.narrowed(number, exactly=not roughly) for number in range(len(asked))]
        self._low |= {item.variable: low for item, low in zip(asked, search.low, strict=True)}
        self._high |= {item.variable: high for item, high in zip(asked, search.high, strict=True)}
        return [item for item in found if item]

    def _is_settled(self, question: Question) -> bool:
        return _is_safe(question, self._low[question.variable], self._high[question.variable])


class Search:
    """A system as it is now, and the least and greatest of each question in the tables known to be possible.

    `index`: the place of each variable in a table of so many numbers (`size`).
    """

    def __init__(
        self,
        tight: Tightened,
        index: Mapping[Variable, int],
        size: int,
        asked: Sequence[Question],
        possible: deque[np.ndarray],
    ) -> None:
        self._tight, self._asked, self._possible = tight, asked, possible
        self._terms = [[(index[name], factor) for name, factor in item.terms.items()] for item in asked]
        places = [(number, *term) for number, terms in enumerate(self._terms) for term in terms]
        row, column, factor = (np.array(part) for part in zip(*places, strict=True))
        self._sums = csr_array((factor, (row, column)), shape=(len(asked), size))
        values = np.round(self._sums @ np.array(possible).T)
        self.low, self.high = values.min(axis=1), values.max(axis=1)

    def know(self, low: Mapping[Variable, float], high: Mapping[Variable, float]) -> None:
        """What tables no longer remembered have shown."""
        self.low = np.minimum(self.low, [low[item.variable] for item in self._asked])
        self.high = np.maximum(self.high, [high[item.variable] for item in self._asked])

    def finds_any(self) -> bool:
        """Whether anything is narrowed; what bounds alone say comes first."""
        numbers = range(len(self._asked))
        if any(not _is_safe(self._asked[number], *self._tight.outer(self._terms[number])) for number in numbers):
            return True
        self.ask_together()
        return any(self.narrowed(number, exactly=False) for number in numbers)

    def ask_together(self) -> None:
        """Tables in which what is open lies now low, now high settle most of it at once.

        Each question goes where it has not been yet, or either way, which follows from turn and place alone. One table
        more is worth it as long as it settles more than the question that it could be asked for.
        """
        left = self._open_yet()
        idle = 0
        while len(left) >= FEW and idle < IDLE:
            before = len(left)
            chance = np.random.default_rng(before + idle).choice([-1, 1], len(left))
            self._ask(
                {number: self._direction(number) or int(either) for number, either in zip(left, chance, strict=True)}
            )
            left = self._open_yet()
            idle = 0 if len(left) < before - 1 else idle + 1

    def _direction(self, number: int) -> int:
        """1 where it must still be seen lower, −1 higher, 0 where either would do."""
        needed = self._asked[number].needed
        if isinstance(needed, int):
            return 0
        is_low, is_high = self.low[number] <= needed[0], self.high[number] >= needed[1]
        return int(is_high) - int(is_low)

    def narrowed(self, number: int, *, exactly: bool) -> Narrowed | None:
        """The interval that a question cannot leave, where it is not safe; only what nothing else settles is asked."""
        question, outer = self._asked[number], self._tight.outer(self._terms[number])
        for step in (None, 1, -1):
            if step:
                self._ask({number: step})
            low, high = self.low[number], self.high[number]
            if _is_safe(question, low, high):
                return None
            if (low, high) == outer or not (exactly or _is_safe(question, *outer)):
                return Narrowed(question, *outer)
        return Narrowed(question, low, high)

    def _ask(self, signs: Mapping[int, int]) -> None:
        """Find a possible table in which the sum of questions, each with its sign, is least."""
        terms = [(place, sign * factor) for number, sign in signs.items() for place, factor in self._terms[number]]
        table = self._tight.least(terms, self._possible[0])
        self._possible.append(table)
        values = np.round(self._sums @ table)
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)

    def _open_yet(self) -> list[int]:
        """The questions that neither the tables known nor the bounds settle."""
        return [
            number
            for number, question in enumerate(self._asked)
            if not _is_safe(question, self.low[number], self.high[number])
            and _is_safe(question, *self._tight.outer(self._terms[number]))
        ]


def attack(system: System, cells: Iterable[Cell], truth: Truth, policy: Policy) -> list[Narrowed]:
    """The primary cells of these that are not safe, with the interval that each cannot leave."""
    return Attacker(system, cells, truth, policy).narrowed()


def _is_safe(question: Question, low: float, high: float) -> bool:
    if isinstance(question.needed, tuple):
        return low <= question.needed[0] and high >= question.needed[1]
    return high - low + 1 >= question.needed


def questions(
    cells: Iterable[Cell], truth: Truth, policy: Policy, indicators: Mapping[str, Indicator]
) -> Iterator[Question]:
    """Every number that the rules keep back for its own sake, with what its mark promises.

    Too few pupils (R1): their number, and those who have it, also where that is nobody or everybody. A few who have it
    or have it not (R2). Nobody or everybody of a small group, where it is sensitive (R3). A few pupils whom a mean
    leaves out of a larger group that is told of too (R11).
    """
    if policy.k_comp < 2:  # these readers may know of a single pupil
        return
    near = (1, policy.k_comp - 1)
    for cell in sorted(cells, key=lambda cell: (cell.indicator_id, cell.level, cell.entity, cell.group)):
        indicator = indicators[cell.indicator_id]
        pupils, having = truth.get(cell.place, (0, None))
        n: Variable = ("n", *cell.place)
        x: Variable = ("x", *cell.place)
        few = 0 < pupils < (policy.k_min if indicator.least is None else indicator.least)
        if few:
            yield Question(n, {n: 1}, policy.k_comp)
        if indicator.within:
            group: Variable = ("n", indicator.within, cell.entity, cell.group)
            if 0 < truth.get(group[1:], (0, None))[0] - pupils < policy.k_comp:
                yield Question(("left out", *cell.place), {group: 1, n: -1}, policy.k_comp)
        if having is None or pupils == 0:
            continue
        hides_extremes = few or (indicator.is_sensitive and pupils < 2 * policy.k_min)
        lacking = pupils - having
        if cell.mark == policy.near_all:
            yield Question(x, {n: 1, x: -1}, near)
        elif cell.mark == policy.near_none:
            yield Question(x, {x: 1}, near)
        elif 0 < having < policy.k_comp or (having == 0 and hides_extremes):
            yield Question(x, {x: 1}, policy.k_comp)
        elif 0 < lacking < policy.k_comp or (lacking == 0 and hides_extremes):
            yield Question(x, {n: 1, x: -1}, policy.k_comp)
