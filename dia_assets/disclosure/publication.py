"""All blocks of a publication: one audience, family and period each, from marked figures to figures that may be shown.

Whoever may see more is protected first; what is kept back there is kept back from everyone who sees less, since those
who see more can read both. A block whose figures, rules and code are those of the last run keeps the last run's answer.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from dia_assets.disclosure.protect import protect
from dia_assets.disclosure.system import Cell, Indicator, Place, Policy, Principals, Truth, cells_of

Row = dict[str, Any]
PLACE = ("indicator_id", "level", "entity_code", "breakdown_value")
MANY_ROWS = 5_000  # less is not worth the second that another process takes to begin
MOST_PROCESSES = 4  # each needs memory for its part of a city


@dataclass(frozen=True)
class Block:
    """The marked figures of one audience, family and period, the numbers behind them, and the rules for them.

    Families that count the same pupils, or some of them, are in one block (`_joined`); `period` is that of the widest.
    """

    audience: str
    family: str
    period: str
    rows: list[Row]
    known: Sequence[Indicator]
    truth: Truth
    policy: Policy
    principals: Principals


def protected(
    session: duckdb.DuckDBPyConnection,
    last_run: str,
    *,
    marked: duckdb.DuckDBPyRelation,
    computed: duckdb.DuckDBPyRelation,
    indicators: duckdb.DuckDBPyRelation,
    policies: duckdb.DuckDBPyRelation,
    least_numbers: duckdb.DuckDBPyRelation,
    units: duckdb.DuckDBPyRelation,
) -> pa.Table:
    """The marked figures with more kept back where needed, and `block_id`: what a block's answer rests on.

    `last_run`: the table that this function gave the last time; it need not exist. Raises `ValueError` when the figures
    of a block contradict each other.
    """
    schema = marked.limit(0).to_arrow_table().schema.append(pa.field("block_id", pa.string()))
    answers = _last(session, last_run)
    chains: dict[tuple[str, str], list[Block]] = defaultdict(list)
    for block in blocks(
        marked=marked,
        computed=computed,
        indicators=indicators,
        policies=policies,
        least_numbers=least_numbers,
        units=units,
    ):
        chains[block.family, block.period].append(block)
    done = [row for rows in _all_answered(list(chains.values()), answers) for row in rows]
    return pa.Table.from_pylist(done, schema=schema)


def _all_answered(chains: Sequence[list[Block]], answers: Mapping[str, list[Row]]) -> list[list[Row]]:
    """The rows of each chain: of one family and period, for all audiences, in order.

    Chains have nothing to do with each other: much work is shared by processes, the largest chain first.
    """
    found = {number: _known_already(chain, answers) for number, chain in enumerate(chains)}
    open_yet = [number for number, rows in found.items() if rows is None]
    size = {number: sum(len(block.rows) for block in chains[number]) for number in open_yet}
    processes = min(len(open_yet), os.cpu_count() or 1, MOST_PROCESSES)
    if sum(size.values()) < MANY_ROWS or processes < 2:
        return [rows if rows is not None else _answered(chains[number]) for number, rows in found.items()]
    first = sorted(open_yet, key=lambda number: (-size[number], number))
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found |= dict(zip(first, pool.map(_answered, [chains[number] for number in first]), strict=True))
    return [rows or [] for rows in found.values()]


def _known_already(chain: Sequence[Block], answers: Mapping[str, list[Row]]) -> list[Row] | None:
    """The last run's rows of a chain; None where any block of it has to be answered anew."""
    done: list[Row] = []
    wider: dict[tuple[str, ...], Row] = {}
    for block in chain:
        block_id = _block_id(block, wider)
        if block_id not in answers:
            return None
        done += _with_id(answers[block_id], block_id, wider)
    return done


def _answered(chain: Sequence[Block]) -> list[Row]:
    """The rows of a chain, every block of it worked out."""
    done: list[Row] = []
    wider: dict[tuple[str, ...], Row] = {}
    for block in chain:
        done += _with_id(_answer(block, wider), _block_id(block, wider), wider)
    return done


def _with_id(rows: Sequence[Row], block_id: str, wider: dict[tuple[str, ...], Row]) -> list[Row]:
    """A block's rows; what they keep back is put into `wider`, for the audiences that see less."""
    shown = [{**row, "block_id": block_id} for row in rows]
    wider |= {_place(row): row for row in shown if row["mark"] or row["n_mark"]}
    return shown


def blocks(
    *,
    marked: duckdb.DuckDBPyRelation,
    computed: duckdb.DuckDBPyRelation,
    indicators: duckdb.DuckDBPyRelation,
    policies: duckdb.DuckDBPyRelation,
    least_numbers: duckdb.DuckDBPyRelation,
    units: duckdb.DuckDBPyRelation,
) -> Iterator[Block]:
    """What is solved together, in a fixed order: the audience with the smallest k_min, which sees most, comes first."""
    registered = indicators.to_arrow_table().to_pylist()
    told = {str(row["policy_id"]): row for row in policies.to_arrow_table().to_pylist()}
    rules = {policy_id: _policy(row) for policy_id, row in told.items()}
    least = {(row["policy_id"], row["counts"]): int(row["least"]) for row in least_numbers.to_arrow_table().to_pylist()}
    known = {
        policy_id: [_indicator(row, least.get((policy_id, row["counts"])), policy) for row in registered]
        for policy_id, policy in told.items()
    }
    truth = _truth(computed.to_arrow_table().to_pylist())
    principals = dict(units.select("school_unit_code, principal_type").order("all").fetchall())
    joined = _joined(registered)
    grouped: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in marked.to_arrow_table().to_pylist():
        family, years = joined.get(row["family"], (row["family"], 0))
        grouped[row["audience"], family, _earlier(row["period"], years)].append(row)
    for place in sorted(grouped, key=lambda place: (rules[grouped[place][0]["policy_id"]].k_min, place)):
        rows = sorted(grouped[place], key=_place)
        policy_id = rows[0]["policy_id"]
        yield Block(*place, rows, known[policy_id], _behind(rows, truth, place[2]), rules[policy_id], principals)


