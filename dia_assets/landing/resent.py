"""Tells old content under a new name: last year's file delivered as this year's.

Only datasets whose period stands in the file's name can be deceived in this way; where dates stand in the rows, an
old file says of itself what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from dia_assets import delta
from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.landing.candidate import Candidate, parts_of
from dia_assets.ledger import Delivery
from dia_assets.settings import Lake

SAME_SHARE = 0.98
LARGEST = 100_000


def refuse_resent_content(
    lake: Lake,
    contract: DatasetContract,
    delivery: Delivery,
    candidate: Candidate,
    earlier: Iterable[Delivery],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Refuse a candidate that is nearly the same, row by row, as an earlier delivery of another period."""
    period_columns = [column for column in contract.columns if column.file_group]
    if not period_columns or not 0 < candidate.rows_kept <= LARGEST:
        return
    groups = [str(column.file_group) for column in period_columns]
    others = [item for item in earlier if item.load < delivery.load and _is_other(contract, delivery, item, groups)]
    files = [
        file
        for item in others
        if _is_as_large(lake, contract, item, candidate)
        for file in _files(lake, contract, item.load)
    ]
    if not files:
        return
    compared = _telling_columns(contract, candidate.paths, connection)
    if not compared:
        return
    row = f"hash({', '.join(compared)})"
    found = connection.execute(
        f"select _load, count(*) from (select distinct {row} as h from read_parquet({_listed(candidate.paths)}))"
        f" join (select distinct _load, {row} as h from read_parquet({_listed(files)})) using (h)"
        " group by _load order by 2 desc limit 1"
    ).fetchone()
    total = connection.execute(f"select count(distinct {row}) from read_parquet({_listed(candidate.paths)})").fetchone()
    if found and total and found[1] >= SAME_SHARE * total[0]:
        raise resent(next(item.file for item in others if item.load == found[0]))


def resent(file: str) -> DeliveryRefused:
    """The refusal of content that came before, as `file`."""
    return DeliveryRefused(
        "resent_content",
        f"Filen har ett nytt namn men samma innehåll som {file}, som redan har levererats för en annan period.",
        "Kontrollera att rätt år eller period valdes i källsystemets export och leverera filen på nytt.",
    )


def _is_other(contract: DatasetContract, delivery: Delivery, item: Delivery, groups: list[str]) -> bool:
    """Whether an earlier delivery is of another period, as the names say, and otherwise about the same."""
    mine, its = contract.subject(delivery.file), contract.subject(item.file)
    if mine is None or its is None:
        return False
    rest = set(mine) - set(groups)
    return any(mine[g] != its[g] for g in groups) and all(mine[g] == its[g] for g in rest)


def _is_as_large(lake: Lake, contract: DatasetContract, item: Delivery, candidate: Candidate) -> bool:
    """Whether another load has about as many rows; most others have not, and need no comparison."""
    rows = item.rows_kept
    if rows is None:
        rows = sum(pq.read_metadata(path).num_rows for path in parts_of(lake.raw(contract), item.load))
    return SAME_SHARE * candidate.rows_kept <= rows <= candidate.rows_kept / SAME_SHARE


def _files(lake: Lake, contract: DatasetContract, load: int) -> list[Path | str]:
    """The files of another load: not accepted yet they lie here, afterwards where raw is."""
    here: list[Path | str] = [*parts_of(lake.raw(contract), load)]
    table = lake.table(lake.raw(contract))
    if here or isinstance(table, Path) or not delta.exists(table):
        return here
    return [uri for uri in delta.file_list(table) if f"/part-{load}-" in uri]


def _telling_columns(
    contract: DatasetContract, paths: Iterable[Path], connection: duckdb.DuckDBPyConnection
) -> list[str]:
    """The columns that tell rows apart: not the period, nor what is the same in every row (as an extract date)."""
    names = [column.name for column in contract.stored_columns if not column.file_group]
    extremes = connection.execute(
        f"select {', '.join(f'min({name}) is distinct from max({name})' for name in names)}"
        f" from read_parquet({_listed(paths)})"
    ).fetchone()
    return [name for name, differs in zip(names, extremes or (), strict=True) if differs]


def _listed(paths: Iterable[Path | str]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"
