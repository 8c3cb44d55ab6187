"""All that an audience can read, every table and period of it, as one system for one attacker.

A night protects each family and period on its own (`dia_assets.disclosure`). Here they are put together with what ties
them: tests compared with grades are of pupils with final grades, and a diploma within three years is one within four.
Who reads the municipality's figures reads the open ones too.
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
            )
        )
    own = [block for block in made if block.audience == audience]
    truth: Truth = {}
    for block in own:
        truth |= {(_at(name, block.period), *place): n for (name, *place), n in block.truth.items()}
    read = {name: _published(serving / name / "current" / "skoldata.duckdb") for name in READS[audience]}
    cells = read[audience]
    known = list(_indicators(own, {cell.indicator_id for cell in cells}))
    least = {item.indicator_id: item.least for item in known if item.least is not None}
    policy = own[0].policy
    asked = sum(1 for _ in questions(cells, truth, policy, least))
    found = attack(build(cells, known, policy, truth), cells, truth, policy)
    return Attacked(len(cells), asked, found, sorted(_beyond(cells, read)))


def _published(database: Path) -> list[Cell]:
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute("select * from indicator_value").to_arrow_table().to_pylist()
    return cells_of({**row, "indicator_id": _at(row["indicator_id"], row["period"])} for row in rows)


def _at(indicator: str, period: str) -> str:
    return f"{indicator} {period}"


def _indicators(own: Iterable[Block], published: set[str]) -> Iterable[Indicator]:
    """Every indicator of every period, tied as it is within its family, and to those of others."""
    for block in own:
        for item in block.known:
            if (name := _at(item.indicator_id, block.period)) in published and item.indicator_id in _names(block):
                tied = {
                    field: _at(word, block.period) if (word := getattr(item, field)) else None
                    for field in ("counted_with", "within", "implies", "splits", "part_of")
                }
                yield replace(item, indicator_id=name, **_tied_further(block, item, tied, published))


def _names(block: Block) -> set[str]:
    return {str(row["indicator_id"]) for row in block.rows}


def _tied_further(block: Block, item: Indicator, tied: Mapping[str, Any], published: set[str]) -> Mapping[str, Any]:
    with_grades = _at("IND-03", block.period)
    if block.family == "test_vs_grade" and with_grades in published and tied["within"] is None:
        return {**tied, "within": with_grades}
    if block.family == "gy_throughput":
        year = int(block.period[:4]) + 1
        later = _at(item.indicator_id.replace("TIME3", "TIME4"), f"{year}/{(year + 1) % 100:02}")
        return {**tied, "implies": later} if later in published else tied
    return tied


def _beyond(cells: Iterable[Cell], read: Mapping[str, list[Cell]]) -> Iterable[str]:
    """A cell is told to those who see less only as it is told to those who see more, or less exactly."""
    known = {(cell.indicator_id, cell.entity, cell.group): cell for cell in cells}
    for audience, others in read.items():
        for cell in others:
            own = known.get((cell.indicator_id, cell.entity, cell.group))
            if own is None or (cell.value is not None and cell.value != own.value) or cell.n not in (None, own.n):
                yield f"{audience}: {cell.indicator_id} {cell.entity} {cell.group}"