def _joined(registered: Sequence[Row]) -> dict[str, tuple[str, int]]:
    """Families that are protected together with another, of the same period or so many years before."""
    family_of = {row["indicator_id"]: row["family"] for row in registered}
    joined = {}
    for row in registered:
        if other := row["among_indicator_id"] or row["later_of_indicator_id"]:
            joined[row["family"]] = (family_of[other], row["later_years"] or 0)
    return joined


def _earlier(period: str, years: int) -> str:
    """The school year so many years before, as `2024/25`."""
    if not years:
        return period
    first = int(period[:4]) - years
    return f"{first}/{(first + 1) % 100:02}"


def _behind(rows: Sequence[Row], truth: Mapping[str, Truth], period: str) -> Truth:
    """The numbers behind these rows, each of its own period."""
    later = {row["indicator_id"]: row["period"] for row in rows if row["period"] != period}
    if not later:
        return truth[period]
    own = {place: n for place, n in truth[period].items() if place[0] not in later}
    return own | {place: n for name, at in later.items() for place, n in truth[at].items() if place[0] == name}


def _answer(block: Block, wider: Mapping[Any, Row]) -> list[Row]:
    policy = block.policy
    cells = [_not_beyond(cell, wider, policy) for cell in cells_of(block.rows)]
    found = {_of(cell): cell for cell in protect(cells, block.known, block.truth, policy, block.principals)}
    needed = {item.indicator_id: item.shown_with for item in block.known}
    for place, cell in found.items():
        others = [found.get((name, *place[1:])) for name in needed[cell.indicator_id]]
        if cell.value is not None and any(other is None or other.value is None for other in others):
            found[place] = replace(cell, value=None, mark=policy.suppressed)
    return [
        {**row, "value": cell.value, "mark": cell.mark, "n": cell.n, "n_mark": cell.n_mark}
        for row in block.rows
        for cell in [found[_place(row)]]
    ]


def _not_beyond(cell: Cell, wider: Mapping[Any, Row], policy: Policy) -> Cell:
    """A cell is shown to nobody who sees less than those from whom it is kept back."""
    other = wider.get(_of(cell))
    if other is None or cell.mark == policy.absent:
        return cell
    if other["mark"] == policy.suppressed:
        cell = replace(cell, value=None, mark=policy.suppressed)
    if other["n_mark"]:
        cell = replace(cell, n=None, n_mark=policy.suppressed)
    return cell


def _truth(rows: Sequence[Row]) -> Mapping[str, Truth]:
    found: dict[str, dict[Place, tuple[int, int | None]]] = defaultdict(dict)
    for row in rows:
        having = row["n_numerator"] if row["is_share"] else None
        place = (row["indicator_id"], row["entity_code"], row["breakdown_value"])
        found[row["period"]][place] = (row["n_denominator"], having)
    return found


def _last(session: duckdb.DuckDBPyConnection, table: str) -> dict[str, list[Row]]:
    """The last run's rows by block; nothing where there is no such table, or it is of another form."""
    try:
        rows = session.execute(f"select * from {table}").to_arrow_table().to_pylist()
    except duckdb.Error:
        return {}
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.pop("block_id", "")].append(row)
    return dict(found)


def _block_id(block: Block, wider: Mapping[Any, Row]) -> str:
    concerned = {row["indicator_id"] for row in block.rows}
    register = [str(item) for item in block.known if item.indicator_id in concerned]
    truth = [block.truth.get((row["indicator_id"], row["entity_code"], row["breakdown_value"])) for row in block.rows]
    others = [[row[name] for name in ("mark", "n_mark", *PLACE)] for _, row in sorted(wider.items())]
    kinds = {row["entity_code"]: block.principals.get(row["entity_code"]) for row in block.rows}
    said = json.dumps(
        [block.rows, register, truth, others, kinds, str(block.policy), _code()], default=str, sort_keys=True
    )
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _code() -> str:
    texts = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(texts)).hexdigest()


def _indicator(row: Row, least: int | None, policy: Row) -> Indicator:
    if least is None and row["kind"] in ("mean", "ratio"):
        least = policy["k_mean"]
    return Indicator(
        row["indicator_id"],
        is_share=row["kind"] in ("share", "rate"),
        counted_with=row["nested_group"] or row["indicator_id"],
        within=row["count_indicator_id"],
        implies=row["implies_indicator_id"],
        excludes=row["excludes_indicator_id"],
        splits=row["split_group"],
        part_of=row["part_of_indicator_id"],
        among=row["among_indicator_id"],
        later_of=row["later_of_indicator_id"],
        is_part=row["kind"] != "rate",
        least=least,
        is_sensitive=row["is_sensitive"],
        shown_with=tuple((row["shown_with"] or "").split()),
    )


def _policy(row: Row) -> Policy:
    near_none = "" if row["near_none_mark"] == row["suppressed_mark"] else row["near_none_mark"]
    return Policy(
        row["k_min"], row["k_comp"], row["suppressed_mark"], row["near_all_mark"], near_none, row["absent_mark"]
    )


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in PLACE)


def _of(cell: Cell) -> tuple[str, ...]:
    return cell.indicator_id, cell.level, cell.entity, cell.group
