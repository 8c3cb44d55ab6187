"""Delta tables: one commit per delivery, and a view of exactly the files that a snapshot consists of.

Parquet files are written by DuckDB inside the table's folder; a commit makes them part of the table. A commit carries
an application transaction, so that it can be repeated after a kill without doubling anything. Reading is always from
the snapshot's own list of files, never from `*.parquet`: removed and uncommitted files lie in the same folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.transaction import AddAction, create_table_with_add_actions

# Statistics are kept for whole numbers only: enough to skip files by load, and no value of a person gets into the log.
STATISTICS_TYPES = (pa.types.is_integer,)
# A checkpoint every 20 commits: opening a table costs 5 ms instead of 15 after 100 commits of one small file each.
CONFIGURATION = {"delta.logRetentionDuration": "interval 30 days", "delta.checkpointInterval": "20"}


def exists(table: Path) -> bool:
    """Whether there is a Delta table."""
    return (table / "_delta_log").is_dir()


def version(table: Path) -> int:
    """The table's version; -1 where there is none."""
    return DeltaTable(table).version() if exists(table) else -1


def transaction_version(table: Path, app_id: str) -> int | None:
    """The version that an application last committed under its id, if it ever did."""
    return DeltaTable(table).transaction_version(app_id) if exists(table) else None


def transactions(table: Path, app_ids: Iterable[str]) -> dict[str, int]:
    """The last version of each of these applications that has committed."""
    snapshot = DeltaTable(table)
    found = {app_id: snapshot.transaction_version(app_id) for app_id in app_ids}
    return {app_id: number for app_id, number in found.items() if number is not None}


def commit_files(
    table: Path,
    files: Sequence[Path],
    schema: pa.Schema,
    app_id: str,
    metadata: Mapping[str, str],
    app_version: int = 1,
) -> int:
    """Make Parquet files that lie in the table's folder part of the table, in one commit; returns the version.

    Repeating a commit (same `app_id`, same or lower `app_version`) changes nothing.
    """
    snapshot = DeltaTable(table) if exists(table) else None
    done = snapshot.transaction_version(app_id) if snapshot else None
    if snapshot and done is not None and done >= app_version:
        return snapshot.version()
    properties = CommitProperties(
        custom_metadata=dict(metadata), app_transactions=[Transaction(app_id=app_id, version=app_version)]
    )
    actions = [_add_action(table, file) for file in files]
    fields = Schema.from_arrow(schema)
    if snapshot is None:
        create_table_with_add_actions(
            str(table), fields, actions, mode="error", commit_properties=properties, configuration=CONFIGURATION
        )
        return 0
    present = {field.name for field in snapshot.schema().fields}
    if added := [field for field in fields.fields if field.name not in present]:
        snapshot.alter.add_columns(added)
        snapshot = DeltaTable(table)
    snapshot.create_write_transaction([*actions], "append", snapshot.schema(), commit_properties=properties)
    snapshot.update_incremental()
    return snapshot.version()


def _add_action(table: Path, file: Path) -> AddAction:
    stat = file.stat()
    return AddAction(
        path=file.relative_to(table).as_posix(),
        size=stat.st_size,
        partition_values={},
        modification_time=int(stat.st_mtime * 1000),
        data_change=True,
        stats=json.dumps(_statistics(file)),
    )


def _statistics(file: Path) -> dict[str, object]:
    metadata = pq.read_metadata(file)
    numbers = [
        f.name for f in metadata.schema.to_arrow_schema() if any(is_kind(f.type) for is_kind in STATISTICS_TYPES)
    ]
    least: dict[str, int] = {}
    most: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            column = metadata.row_group(group).column(index)
            name, found = column.path_in_schema, column.statistics
            if name in numbers and name.startswith("_") and found is not None and found.has_min_max:
                least[name] = min(least.get(name, found.min), found.min)
                most[name] = max(most.get(name, found.max), found.max)
    return {"numRecords": metadata.num_rows, "minValues": least, "maxValues": most, "nullCount": {}}


def column_names(table: Path) -> set[str]:
    """The names of the table's columns."""
    return {field.name for field in DeltaTable(table).schema().fields}


def file_list(table: Path) -> list[str]:
    """The Parquet files of the table's present snapshot, as absolute paths."""
    return sorted(DeltaTable(table).file_uris())


def view_sql(table: Path) -> str:
    """A SQL relation over the table's present snapshot, readable in any DuckDB process without an extension."""
    files = file_list(table)
    if not files:
        names = ", ".join(f"null::{_sql_type(field)} as {field.name}" for field in DeltaTable(table).schema().fields)
        return f"(select {names} where false)"
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{listed}], union_by_name = true)"


def _sql_type(field: object) -> str:
    kind = str(getattr(field, "type", "")).removeprefix("PrimitiveType(").strip('")')
    return {
        "string": "varchar", "long": "bigint", "integer": "integer", "double": "double", "boolean": "boolean",
        "date": "date", "timestamp": "timestamptz", "timestamp_ntz": "timestamp", "short": "smallint",
    }.get(kind, "varchar")  # fmt: skip
