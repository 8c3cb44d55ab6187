"""A small lakehouse for the tests of the SQL: raw rows in, dbt in this process, tables out. No fixture is here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

from dia_assets import transform
from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.parsed_project import DBT_PROJECT
from dia_assets.settings import Settings
from tests.costly import uncounted

Row = Mapping[str, Any]


class Lake:
    """A working database with raw rows, in which dbt can be run layer by layer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(data=folder / "data")
        self.settings.lake.prepare()
        self.database = self.settings.lake.working_db
        self.contracts = load_contracts()
        self.rows: dict[str, list[Row]] = {key: [] for key in self.contracts}

    def deliver(self, dataset: str, rows: Sequence[Row], *, load: int = 1) -> None:
        """Add raw rows of one delivery; `_person` names the person, who is then known by that word as key."""
        for number, row in enumerate(rows, start=1):
            self.rows[dataset].append({"_load": load, "_row": number, **row})

    def build(self, today: str = "2025-08-01", only: Sequence[str] = ()) -> None:
        """Everything from raw to published, as the nightly run does it; or only these models and what they read."""
        with uncounted():
            transform.load_seeds(self.settings)
        self.make_raw(today)
        self.dbt("run", "--select", "staging")
        self.make_history()
        layers = ("path:models/master", "path:models/marts")
        self.dbt("run", "--select", *([f"+{name},{layer}" for name in only for layer in layers] or layers))

    def make_raw(self, today: str) -> None:
        with self.connection() as connection:
            connection.execute("create schema if not exists raw")
            connection.execute("create schema if not exists reference")
            connection.execute(
                "create or replace table reference.run_clock as select ?::date as today,"
                " (?::date + interval 2 hour)::timestamptz as now_utc, 'test' as run_id",
                [today, today],
            )
            for key, contract in self.contracts.items():
                _make_raw_table(connection, contract, self.rows[key])

    def make_history(self) -> None:
        with self.connection() as connection:
            for schema in ("history", "recorded", "identity"):
                connection.execute(f"create schema if not exists {schema}")
            connection.execute(
                "create or replace table identity.unmatched (dataset varchar, reason varchar, row_count bigint);"
                "create or replace table identity.work_list (name varchar, number bigint)"
            )
            for contract in self.contracts.values():
                columns = [
                    row[0] for row in connection.execute(f"describe staging.{contract.staging_model}").fetchall()
                ]
                kept = [name for name in columns if name not in ("_is_protected", "_is_entity")]
                condition = "person_key is not null and not _is_protected" if "_is_protected" in columns else "true"
                connection.execute(
                    f"create or replace view history.{contract.slug} as select {', '.join(kept)},"
                    f" timestamptz '2026-01-01' as _recorded_at from staging.{contract.staging_model} where {condition}"
                )
                connection.execute(
                    f"create or replace view recorded.{contract.slug} as select *, null::timestamptz as _recorded_to"
                    f" from history.{contract.slug}"
                )

    def dbt(self, *arguments: str) -> Any:
        """Run one dbt command; its own report is in the assertion when it fails."""
        known = transform.parsed(self.settings)
        transform.quicken()
        os.environ |= {
            "DIA_WORKING_DB": str(self.database),
            "DIA_SPILL": str(self.folder / "spill"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }
        folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        quiet = ["--quiet", "--no-write-json", "--no-send-anonymous-usage-stats"]
        with uncounted():
            result = dbtRunner(manifest=known).invoke([*arguments, *folders, *quiet])
            transform.close_connections()
        problems = [
            f"{item.node.name}: {item.message}"
            for item in getattr(result.result, "results", []) or []
            if item.status in ("error", "fail", "warn")
        ]
        assert result.success, problems or result.exception
        return result

    @contextmanager
    def connection(self) -> Any:
        connection = duckdb.connect(str(self.database))
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        with self.connection() as connection:
            cursor = connection.execute(sql, list(parameters))
            names = [item[0] for item in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        rows = self.query(sql, parameters)
        assert len(rows) == 1 and len(rows[0]) == 1, rows
        return next(iter(rows[0].values()))


def _make_raw_table(connection: duckdb.DuckDBPyConnection, contract: DatasetContract, rows: Sequence[Row]) -> None:
    names = [column.name for column in contract.stored_columns]
    types = dict.fromkeys([*names, "_file"], "varchar") | {"_row": "bigint", "_load": "bigint"}
    if contract.person_identifiers:
        types |= {"_person_key": "varchar", "_is_protected": "boolean"}
        types |= {f"_{column.name}_key": "varchar" for column in contract.related_identifiers}
        if contract.related_identifiers:
            types["_person_is_protected"] = "boolean"
        if {column.name for column in contract.person_identifiers} & set(contract.load.entity):
            types["_record_key"] = "varchar"
    if contract.load.entity:
        types["_is_entity"] = "boolean"
    listed = ", ".join(f"{name} {kind}" for name, kind in types.items())
    connection.execute(f"create or replace table raw.{contract.slug} ({listed})")
    values = [[_value(name, row) for name in types] for row in rows]
    if values:
        marks = ", ".join("?" for _ in types)
        connection.executemany(f"insert into raw.{contract.slug} values ({marks})", values)


def _value(name: str, row: Row) -> Any:
    match name:
        case "_person_key" | "_record_key":
            return row.get("_person")
        case "_is_protected" | "_person_is_protected" | "_is_entity":
            return row.get(name, False)
        case "_file":
            return row.get("_file", "test")
        case _:
            return row.get(name)
