"""Every number that a rule keeps back for its own sake is asked about, nobody and everybody too; and is then safe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb
import pytest
from disclosure.figures import COUNT, SHARE, WHOLE, Numbers, numbers, shown, truth

from dia_assets.disclosure import Cell, Indicator, Policy, attack, blocks, build, cells_of, protect
from dia_assets.disclosure.attack import questions
from dia_assets.disclosure.system import ALL
from dia_assets.settings import PROJECT

INTERNAL = Policy(k_min=5, k_comp=3)
PUBLIC = Policy(k_min=10, k_comp=5)
SENSITIVE = replace(SHARE, is_sensitive=True)
SEEDS = PROJECT / "dbt_project" / "seeds"


def of_all(**units: tuple[int, int]) -> Numbers:
    """Units without girls and boys, and what they add up to."""
    pairs = list(units.values())
    whole = {(WHOLE, ALL): (sum(n for n, _ in pairs), sum(x for _, x in pairs))}
    return {(name, ALL): pair for name, pair in units.items()} | whole


def without_value(cells: Sequence[Cell], *entities: str) -> list[Cell]:
    return [replace(cell, value=None, mark="..") if cell.entity in entities else cell for cell in cells]


def narrowed(
    cells: Sequence[Cell], found: Numbers, indicator: Indicator, policy: Policy
) -> list[tuple[str, float, float]]:
    told = truth(found, indicator)
    items = attack(build(cells, [indicator], policy, told), cells, told, policy)
    return [(item.question.variable[0], item.low, item.high) for item in items]


def test_that_nobody_of_a_small_group_has_it_is_kept_where_it_is_sensitive() -> None:
    """Alfa's 8 without any are kept back, Beta's 30 too; 9 of Gamma's 60 are 9 of all 98, so that Alfa's are none."""
    found = of_all(Alfa=(8, 0), Beta=(30, 0), Gamma=(60, 9))
    cells = without_value(shown(found, SENSITIVE, INTERNAL), "Alfa", "Beta")
    assert narrowed(cells, found, SENSITIVE, INTERNAL) == [("x", 0, 0)]
    after = protect(cells, [SENSITIVE], truth(found, SENSITIVE), INTERNAL)
    assert narrowed(after, found, SENSITIVE, INTERNAL) == []
    assert {cell.entity for cell in after if cell.value is None} == {"Alfa", "Beta", "Gamma"}
    assert not list(questions(cells, truth(found, SHARE), INTERNAL, {"SHARE": SHARE})), "only where it is sensitive"


@pytest.mark.parametrize("all_of_them", [False, True])
def test_that_nobody_or_everybody_of_too_few_has_it_is_kept(all_of_them: bool) -> None:
    """How many Alfa's pupils are is safe behind Beta's; but together they have none, or all."""
    alfa, beta = (9, 9 * all_of_them), (12, 12 * all_of_them)
    found = of_all(Alfa=alfa, Beta=beta, Gamma=(60, 31), Delta=(70, 31))
    cells = shown(found, SHARE, PUBLIC)
    hidden = {"value": None, "mark": "..", "n": None, "n_mark": ".."}
    cells = [replace(cell, **hidden) if cell.entity in ("Alfa", "Beta") else cell for cell in cells]
    assert ("x", 0, 0) in narrowed(cells, found, SHARE, PUBLIC)
    assert narrowed(protect(cells, [SHARE], truth(found, SHARE), PUBLIC), found, SHARE, PUBLIC) == []


def test_a_unit_where_nobody_has_it_says_so_of_its_few_girls() -> None:
    found = numbers(Alfa=((3, 0), (20, 0)), Beta=((14, 8), (17, 9)), Gamma=((11, 7), (13, 6)))
    cells = shown(found, SHARE, INTERNAL)
    assert any(cell.entity == "Alfa" and cell.group == ALL and cell.value == 0 for cell in cells)
    after = protect(cells, [SHARE], truth(found, SHARE), INTERNAL)
    assert narrowed(after, found, SHARE, INTERNAL) == []
    assert [cell.mark for cell in after if (cell.entity, cell.group) == ("Alfa", ALL)] == [".."]


def test_how_many_a_mean_leaves_out_is_kept_where_they_are_few() -> None:
    """Two of Alfa's 20 are in no mean; the others' numbers and their sum would give 18."""
    mean = Indicator("MEAN", is_share=False, counted_with="MEAN", within="COUNT")
    pupils = of_all(Alfa=(20, 0), Beta=(40, 0), Gamma=(60, 0))
    in_mean = of_all(Alfa=(18, 0), Beta=(40, 0), Gamma=(50, 0))
    cells = [*shown(pupils, COUNT, PUBLIC), *shown(in_mean, mean, PUBLIC)]
    cells = [replace(c, n=None, n_mark="..") if (c.indicator_id, c.entity) == ("MEAN", "Alfa") else c for c in cells]
    both, told = [COUNT, mean], truth(pupils, COUNT) | truth(in_mean, mean)
    (found,) = attack(build(cells, both, PUBLIC, told), cells, told, PUBLIC)
    assert (found.question.variable[0], found.low, found.high) == ("left out", 2, 2)
    after = protect(cells, both, told, PUBLIC)
    assert attack(build(after, both, PUBLIC, told), after, told, PUBLIC) == []


@pytest.mark.parametrize(("setting", "value"), [("near_none_mark", "'..'"), ("k_mean", "40")])
def test_a_policy_may_have_no_mark_for_nearly_none_and_a_limit_of_its_own_for_means(setting: str, value: str) -> None:
    """Skolverket has `~100` alone: what is nearly none is then `..`, as is what is too few."""
    with duckdb.connect() as connection:
        tables = {
            name: connection.sql(f"select * from read_csv('{SEEDS}/{name}.csv')")
            for name in ("ref_indicator", "ref_suppression_policy", "ref_least_number")
        }
        policies = tables["ref_suppression_policy"].select(f"* replace ({value} as {setting})")
        cell = (
            "'{0}' as indicator_id, 'unit' as level, '{1}' as entity_code, 'all' as breakdown_value, '2025' as period"
        )
        share, mean = "IND-14.SV", "IND-02"
        computed = " union all ".join(
            f"select {cell.format(name, entity)}, {n} as n_denominator, {x} as n_numerator, {name == share} as is_share"
            for name, entity, n, x in [
                (share, "A", 30, 2),
                (share, "B", 30, 15),
                (mean, "A", 30, 0),
                (mean, "B", 50, 0),
            ]
        )
        marked = connection.sql(
            f"""
            select 'public' as audience, indicator_id, level, entity_code, breakdown_value, period,
                case indicator_id when '{share}' then 'year6_results' else 'leaving_results' end as family,
                'public-1' as policy_id, 50.0 as value, n_denominator as n, null::varchar as mark,
                null::varchar as n_mark
            from ({computed})
            """
        )
        made = list(
            blocks(
                marked=marked,
                computed=connection.sql(computed),
                indicators=tables["ref_indicator"],
                policies=policies,
                least_numbers=tables["ref_least_number"],
                units=connection.sql("select 'A' as school_unit_code, 'Kommunal' as principal_type"),
            )
        )
    asked = {
        question.variable[:3]: question.needed
        for block in made
        for question in questions(
            [replace(cell, mark="..") for cell in cells_of(block.rows)],
            block.truth,
            block.policy,
            {item.indicator_id: item for item in block.known},
        )
    }
    few_share, few_mean = ("x", share, "A"), ("n", mean, "A")
    assert asked == {few_share: 5} | ({few_mean: 5} if setting == "k_mean" else {})
    assert {block.policy.near_none for block in made} == {"" if setting == "near_none_mark" else "~0"}


KINDS = {"Alfa": "Kommunal", "Beta": "Kommunal", "Gamma": "Enskild"}


def by_principal(found: Numbers) -> Numbers:
    """With what the municipality tells of each kind of principal."""
    told = dict(found)
    for kind in ("Kommunal", "Enskild"):
        pairs = [pair for (entity, group), pair in found.items() if group == ALL and KINDS.get(entity) == kind]
        told[WHOLE, kind] = (sum(n for n, _ in pairs), sum(x for _, x in pairs))
    return told


def test_what_is_told_of_independent_schools_is_the_only_one_of_them() -> None:
    """Gamma is the one independent school, with 2 of 30 who have it: the figure of independent schools would say so."""
    found = by_principal(of_all(Alfa=(40, 11), Beta=(50, 17), Gamma=(30, 2)))
    told = truth(found, SHARE)
    cells = [
        replace(cell, mark="..", value=None) if cell.entity in ("Gamma", "Alfa") else cell
        for cell in shown(found, SHARE, INTERNAL)
    ]
    cells = [replace(cell, mark=None, value=6.7) if cell.group == "Enskild" else cell for cell in cells]
    found_out = attack(build(cells, [SHARE], INTERNAL, told, KINDS), cells, told, INTERNAL)
    assert {(item.question.variable[2], item.low, item.high) for item in found_out} == {("Gamma", 2, 2), (WHOLE, 2, 2)}
    assert [
        item.question.variable[2] for item in attack(build(cells, [SHARE], INTERNAL, told), cells, told, INTERNAL)
    ] == [WHOLE], "whose school it is must be known to see it"
    after = protect(cells, [SHARE], told, INTERNAL, KINDS)
    assert attack(build(after, [SHARE], INTERNAL, told, KINDS), after, told, INTERNAL) == []
    hidden = {(cell.entity, cell.group) for cell in after if cell.mark == ".."}
    assert {(WHOLE, "Kommunal"), (WHOLE, "Enskild")} < hidden and (WHOLE, ALL) not in hidden


def test_who_lives_elsewhere_is_what_is_left_of_all_but_those_of_the_municipality() -> None:
    """61 of 70 live in the municipality: the 9 others are too few to be told of, and so is their share."""
    found = {(WHOLE, ALL): (70, 40), (WHOLE, "Egen kommun"): (61, 37), (WHOLE, "Annan kommun"): (9, 3)}
    told = truth(found, SHARE)
    cells = shown(found, SHARE, PUBLIC)
    assert ("n", 9, 9) in [
        (item.question.variable[0], item.low, item.high)
        for item in attack(build(cells, [SHARE], PUBLIC, told), cells, told, PUBLIC)
    ]
    after = {cell.group: cell for cell in protect(cells, [SHARE], told, PUBLIC)}
    assert (after["Egen kommun"].n, after["Egen kommun"].mark, after[ALL].n) == (None, "..", 70)


def test_who_has_the_one_share_has_not_the_other() -> None:
    """12 of 14 have the one, so that at most 2 have the other: none, one or two, where three must be possible."""
    other = replace(SHARE, indicator_id="OTHER", excludes="SHARE")
    one, rest = {("Alfa", ALL): (14, 12)}, {("Alfa", ALL): (14, 1)}
    told = truth(one, SHARE) | truth(rest, other)
    cells = [replace(cell, mark=None, value=85.7) for cell in shown(one, SHARE, INTERNAL)]
    cells += without_value(shown(rest, other, INTERNAL), "Alfa")
    policy = replace(INTERNAL, k_comp=4)
    found = attack(build(cells, [SHARE, other], policy, told), cells, told, policy)
    assert ("OTHER", 0, 2) in [(item.question.variable[1], item.low, item.high) for item in found]
    after = protect(cells, [SHARE, other], told, policy)
    assert attack(build(after, [SHARE, other], policy, told), after, told, policy) == []


def test_units_are_not_added_up_to_a_whole_that_nothing_is_told_of() -> None:
    """A figure that only units have, beside one that the municipality has too: two numbers of it stay unknown."""
    own = replace(COUNT, indicator_id="OWN", counted_with="OWN")
    both, units = of_all(Alfa=(3, 0), Beta=(40, 0), Gamma=(4, 0)), {("Alfa", ALL): (3, 0), ("Beta", ALL): (40, 0)}
    told = truth(both, COUNT) | truth(units, own)
    cells = [*shown(both, COUNT, INTERNAL), *shown(units, own, INTERNAL)]
    found = attack(build(cells, [COUNT, own], INTERNAL, told), cells, told, INTERNAL)
    assert [item.question.variable[1] for item in found if item.question.variable[1] == "OWN"] == []
    assert build(cells, [COUNT, own], INTERNAL, told).index.get(("n", "OWN", WHOLE, "K")) is None
