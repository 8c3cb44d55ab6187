"""The attacker finds what can be worked out, and nothing that cannot: worked examples, and every small table tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from disclosure.figures import COUNT, POLICY, SHARE, WHOLE, Numbers, hide, numbers, shown, truth, units
from hypothesis import given, settings
from hypothesis import strategies as st

from dia_assets.disclosure import Cell, Indicator, Policy, attack, build, protect
from dia_assets.disclosure.attack import Question, questions
from dia_assets.disclosure.system import ALL

FAILED = numbers(Alfa=((3, 0), (12, 0)), Beta=((14, 0), (17, 0)), Gamma=((11, 0), (13, 0)))


@pytest.mark.parametrize(
    ("more", "narrowed"),
    [
        ([], [(3, 3)]),
        ([("Alfa", "M")], [(3, 3)]),
        ([("Alfa", "M"), ("Gamma", "K"), ("Gamma", "M")], []),
    ],
)
def test_row_suppression_alone_is_not_enough_and_a_closed_rectangle_is(
    more: list[tuple[str, str]], narrowed: list[tuple[int, int]]
) -> None:
    cells = hide(shown(FAILED, COUNT), *more)
    found = attack(build(cells, [COUNT], POLICY, truth(FAILED, COUNT)), cells, truth(FAILED, COUNT), POLICY)
    assert [(item.low, item.high) for item in found] == narrowed


def test_protection_finds_the_same_rectangle() -> None:
    cells = shown(FAILED, COUNT)
    kept_back = {(c.entity, c.group) for c in protect(cells, [COUNT], truth(FAILED, COUNT), POLICY) if c.n_mark}
    assert kept_back == {("Alfa", "K"), ("Alfa", "M"), ("Gamma", "K"), ("Gamma", "M")}


def test_the_other_sex_gives_nearly_all_away_unless_it_is_kept_back() -> None:
    eligible = numbers(Alfa=((28, 26), (31, 24)))
    cells = [cell for cell in shown(eligible, SHARE) if cell.entity == "Alfa"]
    assert [(c.value, c.mark) for c in cells] == [(None, "~100"), (77.4, None), (84.7, None)]
    (found,) = attack(build(cells, [SHARE], POLICY, truth(eligible, SHARE)), cells, truth(eligible, SHARE), POLICY)
    assert (found.low, found.high) == (2, 2)
    kept = [replace(cell, value=None, mark="..") if cell.group == "M" else cell for cell in cells]
    assert attack(build(kept, [SHARE], POLICY, truth(eligible, SHARE)), kept, truth(eligible, SHARE), POLICY) == []


def test_units_that_answer_for_themselves_are_no_small_groups_and_few_respondents_are() -> None:
    answered = {("00000001", ALL): (1, 0), ("00000002", ALL): (1, 0), (WHOLE, ALL): (2, 0)}
    cells, told = shown(answered, COUNT), truth(answered, COUNT)
    assert list(questions(cells, told, POLICY, {"COUNT": replace(COUNT, least=1)})) == []
    assert len(list(questions(cells, told, POLICY, {"COUNT": COUNT}))) == 3


def test_figures_that_contradict_each_other_are_told_of() -> None:
    cells = [replace(c, n=99) if (c.entity, c.group) == (WHOLE, ALL) else c for c in shown(FAILED, COUNT)]
    with pytest.raises(ValueError, match="contradict each other"):
        attack(build(cells, [COUNT], POLICY, truth(FAILED, COUNT)), cells, truth(FAILED, COUNT), POLICY)


TESTED = Indicator("TESTED", is_share=False, counted_with="TESTED", among="COUNT")


def test_who_took_a_test_is_in_the_class_so_that_both_tables_are_protected_together() -> None:
    """Seven girls took the test and no boy; of nine pupils at most two are boys, though how many is kept back."""
    pupils = numbers(Alfa=((7, 0), (2, 0)), Beta=((14, 0), (17, 0)), Gamma=((11, 0), (13, 0)))
    tested = numbers(Alfa=((7, 0), (0, 0)), Beta=((12, 0), (16, 0)), Gamma=((6, 0), (9, 0)))
    both, behind = [COUNT, TESTED], truth(pupils, COUNT) | truth(tested, TESTED)
    apart = [
        *protect(shown(pupils, COUNT), [COUNT], truth(pupils, COUNT), POLICY),
        *protect(shown(tested, TESTED), [TESTED], truth(tested, TESTED), POLICY),
    ]
    (found,) = attack(build(apart, both, POLICY, behind), apart, behind, POLICY)
    assert (found.question.variable[1:], found.high) == (("COUNT", "Alfa", "M"), 2)
    together = protect([*shown(pupils, COUNT), *shown(tested, TESTED)], both, behind, POLICY)
    assert attack(build(together, both, POLICY, behind), together, behind, POLICY) == []
    hidden = {(cell.indicator_id, cell.entity) for cell in together if cell.n_mark}
    assert hidden == {("COUNT", "Alfa"), ("COUNT", "Gamma"), ("TESTED", "Alfa"), ("TESTED", "Gamma")}


LATER = replace(SHARE, indicator_id="LATER", counted_with="LATER", later_of="SHARE")


def test_what_the_same_pupils_have_later_is_protected_with_what_they_had() -> None:
    """Five boys of ten have it later, so at most five had it first; fourteen had it, so at most one girl had it not."""
    first = numbers(Alfa=((10, 9), (10, 5)))
    later = numbers(Alfa=((10, 10), (10, 5)))
    both, behind = [SHARE, LATER], truth(first, SHARE) | truth(later, LATER)
    policy = replace(POLICY, k_comp=3)
    cells = [
        *protect(shown(first, SHARE, policy), [SHARE], truth(first, SHARE), policy),
        *protect(shown(later, LATER, policy), [LATER], truth(later, LATER), policy),
    ]
    found = attack(build(cells, both, policy, behind), cells, behind, policy)
    assert {item.high for item in found if item.question.variable == ("x", "SHARE", "Alfa", "K")} == {1}
    made = [*shown(first, SHARE, policy), *shown(later, LATER, policy)]
    together = protect(made, both, behind, policy)
    assert attack(build(together, both, policy, behind), together, behind, policy) == []


small = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda pair: (max(pair), min(pair)))
tiny = st.fixed_dictionaries({name: st.tuples(small, small) for name in ("Alfa", "Beta")}).map(
    lambda units: numbers(**units)
)
FEW = Policy(k_min=3, k_comp=2)


def tables_like(cells: Sequence[Cell]) -> Iterator[Numbers]:
    """Every table of two units, up to four pupils a cell, that would be published with exactly these cells' content."""
    pairs = [(n, x) for n in range(5) for x in range(n + 1)]
    told = {(cell.entity, cell.group): cell for cell in cells}
    for quartet in product(pairs, repeat=4):
        found = numbers(Alfa=quartet[:2], Beta=quartet[2:])
        if all(_fits(told[place], n, x) for place, (n, x) in found.items()):
            yield found


