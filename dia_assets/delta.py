"""Delta tables: one commit per delivery, and a view of exactly the files that a snapshot consists of.

Parquet files are written by DuckDB inside the table's folder; a commit makes them part of the table. A commit carries
an application transaction, so that it can be repeated after a kill without doubling anything. Reading is always from
the snapshot's own list of files, never from `*.parquet`: removed and uncommitted files lie in the same folder. A table
is a folder, or lies in object storage: then a commit first uploads its files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.transaction import AddAction, create_table_with_add_actions

from dia_assets.object_store import StoredTable

Table = Path | StoredTable

# Statistics are kept for whole numbers only: enough to skip files by load, and no value of a person gets into the log.
STATISTICS_TYPES = (pa.types.is_integer,)
# A checkpoint every 20 commits: opening a table costs 5 ms instead of 15 after 100 commits of one small file each.
CONFIGURATION = {"delta.logRetentionDuration": "interval 30 days", "delta.checkpointInterval": "20"}


def exists(table: Table) -> bool:
    """Whether there is a Delta table."""
    if isinstance(table, Path):
        return (table / "_delta_log").is_dir()
    return DeltaTable.is_deltatable(table.uri, table.options())


def _open(table: Table) -> DeltaTable:
    if isinstance(table, Path):
        return DeltaTable(table)
    return DeltaTable(table.uri, storage_options=table.options())


def version(table: Table) -> int:
    """The table's version; -1 where there is none."""
    return _open(table).version() if exists(table) else -1


def transaction_version(table: Table, app_id: str) -> int | None:
    """The version that an application last committed under its id, if it ever did."""
    return _open(table).transaction_version(app_id) if exists(table) else None


def transactions(table: Table, app_ids: Iterable[str]) -> dict[str, int]:
    """The last version of each of these applications that has committed."""
    snapshot = _open(table)
    found = {app_id: snapshot.transaction_version(app_id) for app_id in app_ids}
    return {app_id: number for app_id, number in found.items() if number is not None}


class Writer:
    """Commits to one table; keeps its snapshot from one commit to the next (opening a table takes 5–10 ms).

    While one is in use, nothing else may write to the table: there is one writer per table, under the run's lock.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._snapshot = _open(table) if exists(table) else None

    def commit_files(
        self,
        files: Sequence[Path],
        schema: pa.Schema,
        app_id: str,
        metadata: Mapping[str, str],
        app_version: int = 1,
        records: int | None = None,
    ) -> int:
        """As `commit_files`."""
        table, snapshot = self.table, self._snapshot
        done = snapshot.transaction_version(app_id) if snapshot else None
        if snapshot and done is not None and done >= app_version:
            return snapshot.version()
        properties = CommitProperties(
            custom_metadata=dict(metadata), app_transactions=[Transaction(app_id=app_id, version=app_version)]
        )
        if isinstance(table, StoredTable):
            table.upload(files)
        actions = [
            _add_action(file, file.relative_to(table).as_posix() if isinstance(table, Path) else file.name, records)
            for file in files
        ]
        fields = Schema.from_arrow(schema)
        if snapshot is None:
            create_table_with_add_actions(
                str(table) if isinstance(table, Path) else table.uri,
                fields,
                actions,
                mode="error",
                commit_properties=properties,
                configuration=CONFIGURATION,
                storage_options=None if isinstance(table, Path) else table.options(),
            )
            self._snapshot = _open(table)
            return 0
        present = {field.name for field in snapshot.schema().fields}
        if added := [field for field in fields.fields if field.name not in present]:
            snapshot.alter.add_columns(added)
            self._snapshot = snapshot = _open(table)
        snapshot.create_write_transaction([*actions], "append", snapshot.schema(), commit_properties=properties)
        snapshot.update_incremental()
        return snapshot.version()


def commit_files(
    table: Table,
    files: Sequence[Path],
    schema: pa.Schema,
    app_id: str,
    metadata: Mapping[str, str],
    app_version: int = 1,
    records: int | None = None,
) -> int:
    """Make Parquet files part of the table, in one commit; returns the version.

    They lie in the table's folder; for a table in object storage they are uploaded first. Repeating a commit (same
    `app_id`, same or lower `app_version`) changes nothing. `records`: the number of rows of the one file, where the
    file is encrypted and cannot be looked into.
    """
    return Writer(table).commit_files(files, schema, app_id, metadata, app_version, records)


def delete_loads(table: Table, loads: Iterable[int]) -> None:
    """Delete the rows of these deliveries for good: the files that held them and old versions included."""
    snapshot = _open(table)
    snapshot.delete(f"_load in ({', '.join(map(str, loads))})")
    snapshot.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)


def _add_action(file: Path, name: str, records: int | None) -> AddAction:
    stat = file.stat()
    return AddAction(
        path=name,
        size=stat.st_size,
        partition_values={},
        modification_time=int(stat.st_mtime * 1000),
        data_change=True,
        stats=json.dumps(_statistics(file) if records is None else {"numRecords": records}),
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


def column_names(table: Table) -> set[str]:
    """The names of the table's columns."""
    return {field.name for field in _open(table).schema().fields}


def file_list(table: Table) -> list[str]:
    """The Parquet files of the table's present snapshot, as absolute paths or addresses."""
    return sorted(_open(table).file_uris())


def view_sql(table: Table, key_name: str = "") -> str:
    """A SQL relation over the table's present snapshot, readable by DuckDB without its extension for Delta tables.

    `key_name`: the key that DuckDB has been given for the table's files, where they are encrypted.
    """
    files = file_list(table)
    if not files:
        names = ", ".join(f"null::{_sql_type(field)} as {field.name}" for field in _open(table).schema().fields)
        return f"(select {names} where false)"
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    # DuckDB 1.5 fails on both at once; an encrypted table's files all have the same columns
    how = f"encryption_config = {{footer_key: '{key_name}'}}" if key_name else "union_by_name = true"
    return f"read_parquet([{listed}], {how})"


def _sql_type(field: object) -> str:
    kind = str(getattr(field, "type", "")).removeprefix("PrimitiveType(").strip('")')
    return {
        "string": "varchar", "long": "bigint", "integer": "integer", "double": "double", "boolean": "boolean",
        "date": "date", "timestamp": "timestamptz", "timestamp_ntz": "timestamp", "short": "smallint",
    }.get(kind, "varchar")  # fmt: skip
