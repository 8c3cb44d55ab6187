"""Keeps back further cells until no primary cell can be worked out (R4): attack, keep one more back, attack again.

What is kept back next is the smallest thing on the lines that gave the number away: what is left when all are split
(higher, equal, lower) or parts of a whole (kinds of programme), the unit's own girls and boys, the same column of
another school unit, then the unit's other indicators; the municipality's own figures only where no unit's are left. The
order is fixed (pupils, then code), so that the same figures give the same marks. Every step keeps back something that
was shown, so it ends; that it is the least that could be kept back is not promised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dia_assets.disclosure.attack import Narrowed, attack, questions
from dia_assets.disclosure.system import ALL, SEXES, UNIT, Cell, Indicator, Policy, Truth, frame, told


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
            told(system, here, known.values(), policy), here, truth, policy, first=True, possible=possible
        ):
            here = _keep_back(here, found[0], known, truth, policy)
            steps += 1
        done += here
    return Protected(done, steps)


def _word(indicator: Indicator, known: dict[str, Indicator]) -> str:
    """What links indicators: the same pupils, or pupils among another's."""
    wider = indicator.within or indicator.part_of
    return known[wider].counted_with if wider in known else indicator.counted_with


def _linked(cells: list[Cell], known: dict[str, Indicator], word: str) -> list[Cell]:
    return [cell for cell in cells if _word(known[cell.indicator_id], known) == word]


def _keep_back(
    cells: list[Cell], narrowed: Narrowed, known: dict[str, Indicator], truth: Truth, policy: Policy
) -> list[Cell]:
    what, indicator, entity, group = narrowed.question.variable
    is_number = what == "n"
    asked, names = known[indicator], {cell.indicator_id for cell in cells}
    shown = [
        cell
        for cell in cells
        if cell.mark != policy.absent
        and (cell.n is not None if is_number else cell.mark != policy.suppressed and known[cell.indicator_id].is_share)
    ]

    def cost(cell: Cell) -> tuple[bool | int | str, ...]:
        other = known[cell.indicator_id]
        is_rest = not is_number and asked.splits is not None and other.splits == asked.splits
        is_rest = is_rest or (asked.part_of is not None and other.part_of == asked.part_of)
        is_other = not is_number and cell.indicator_id != indicator
        is_there = (cell.entity, cell.group) == (entity, group)
        own_sexes = cell.entity == entity and cell.group in SEXES
        pupils = max(truth.get((name, cell.entity, ALL), (0, None))[0] for name in names)
        return (
            not (is_rest and is_other and is_there),
            cell.level != UNIT,
            is_other,
            is_other and cell.entity != entity,
            not own_sexes,
            cell.group != group,
            pupils,
            cell.entity,
            cell.group,
            cell.indicator_id,
        )

    if not shown:
        raise ValueError("A number can be worked out although nothing is shown: the figures do not fit the rules.")
    first = min(shown, key=cost)
    columns = (ALL, *SEXES) if first.group == ALL else SEXES
    gone = {
        cell
        for cell in shown
        if cell.entity == first.entity
        and cell.group in columns
        and (cell.indicator_id == first.indicator_id or (is_number and known[first.indicator_id].part_of is None))
    }
    return [_kept_back(cell, policy, is_number) if cell in gone else cell for cell in cells]


def _kept_back(cell: Cell, policy: Policy, is_number: bool) -> Cell:
    """The number goes together with what is said of it; a share may go alone."""
    hidden = replace(cell, value=None, mark=policy.suppressed)
    return replace(hidden, n=None, n_mark=policy.suppressed) if is_number else hidden
