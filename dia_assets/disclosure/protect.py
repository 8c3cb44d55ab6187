"""Keeps back further cells until no primary cell can be worked out (R4): attack, keep more back, attack again.

What is kept back next is the smallest thing on the lines that gave the number away: what is left when all are split
(higher, equal, lower) or parts of a whole (kinds of programme), the unit's own girls and boys, the same column of
another school unit, then the unit's other indicators; the municipality's own figures only where no unit's are left. The
order is fixed (pupils, then code), so that the same figures give the same marks. Between two attacks something is kept
back for every school unit that gave a number away, but only once for each unit, and in a column for one in fifty of its
units, since that may be enough for the other numbers too: a city would take thousands of attacks otherwise. Every step
keeps back something that was shown, so it ends. What proved needless is then shown again (`shown_again`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from dia_assets.disclosure.attack import Attacker, Narrowed, questions
from dia_assets.disclosure.shown_again import show_again
from dia_assets.disclosure.system import (
    ALL,
    GROUPS,
    SEXES,
    UNIT,
    Cell,
    Indicator,
    Place,
    Policy,
    Principals,
    Truth,
    build,
    siblings,
)

UNITS_PER_STEP = 50


def protect(
    cells: Sequence[Cell],
    indicators: Iterable[Indicator],
    truth: Truth,
    policy: Policy,
    principals: Principals | None = None,
) -> list[Cell]:
    """The cells of one audience, family and period with as many more kept back as the attacker makes needed."""
    known = {item.indicator_id: item for item in indicators}
    parts: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        parts[_widest_word(known[cell.indicator_id], known)].append(cell)
    done: list[Cell] = []
    for _, part in sorted(parts.items()):
        if not any(questions(part, truth, policy, known)):  # nothing is small, or these readers may see it
            done += part
            continue
        attacker = Attacker(build(part, known.values(), policy, truth, principals), part, truth, policy)
        kept = _KeptBack(part, known, truth, policy, principals or {})
        while found := attacker.narrowed(roughly=True):
            attacker.hear(kept.more(found), known)
        done += show_again(part, kept.cells, known, attacker, truth, policy)
    return done


def _word(indicator: Indicator, known: Mapping[str, Indicator]) -> str:
    """What links indicators: the same pupils, or pupils among another's."""
    wider = indicator.within or indicator.part_of
    return known[wider].counted_with if wider is not None and wider in known else indicator.counted_with


def _widest_word(indicator: Indicator, known: Mapping[str, Indicator]) -> str:
    """As `_word`, across families."""
    wider = indicator.among or indicator.later_of
    return _word(known[wider] if wider is not None and wider in known else indicator, known)


