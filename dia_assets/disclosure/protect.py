"""Keeps back further cells until no primary cell can be worked out (R4): attack, keep more back, attack again.

What is kept back next is the smallest thing on the lines that gave the number away: what is left when all are split
(higher, equal, lower) or parts of a whole (kinds of programme), the unit's own girls and boys, the same column of
another school unit, then the unit's other indicators; the municipality's own figures only where no unit's are left. The
order is fixed (pupils, then code), so that the same figures give the same marks. Between two attacks something is kept
back for every school unit that gave a number away, but only once for each unit, and in a column for one in fifty of its
units, since that may be enough for the other numbers too: a city would take thousands of attacks otherwise. Every step
keeps back something that was shown, so it ends; that it is the least that could be kept back is not promised.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dia_assets.disclosure.attack import Narrowed, attack, questions
from dia_assets.disclosure.system import ALL, SEXES, UNIT, Cell, Indicator, Policy, Truth, frame, told

UNITS_PER_STEP = 50


@dataclass(frozen=True)
class Protected:
    """The cells as they may be published, and how many steps it took."""

    cells: list[Cell]
    steps: int


def protect(cells: Sequence[Cell], indicators: Iterable[Indicator], truth: Truth, policy: Policy) -> Protected:
    """The cells of one audience, family and period with as many more kept back as the attacker makes needed."""
    known, steps = {item.indicator_id: item for item in indicators}, 0
    parts = [
        _linked(list(cells), known, word) for word in sorted({_word(known[cell.indicator_id], known) for cell in cells})
    ]
    least = {item.indicator_id: item.least for item in known.values() if item.least is not None}
    done: list[Cell] = []
    for part in parts:
        if not any(questions(part, truth, policy, least)):  # nothing is small, or these readers may see it
            done += part
            continue
        here, system = part, frame(part, known.values(), truth)
        possible: list[np.ndarray] = []  # what was possible stays so when more is kept back
        while found := attack(
            told(system, here, known.values(), policy), here, truth, policy, roughly=True, possible=possible
        ):
            here, taken = _keep_back_each(here, found, known, truth, policy)
            steps += taken
        done += here
    return Protected(done, steps)


def _word(indicator: Indicator, known: dict[str, Indicator]) -> str:
    """What links indicators: the same pupils, or pupils among another's."""
    wider = indicator.within or indicator.part_of
    return known[wider].counted_with if wider in known else indicator.counted_with


def _linked(cells: list[Cell], known: dict[str, Indicator], word: str) -> list[Cell]:
    return [cell for cell in cells if _word(known[cell.indicator_id], known) == word]


def _keep_back_each(
    cells: list[Cell], found: Sequence[Narrowed], known: dict[str, Indicator], truth: Truth, policy: Policy
) -> tuple[list[Cell], int]:
    """Keep something back for each of these numbers that none before it has to do with; and how many those were."""
    names = {cell.indicator_id for cell in cells}
    pupils = {
        entity: max(truth.get((name, entity, ALL), (0, None))[0] for name in names)
        for entity in {cell.entity for cell in cells}
    }
    touched: set[str] = set()
    columns: Counter[tuple[str, str]] = Counter()
    at_once = 1 + len(pupils) // UNITS_PER_STEP
    steps = 0
    for narrowed in found:
        what, indicator, entity, group = narrowed.question.variable
        shown = _shown(cells, known, policy, is_number=what == "n")
        if entity in touched or (steps and not shown):
            continue
        first = _next_to_go(shown, narrowed, known, pupils)
        is_in_column = first.entity != entity
        if first.entity in touched or (is_in_column and columns[indicator, group] == at_once):
            continue
        touched |= {entity, first.entity}
        columns[indicator, group] += is_in_column
        gone = _going_with(first, shown, known, is_number=what == "n")
        cells = [_kept_back(cell, policy, what == "n") if cell in gone else cell for cell in cells]
        steps += 1
    return cells, steps


def _next_to_go(shown: Sequence[Cell], narrowed: Narrowed, known: dict[str, Indicator], pupils: dict[str, int]) -> Cell:
    """The smallest thing still shown on the lines that gave the number away; `pupils` of each unit."""
    what, indicator, entity, group = narrowed.question.variable
    is_number = what == "n"
    asked = known[indicator]

    def is_rest(cell: Cell) -> bool:
        other = known[cell.indicator_id]
        if is_number or cell.indicator_id == indicator or (cell.entity, cell.group) != (entity, group):
            return False
        splits = asked.splits is not None and other.splits == asked.splits
        return splits or (asked.part_of is not None and other.part_of == asked.part_of)

    def cost(cell: Cell) -> tuple[bool | int | str, ...]:
        is_other = not is_number and cell.indicator_id != indicator
        own_sexes = cell.entity == entity and cell.group in SEXES
        return (
            not is_rest(cell),
            cell.level != UNIT,
            is_other,
            is_other and cell.entity != entity,
            not own_sexes,
            cell.group != group,
            pupils[cell.entity],
            cell.entity,
            cell.group,
            cell.indicator_id,
        )

    if not shown:
        raise ValueError("A number can be worked out although nothing is shown: the figures do not fit the rules.")
    # What costs least is nearly always the unit's own: of the thousands of others in a city none need be looked at.
    own = [cell for cell in shown if cell.entity == entity and cell.level == UNIT]
    near = [
        cell for cell in own if is_rest(cell) or (cell.group in SEXES and (is_number or cell.indicator_id == indicator))
    ]
    return min(near or shown, key=cost)


def _going_with(first: Cell, shown: Iterable[Cell], known: dict[str, Indicator], *, is_number: bool) -> set[Cell]:
    """This cell and what must be kept back together with it."""
    columns = (ALL, *SEXES) if first.group == ALL else SEXES
    return {
        cell
        for cell in shown
        if cell.entity == first.entity
        and cell.group in columns
        and (cell.indicator_id == first.indicator_id or (is_number and known[first.indicator_id].part_of is None))
    }


def _shown(cells: Iterable[Cell], known: dict[str, Indicator], policy: Policy, *, is_number: bool) -> list[Cell]:
    """The cells of which a number, or a share, could still be kept back."""
    return [
        cell
        for cell in cells
        if cell.mark != policy.absent
        and (cell.n is not None if is_number else cell.mark != policy.suppressed and known[cell.indicator_id].is_share)
    ]


def _kept_back(cell: Cell, policy: Policy, is_number: bool) -> Cell:
    """The number goes together with what is said of it; a share may go alone."""
    hidden = replace(cell, value=None, mark=policy.suppressed)
    return replace(hidden, n=None, n_mark=policy.suppressed) if is_number else hidden
