"""Measures disclosure control on a lakehouse after a night: what it hides beside a naive way, and how long it takes.

The naive way needs no solver: whoever hides a number because of its pupils hides the whole lines that it stands on, for
all indicators that count the same pupils. Nothing can be subtracted from a line of which nothing is left.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measure import Measured, run
from benchmarks.one_system import READS, attack_everything
from dia_assets.disclosure import UNIT, Block, Cell, blocks, cells_of, protected, questions

Place = tuple[str, ...]


@dataclass
class Loss:
    """Of one audience and family: cells with a figure before, cells without one, and pupils of whole units hidden.

    `pupils` counts every pupil once for each indicator and period in which the figure of a unit's pupils could stand.
    """

    audience: str
    family: str
    cells: int = 0
    hidden_by_rules: int = 0
    hidden: int = 0
    hidden_naively: int = 0
    pupils: int = 0
    pupils_hidden: int = 0
    pupils_hidden_naively: int = 0


@dataclass(frozen=True)
class DisclosureResults:
    """All of a publication; seconds of disclosure control alone, everything computed anew."""

    losses: list[Loss]
    seconds: float
    measured: Measured
    attacked: dict[str, list[int]]  # by audience: cells that it reads, numbers asked for, and those worked out


def measure_disclosure(lakehouse: Path, serving: Path, told: Path) -> DisclosureResults:
    """In a process of its own, whose peak of memory is then known."""
    measured = run(["-m", "benchmarks.disclosure", str(lakehouse), str(told)], {})
    said = json.loads(told.read_text(encoding="utf-8"))
    attacked = {}
    for audience in READS:
        one = attack_everything(lakehouse, serving, audience)
        attacked[audience] = [one.cells, one.asked, len(one.narrowed)]
    return DisclosureResults([Loss(**loss) for loss in said["losses"]], said["seconds"], measured, attacked)


def information_loss(database: Path) -> tuple[list[Loss], float]:
    """What is hidden in each audience and family of whom something is hidden, and the seconds it took."""
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = {
            "marked": connection.table("marts.ind_marked_value"),
            "computed": connection.table("marts.fct_indicator_value"),
            "indicators": connection.table("reference.ref_indicator"),
            "policies": connection.table("reference.ref_suppression_policy"),
            "least_numbers": connection.table("reference.ref_least_number"),
            "units": connection.table("master.mst_own_municipality_unit"),
        }
        began = time.perf_counter()
        rows = protected(connection, "marts.no_such_table", **tables).to_pylist()
        seconds = time.perf_counter() - began
        kept = {(row["audience"], row["period"], *_place_of(row)): row for row in rows}
        losses: dict[tuple[str, str], Loss] = {}
        for block in blocks(**tables):
            _count(losses, block, kept)
    return [loss for _, loss in sorted(losses.items()) if loss.hidden], seconds


def _count(losses: dict[tuple[str, str], Loss], block: Block, kept: dict[Any, dict[str, Any]]) -> None:
    naive = _hidden_naively(block)
    for row, cell in zip(block.rows, cells_of(block.rows), strict=True):
        if cell.mark == block.policy.absent:
            continue
        loss = losses.setdefault((block.audience, row["family"]), Loss(block.audience, row["family"]))
        place = (cell.indicator_id, cell.entity, cell.group)
        hidden = kept[block.audience, row["period"], *place]["mark"] == block.policy.suppressed
        by_rules = cell.mark == block.policy.suppressed
        loss.cells += 1
        loss.hidden_by_rules += by_rules
        loss.hidden += hidden
        loss.hidden_naively += by_rules or place in naive
        if cell.level == UNIT and cell.group == "all":
            pupils = block.truth.get(place, (0, None))[0]
            loss.pupils += pupils
            loss.pupils_hidden += pupils * hidden
            loss.pupils_hidden_naively += pupils * (by_rules or place in naive)


def _hidden_naively(block: Block) -> set[Place]:
    """Whole lines: a unit's girls, boys and all, and the column of all units, wherever one number is too small."""
    known = {item.indicator_id: item for item in block.known}
    cells = cells_of(block.rows)
    lines: dict[tuple[str, str, str], set[Place]] = defaultdict(set)
    for cell in cells:
        for line in _lines(cell, known[cell.indicator_id].counted_with):
            lines[line].add((cell.indicator_id, cell.entity, cell.group))
    of_place = {(cell.indicator_id, cell.entity, cell.group): cell for cell in cells}
    found: set[Place] = set()
    for question in questions(cells, block.truth, block.policy, known):
        cell = of_place[question.variable[1:]]
        for line in _lines(cell, known[cell.indicator_id].counted_with):
            found |= lines[line]
    return found


def _lines(cell: Cell, counted_with: str) -> Iterable[tuple[str, str, str]]:
    yield "row", counted_with, cell.entity
    if cell.level == UNIT:
        yield "column", counted_with, cell.group


def _place_of(row: dict[str, Any]) -> Place:
    return row["indicator_id"], row["entity_code"], row["breakdown_value"]


if __name__ == "__main__":
    found, took = information_loss(Path(sys.argv[1]))
    Path(sys.argv[2]).write_text(json.dumps({"losses": [asdict(loss) for loss in found], "seconds": took}), "utf-8")