def _fits(cell: Cell, n: int, x: int) -> bool:
    if cell.mark == FEW.absent or n == 0:
        return cell.mark == FEW.absent and n == 0
    if cell.n is not None and cell.n != n:
        return False
    if cell.mark == FEW.near_all:
        return 1 <= n - x < FEW.k_comp
    if cell.mark == FEW.near_none:
        return 1 <= x < FEW.k_comp
    return cell.value is None or abs(100 * x / n - cell.value) <= 0.0500001


@settings(max_examples=8, deadline=None)
@given(tiny)
def test_no_table_that_could_have_been_says_otherwise(found: Numbers) -> None:
    cells = shown(found, SHARE, FEW)
    asked = list(questions(cells, truth(found, SHARE), FEW, {"SHARE": SHARE}))
    narrowed = {
        item.question.variable: item
        for item in attack(build(cells, [SHARE], FEW, truth(found, SHARE)), cells, truth(found, SHARE), FEW)
    }
    possible = list(tables_like(cells)) if asked else []
    for question in asked:
        values = {_value(question, table) for table in possible}
        assert len(values) >= 1, "the table itself is possible"
        if question.variable in narrowed:
            item = narrowed[question.variable]
            assert item.low <= min(values) and max(values) <= item.high
        elif isinstance(question.needed, int) and max(values) < 4:
            assert max(values) - min(values) + 1 >= question.needed or _beyond_four(found)


def _value(question: Question, table: Numbers) -> float:
    return sum(
        factor * table[entity, group][what == "x"] for (what, _, entity, group), factor in question.terms.items()
    )


def _beyond_four(found: Numbers) -> bool:
    """Whether pupils are so many that tables beyond those tried are possible too."""
    return any(n is None or n > 4 for n, _ in found.values())


@settings(max_examples=40, deadline=None)
@given(units, st.randoms())
def test_what_is_protected_cannot_be_worked_out_and_follows_from_the_figures_alone(
    found: Numbers, random: object
) -> None:
    cells = shown(found, SHARE)
    answer = protect(cells, [SHARE], truth(found, SHARE), POLICY)
    assert attack(build(answer, [SHARE], POLICY, truth(found, SHARE)), answer, truth(found, SHARE), POLICY) == []
    before = {(cell.entity, cell.group): cell for cell in cells}
    for cell in answer:
        was = before[cell.entity, cell.group]
        assert cell in (
            was,
            replace(was, value=None, mark=".."),
            replace(was, value=None, mark="..", n=None, n_mark=".."),
        )
    shuffled = list(cells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = protect(shuffled, [SHARE], truth(found, SHARE), POLICY)
    assert {(c.entity, c.group): c for c in again} == {(c.entity, c.group): c for c in answer}


SPLIT = [
    Indicator(name, is_share=True, counted_with="COMPARED", splits="RELATION") for name in ("HIGHER", "EQUAL", "LOWER")
]
third = st.tuples(*[st.tuples(*[st.integers(0, 25)] * 3)] * 2)  # girls and boys: higher, equal, lower


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(["Alfa", "Beta", "Delta"]), third, min_size=1))
def test_three_shares_of_the_same_pupils_do_not_give_each_other_away(compared: dict[str, Any]) -> None:
    cells: list[Cell] = []
    known: dict[tuple[str, str, str], tuple[int, int | None]] = {}
    for place, indicator in enumerate(SPLIT):
        units = {
            unit: tuple((sum(sex), sex[place]) for sex in sexes) for unit, sexes in compared.items()
        }  # girls and boys: all, those who have it
        found = numbers(**units)  # type: ignore[arg-type]
        cells += shown(found, indicator)
        known |= truth(found, indicator)
    answer = protect(cells, SPLIT, known, POLICY)
    assert attack(build(answer, SPLIT, POLICY, known), answer, known, POLICY) == []


