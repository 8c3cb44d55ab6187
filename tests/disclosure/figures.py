"""Made-up figures of a few school units, and how the rules for single cells leave them. No fixture is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from dia_assets.disclosure import Cell, Indicator, Policy
from dia_assets.disclosure.system import ALL, MUNICIPALITY, SEXES, UNIT

POLICY = Policy(k_min=5, k_comp=5)
COUNT = Indicator("COUNT", is_share=False, counted_with="COUNT")
SHARE = Indicator("SHARE", is_share=True, counted_with="SHARE")
WHOLE = "0381"
Numbers = dict[tuple[str, str], tuple[int, int]]  # entity and group → pupils, those who have it


def numbers(**units: tuple[tuple[int, int], tuple[int, int]]) -> Numbers:
    """Girls and boys of every unit, and what they add up to."""
    found: Numbers = {}
    for unit, sexes in units.items():
        found |= {(unit, sex): pair for sex, pair in zip(SEXES, sexes, strict=True)}
        found[unit, ALL] = (sexes[0][0] + sexes[1][0], sexes[0][1] + sexes[1][1])
    for group in (ALL, *SEXES):
        pairs = [found[unit, group] for unit in units]
        found[WHOLE, group] = (sum(n for n, _ in pairs), sum(x for _, x in pairs))
    return found


def shown(found: Numbers, indicator: Indicator, policy: Policy = POLICY) -> list[Cell]:
    """Every cell as the rules for single cells leave it: too few, nearly all and nearly none, and nothing else."""
    cells = []
    for (entity, group), (n, x) in found.items():
        level = MUNICIPALITY if entity == WHOLE else UNIT
        cell = Cell(indicator.indicator_id, level, entity, group, None, None, n, None)
        if n == 0:
            cell = replace(cell, mark=policy.absent)
        elif n < policy.k_min:
            cell = replace(cell, mark=policy.suppressed, n=None, n_mark=policy.suppressed)
        elif indicator.is_share and 0 < n - x < policy.k_comp:
            cell = replace(cell, mark=policy.near_all)
        elif indicator.is_share and 0 < x < policy.k_comp:
            cell = replace(cell, mark=policy.near_none)
        elif indicator.is_share:
            cell = replace(cell, value=round(100 * x / n, 1))
        cells.append(cell)
    return cells


def truth(found: Numbers, indicator: Indicator) -> dict[tuple[str, str, str], tuple[int, int | None]]:
    return {(indicator.indicator_id, *place): (n, x if indicator.is_share else None) for place, (n, x) in found.items()}


def hide(cells: Sequence[Cell], *places: tuple[str, str]) -> list[Cell]:
    hidden = {"value": None, "mark": "..", "n": None, "n_mark": ".."}
    return [replace(cell, **hidden) if (cell.entity, cell.group) in places else cell for cell in cells]


units = st.dictionaries(
    st.sampled_from(["Alfa", "Beta", "Delta", "Gamma", "Epsilon"]),
    st.tuples(*[st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda p: (max(p), min(p)))] * 2),
    min_size=1,
).map(lambda found: numbers(**found))
