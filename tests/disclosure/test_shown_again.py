"""What protection keeps back is needed: nothing of it could be shown again, and no mean is left alone on its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from disclosure.figures import POLICY, SHARE, Numbers, shown, truth, units
from hypothesis import given, settings

from dia_assets.disclosure import Cell, Indicator, attack, build, protect
from dia_assets.disclosure.system import ALL, SEXES

MEAN = Indicator("MEAN", is_share=False, counted_with="MEAN")


def together(cell: Cell) -> tuple[str, bool]:
    """What is kept back for one sex is kept back for both."""
    return cell.entity, cell.group in SEXES


def shown_again_one_by_one(before: list[Cell], after: list[Cell]) -> Iterator[list[Cell]]:
    """The cells after protection with one of those that it kept back, or of both sexes, as it was before."""
    kept_back = {together(cell) for was, cell in zip(before, after, strict=True) if was != cell}
    for places in sorted(kept_back):
        yield [was if together(was) == places else cell for was, cell in zip(before, after, strict=True)]


@settings(max_examples=40, deadline=None)
@given(units)
def test_girls_and_boys_are_shown_again_together(found: Numbers) -> None:
    before = shown(found, SHARE)
    after = protect(before, [SHARE], truth(found, SHARE), POLICY)
    is_as_before = {(cell.entity, cell.group): was == cell for was, cell in zip(before, after, strict=True)}
    for entity, _ in is_as_before:
        girls, boys = (next(c for c in before if (c.entity, c.group) == (entity, sex)) for sex in SEXES)
        if POLICY.absent not in (girls.mark, boys.mark) and not {girls.mark, boys.mark} & {".."}:
            assert is_as_before[entity, "K"] == is_as_before[entity, "M"]


@settings(max_examples=40, deadline=None)
@given(units)
def test_whatever_is_kept_back_would_give_a_number_away(found: Numbers) -> None:
    before = shown(found, SHARE)
    after = protect(before, [SHARE], truth(found, SHARE), POLICY)
    for cells in shown_again_one_by_one(before, after):
        assert attack(build(cells, [SHARE], POLICY, truth(found, SHARE)), cells, truth(found, SHARE), POLICY)


@settings(max_examples=40, deadline=None)
@given(units)
def test_no_mean_is_the_only_one_kept_back_on_its_line(found: Numbers) -> None:
    before = [replace(cell, value=250.0) if cell.n and not cell.mark else cell for cell in shown(found, MEAN)]
    after = protect(before, [MEAN], truth(found, MEAN), POLICY)
    was = {(cell.entity, cell.group): cell for cell in before}
    changed = {(cell.entity, cell.group) for cell in after if cell != was[cell.entity, cell.group]}
    missing = {(c.entity, c.group) for c in after if c.mark != POLICY.absent and (c.value is None or c.n is None)}
    for entity, group in changed:
        assert len({(entity, other) for other in (ALL, *SEXES)} & missing) > 1
        assert len({place for place in missing if place[1] == group}) > 1