def test_whoever_has_the_narrower_share_has_the_wider_one() -> None:
    wide = Indicator("WIDE", is_share=True, counted_with="WIDE")
    narrow = Indicator("NARROW", is_share=True, counted_with="WIDE", implies="WIDE")
    wider, narrower = numbers(Alfa=((20, 6), (20, 10))), numbers(Alfa=((20, 6), (20, 3)))
    cells = [c for c in [*shown(wider, wide), *hide(shown(narrower, narrow), ("Alfa", "K"))] if c.entity == "Alfa"]
    known = truth(wider, wide) | truth(narrower, narrow)
    found = attack(build(cells, [wide, narrow], POLICY, known), cells, known, POLICY)
    assert [(item.question.variable[1], item.low, item.high) for item in found] == [("NARROW", 3, 4)]


PARTS = [
    Indicator("BOTH", is_share=True, counted_with="BOTH"),
    Indicator("ONE", is_share=True, counted_with="ONE", part_of="BOTH"),
    Indicator("OTHER", is_share=True, counted_with="OTHER", part_of="BOTH"),
]
pair = st.integers(0, 25).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def in_parts(units: dict[str, Any]) -> tuple[list[Cell], dict[tuple[str, str, str], tuple[int, int | None]]]:
    """Cells and truth of units whose girls and boys are each (pupils, having) of one part and of the other."""
    cells: list[Cell] = []
    known: dict[tuple[str, str, str], tuple[int, int | None]] = {}
    for indicator in PARTS:
        taken = {"ONE": (0,), "OTHER": (1,), "BOTH": (0, 1)}[indicator.indicator_id]
        found = numbers(
            **{
                unit: tuple(tuple(sum(sex[part][what] for part in taken) for what in (0, 1)) for sex in sexes)
                for unit, sexes in units.items()
            }  # type: ignore[arg-type]
        )
        cells += shown(found, indicator)
        known |= truth(found, indicator)
    return cells, known


def test_a_small_part_is_what_is_left_of_the_whole_unless_its_sibling_is_kept_back_too() -> None:
    many = ((20, 10), (20, 10))
    cells, known = in_parts({"Alfa": (((20, 10), (2, 1)), ((20, 10), (1, 0))), "Beta": (many, many)})
    found = attack(build(cells, PARTS, POLICY, known), cells, known, POLICY)
    assert ("OTHER", 3, 3) in {(item.question.variable[1], item.low, item.high) for item in found}
    answer = protect(cells, PARTS, known, POLICY)
    assert attack(build(answer, PARTS, POLICY, known), answer, known, POLICY) == []
    seen = {(cell.indicator_id, cell.entity) for cell in answer if cell.group == ALL and cell.n is not None}
    assert ("BOTH", WHOLE) in seen and not seen & {("ONE", "Alfa"), ("OTHER", "Alfa")}


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(["Alfa", "Beta", "Delta"]), st.tuples(*[st.tuples(pair, pair)] * 2), min_size=1))
def test_parts_and_their_whole_do_not_give_each_other_away(units: dict[str, Any]) -> None:
    cells, known = in_parts(units)
    answer = protect(cells, PARTS, known, POLICY)
    assert attack(build(answer, PARTS, POLICY, known), answer, known, POLICY) == []


def test_a_pupil_of_two_units_and_one_whose_sex_is_not_known_contradict_nothing() -> None:
    found = numbers(Alfa=((3, 0), (12, 0)), Beta=((14, 0), (17, 0)), Gamma=((11, 0), (13, 0)))
    found[WHOLE, ALL], found[WHOLE, "M"] = (69, 0), (41, 0)
    found["Gamma", ALL] = (25, 0)
    cells = shown(found, COUNT)
    (first, *_) = attack(build(cells, [COUNT], POLICY, truth(found, COUNT)), cells, truth(found, COUNT), POLICY)
    assert (first.question.variable[2:], first.low, first.high) == (("Alfa", "K"), 3, 3)
    answer = protect(cells, [COUNT], truth(found, COUNT), POLICY)
    assert attack(build(answer, [COUNT], POLICY, truth(found, COUNT)), answer, truth(found, COUNT), POLICY) == []