class _KeptBack:
    """Cells that are tied together, with what could still be kept back of them."""

    def __init__(
        self,
        cells: Sequence[Cell],
        known: Mapping[str, Indicator],
        truth: Truth,
        policy: Policy,
        principals: Principals,
    ) -> None:
        self._known, self._policy, self._principals = known, policy, principals
        self._cells = {cell.place: cell for cell in cells}
        names = {cell.indicator_id for cell in cells}
        self._pupils = {
            entity: max(truth.get((name, entity, ALL), (0, None))[0] for name in names)
            for entity in {cell.entity for cell in cells}
        }
        self._of_entity: dict[str, list[Place]] = defaultdict(list)
        self._of_indicator: dict[str, list[Place]] = defaultdict(list)
        for place in self._cells:
            self._of_entity[place[1]].append(place)
            self._of_indicator[place[0]].append(place)
        self._word = {name: _word(known[name], known) for name in names}
        self._of_units = {cell.indicator_id for cell in cells if cell.level == UNIT}
        self._at_once = 1 + len(self._pupils) // UNITS_PER_STEP

    @property
    def cells(self) -> list[Cell]:
        """As they are now."""
        return list(self._cells.values())

    def more(self, found: Sequence[Narrowed]) -> list[Cell]:
        """Keep something back for each of these numbers that none before it has to do with; the cells that changed."""
        touched: set[str] = set()
        columns: Counter[tuple[str, str]] = Counter()
        changed: dict[Place, Cell] = {}
        for narrowed in found:
            what, indicator, entity, group = narrowed.question.variable
            is_number, column = what != "x", (indicator, group)
            if entity in touched:
                continue
            first = self._nearest(narrowed, is_number)
            if first is None:
                if columns[column] == self._at_once:
                    continue
                first = self._farther(narrowed, is_number)
            if first is None:
                if not changed:
                    raise ValueError("A number can be worked out although nothing is shown: the figures do not fit.")
                continue
            is_in_column = first.entity != entity
            if first.entity in touched or (is_in_column and columns[column] == self._at_once):
                continue
            touched |= {entity, first.entity}
            columns[column] += is_in_column
            for cell in self._going_with(first, is_number):
                changed[cell.place] = self._cells[cell.place] = _kept_back(cell, self._policy, is_number)
        return list(changed.values())

    def _nearest(self, narrowed: Narrowed, is_number: bool) -> Cell | None:
        """What costs least, if it is the unit's own: the rest of what is split, or its girls and boys.

        That nobody or everybody of a unit has something says so of its girls and boys. How many of its pupils are in
        another family too may have given a number away.
        """
        _, indicator, entity, group = narrowed.question.variable
        asked = self._known[indicator]

        def is_rest(cell: Cell) -> bool:
            other = self._known[cell.indicator_id]
            if is_number or cell.indicator_id == indicator or cell.group != group:
                return False
            splits = asked.splits is not None and other.splits == asked.splits
            return splits or (asked.part_of is not None and other.part_of == asked.part_of)

        def is_whole(cell: Cell) -> bool:
            return cell.indicator_id == indicator and cell.value in (0, 100)

        def is_sex(cell: Cell) -> bool:
            return self._is_low(cell) and cell.group in SEXES and not self._is_other(cell, indicator, is_number)

        def is_among(cell: Cell) -> bool:
            other = self._known[cell.indicator_id]
            if asked.among or asked.later_of:
                return False
            return other.later_of is not None or (is_number and other.among is not None)

        own = self._shown(self._of_entity[entity], is_number)
        units = [cell for cell in own if self._is_low(cell) and is_among(cell)]
        near = [] if is_number else [cell for cell in own if is_whole(cell)]
        near = near or self._only_one_of_its_principal(indicator, entity, group, is_number)
        near = near or [cell for cell in own if is_rest(cell)] or [cell for cell in own if is_sex(cell)]
        near = near or [cell for cell in units if cell.group in SEXES] or units
        return min(near, key=self._cost(narrowed, is_number), default=None)

    def _only_one_of_its_principal(self, indicator: str, entity: str, group: str, is_number: bool) -> list[Cell]:
        """What the municipality tells of the unit's kind of principal, where no other unit of it can be kept back."""
        kind = self._principals.get(entity)
        others = [
            place
            for place in self._of_indicator[indicator]
            if place[2] == ALL and place[1] != entity and self._principals.get(place[1]) == kind
        ]
        if group != ALL or kind is None or self._shown(others, is_number):
            return []
        return self._shown([place for place in self._of_indicator[indicator] if place[2] == kind], is_number)

    def _farther(self, narrowed: Narrowed, is_number: bool) -> Cell | None:
        """The smallest unit in the same column, then the unit's other indicators, then anything.

        Of pupils who are in another family too, their columns there come before a second one in this.
        """
        _, indicator, entity, group = narrowed.question.variable
        nearer: list[Iterable[Place]] = [self._of_indicator[indicator], self._of_entity[entity]]
        if is_number:
            among = [name for name in sorted(self._word) if self._known[name].among is not None]
            columns = [(indicator, group)]
            if self._known[indicator].among is None:
                columns += [(name, sex) for name in among for sex in (*SEXES, ALL)]
            nearer = [column for name, sex in columns if (column := self._hidden_alone(name, entity, sex))]
        for places in (*nearer, self._cells):
            cells = [cell for cell in self._shown(places, is_number) if self._is_low(cell)]
            if cells:
                return min(cells, key=self._cost(narrowed, is_number))
        return min(self._shown(self._cells, is_number), key=self._cost(narrowed, is_number), default=None)

    def _hidden_alone(self, indicator: str, entity: str, group: str) -> list[Place]:
        """The column in which this unit's number is kept back and no other's; nothing if there is none."""
        column = [
            place
            for place in self._of_indicator[indicator]
            if place[2] == group and (cell := self._cells[place]).level == UNIT and cell.mark != self._policy.absent
        ]
        hidden = [place for place in column if self._cells[place].n is None]
        return column if hidden == [(indicator, entity, group)] else []

    def _cost(self, narrowed: Narrowed, is_number: bool) -> Callable[[Cell], tuple[bool | int | str, ...]]:
        _, indicator, entity, group = narrowed.question.variable

        def cost(cell: Cell) -> tuple[bool | int | str, ...]:
            return (
                self._is_other(cell, indicator, is_number),
                not (cell.entity == entity and cell.group in SEXES),
                cell.group != group,
                self._pupils[cell.entity],
                cell.entity,
                cell.group,
                cell.indicator_id,
            )

        return cost

    def _is_low(self, cell: Cell) -> bool:
        """Whether it is of a school unit, or of the whole where the indicator is told of no unit."""
        return cell.level == UNIT or cell.indicator_id not in self._of_units

    def _is_other(self, cell: Cell, indicator: str, is_number: bool) -> bool:
        """Whether it does not count the same pupils or, of a share, is not the same."""
        if is_number:
            return self._word[cell.indicator_id] != self._word[indicator]
        return cell.indicator_id != indicator

    def _shown(self, places: Iterable[Place], is_number: bool) -> list[Cell]:
        """The cells of which a number, or a share, could still be kept back."""
        absent, suppressed = self._policy.absent, self._policy.suppressed
        cells = [self._cells[place] for place in places]
        if is_number:
            return [cell for cell in cells if cell.mark != absent and cell.n is not None]
        return [
            cell for cell in cells if cell.mark not in (absent, suppressed) and self._known[cell.indicator_id].is_share
        ]

    def _going_with(self, first: Cell, is_number: bool) -> list[Cell]:
        """This cell and what must be kept back together with it."""
        columns = GROUPS if first.group == ALL else siblings(first.group)
        is_alone = not is_number or self._known[first.indicator_id].part_of is not None

        def goes(cell: Cell) -> bool:
            if is_alone:
                return cell.indicator_id == first.indicator_id
            return not self._is_other(cell, first.indicator_id, is_number)

        shown = self._shown(self._of_entity[first.entity], is_number)
        return [cell for cell in shown if cell.group in columns and goes(cell)]


def _kept_back(cell: Cell, policy: Policy, is_number: bool) -> Cell:
    """The number goes together with what is said of it; a share may go alone."""
    hidden = replace(cell, value=None, mark=policy.suppressed)
    return replace(hidden, n=None, n_mark=policy.suppressed) if is_number else hidden
