"""All that an audience can read, every table and period of it, as one system for one attacker.

A night protects block by block (`dia_assets.disclosure`), each of an audience, a family and a period with those that
count the same pupils. Here all blocks stand in one system, as they were published. Who reads the municipality's figures
reads the open ones too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from dia_assets.disclosure import Block, Cell, Indicator, Narrowed, attack, blocks, build, cells_of, questions

READS = {"public": ("public",), "municipality": ("municipality", "public")}
Truth = dict[tuple[str, str, str], tuple[int, int | None]]


@dataclass(frozen=True)
class Attacked:
    """What one attacker was asked: cells that can be read, numbers that were to be kept, and those that were not."""

    cells: int
    asked: int
    narrowed: list[Narrowed]
    contradicting: list[str]  # cells of which somebody who sees less is told more


def attack_everything(lakehouse: Path, serving: Path, audience: str) -> Attacked:
    """Attack the publication of `audience` under `serving`; the numbers behind it come from the lakehouse."""
    with duckdb.connect(str(lakehouse), read_only=True) as connection:
        made = list(
            blocks(
                marked=connection.table("marts.pub_indicator_value"),
                computed=connection.table("marts.fct_indicator_value"),
                indicators=connection.table("reference.ref_indicator"),
                policies=connection.table("reference.ref_suppression_policy"),
                least_numbers=connection.table("reference.ref_least_number"),
                units=connection.table("master.mst_own_municipality_unit"),
            )
        )
    own = [block for block in made if block.audience == audience]
    truth: Truth = {}
    for block in own:
        at = _periods(block)
        truth |= {
            (_at(name, at[name]), entity, group): n for (name, entity, group), n in block.truth.items() if name in at
        }
    read = {name: _published(serving / name / "current" / "skoldata.duckdb") for name in READS[audience]}
    cells = read[audience]
    known = list(_indicators(own, {cell.indicator_id for cell in cells}))
    policy = own[0].policy
    asked = sum(1 for _ in questions(cells, truth, policy, {item.indicator_id: item for item in known}))
    found = attack(build(cells, known, policy, truth, own[0].principals), cells, truth, policy)
    return Attacked(len(cells), asked, found, sorted(_beyond(cells, read)))


def _published(database: Path) -> list[Cell]:
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute("select * from indicator_value").to_arrow_table().to_pylist()
    return cells_of({**row, "indicator_id": _at(row["indicator_id"], row["period"])} for row in rows)


def _at(indicator: str, period: str) -> str:
    return f"{indicator} {period}"


def _indicators(own: Iterable[Block], published: set[str]) -> Iterable[Indicator]:
    """Every indicator of every period, tied as it is within its block."""
    for block in own:
        at = _periods(block)
        for item in block.known:
            if item.indicator_id not in at or (name := _at(item.indicator_id, at[item.indicator_id])) not in published:
                continue
            tied: dict[str, Any] = {
                field: _at(word, at.get(word, block.period))
                for field in ("counted_with", "within", "implies", "excludes", "splits", "part_of", "among", "later_of")
                if (word := getattr(item, field))
            }
            yield replace(item, indicator_id=name, **tied)


def _periods(block: Block) -> dict[str, str]:
    """The period of each indicator in a block; of one that is measured again later it is a later one."""
    return {str(row["indicator_id"]): str(row["period"]) for row in block.rows}


def _beyond(cells: Iterable[Cell], read: Mapping[str, list[Cell]]) -> Iterable[str]:
    """A cell is told to those who see less only as it is told to those who see more, or less exactly."""
    known = {(cell.indicator_id, cell.entity, cell.group): cell for cell in cells}
    for audience, others in read.items():
        for cell in others:
            own = known.get((cell.indicator_id, cell.entity, cell.group))
            if own is None or (cell.value is not None and cell.value != own.value) or cell.n not in (None, own.n):
                yield f"{audience}: {cell.indicator_id} {cell.entity} {cell.group}"
