"""The source's own records that a delivery of changes is about, kept beside raw.

A delivery of changes replaces everything that was known of the records it contains, also when nothing is left: a
person whose last enrolment is gone, a group that was deleted. Rows alone cannot say that, so the records themselves
are noted: the contract's `load.entity` columns and the delivery's number, one row each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dia_assets.contracts import DatasetContract
from dia_assets.landing.candidate import COMPRESSION, part_path
from dia_assets.landing.members import Member

# The lists in an answer of /deletedEntities, under the names that servers really use for them.
LIST_NAMES = {
    "activities": ("activitites",),
    "attendanceSchedule": ("attendanceSchedules",),
    "studyplans": ("studyPlans",),
}
TYPE_NAMES = {"syllabuses": "syllabus", "activities": "activity", "duties": "duty"}


def entity_schema(contract: DatasetContract) -> pa.Schema:
    """The schema of a dataset's table of records."""
    return pa.schema([*((name, pa.string()) for name in contract.load.entity), ("_load", pa.int64())])


def of_documents(connection: duckdb.DuckDBPyConnection, contract: DatasetContract) -> pa.Table:
    """The outermost records of the pages that `json_records` has open, whether they have rows or not."""
    records = (contract.format.records or "[*]").split(".")
    outermost = "^." * (len(records) - 1)
    names = []
    for name in contract.load.entity:
        source = contract.column(name).source or ""
        assert source.startswith(outermost), f"{contract.key}.{name}: load.entity must name the outermost record"
        names.append(f"json_extract_string(e, '$.{source.removeprefix(outermost)}') as {name}")
    step = records[0].removesuffix("[*]")
    path = f"$.{step}[*]" if step else "$[*]"
    return connection.execute(
        f"select distinct {', '.join(names)} from (select unnest(json_extract(content, '{path}')) as e from document)"
    ).to_arrow_table()


def of_requests(contract: DatasetContract, pages: Sequence[Member]) -> pa.Table:
    """What was asked for, where an answer replaces that: a month is answered also when nothing is in it."""
    asked = contract.load.asked
    pages = [page for page in pages if set(asked.values()) <= set(page.parameters)]  # a file answers no request
    return pa.table({name: pa.array([page.parameters[asked[name]] for page in pages], pa.string()) for name in asked})


def of_deletions(contract: DatasetContract, pages: Sequence[Member]) -> pa.Table:
    """The ids in answers of /deletedEntities for the contract's resource, in any of the shapes that occur."""
    resource = str(contract.fetch.get("resource", ""))
    found: dict[str, None] = {}
    for page in pages:
        found.update(dict.fromkeys(deleted_ids(json.loads(page.path.read_bytes()), resource)))
    return pa.table({contract.load.entity[0]: pa.array(list(found), pa.string())})


def deleted_ids(answer: object, resource: str) -> list[str]:
    """The ids of a resource in an answer of /deletedEntities.

    `{data: {persons: [id]}}` by the standard, `{data: [{entityType, id}]}` or the bare list as others answer.
    """
    data = answer.get("data", answer) if isinstance(answer, dict) else answer
    if isinstance(data, dict):
        names = (resource, *LIST_NAMES.get(resource, ()))
        return [str(item) for name in names for item in data.get(name) or []]
    names = (resource, TYPE_NAMES.get(resource, resource.removesuffix("s")))
    wanted = {name.casefold() for name in names}
    items = [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
    return [str(item["id"]) for item in items if "id" in item and str(item.get("entityType")).casefold() in wanted]


def of_rows(contract: DatasetContract, paths: Sequence[Path]) -> pa.Table:
    """The records that the rows in a candidate's files belong to."""
    names = list(contract.load.entity)
    empty = entity_schema(contract).empty_table().select(names)
    return pa.concat_tables([empty, *(pq.read_table(path, columns=names).cast(empty.schema) for path in paths)])


def write_entities(folder: Path, contract: DatasetContract, load: int, tables: Sequence[pa.Table]) -> Path:
    """Write a delivery's records as a file of the table of records."""
    rows = pa.concat_tables(tables).group_by(list(contract.load.entity)).aggregate([])
    rows = rows.append_column("_load", pa.repeat(pa.scalar(load, pa.int64()), rows.num_rows))
    path = part_path(folder, load, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows.cast(entity_schema(contract)), path, compression=COMPRESSION, store_schema=False)
    return path
