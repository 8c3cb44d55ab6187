"""One model's SQL on tables made up by a test, without dbt: quick enough to try many. No fixture is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from tests.dbt.lake import DBT_PROJECT, Lake


class CompiledModel:
    """A model as dbt compiled it, with the reference tables of a lake and any other input given as rows."""

    def __init__(self, lake: Lake, model: str) -> None:
        compiled = (lake.folder / "target" / "compiled" / "dia" / "models").rglob(f"{model}.sql")
        [path] = [found for found in compiled if found.parent.suffix != ".yml"]  # there lies what unit tests are given
        self.sql = path.read_text(encoding="utf-8")
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as lakehouse; use lakehouse; create schema reference;")
        self.connection.execute("create schema marts; create schema master; create schema history;")
        self.connection.execute(f"attach '{lake.database}' as given (read_only)")
        for seed in sorted((DBT_PROJECT / "seeds").glob("*.csv")):
            self.connection.execute(f"create table reference.{seed.stem} as from given.reference.{seed.stem}")
        self.connection.execute("detach given")

    def give(self, table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Make or replace an input table."""
        listed = ", ".join(f"{name} {kind}" for name, kind in types.items())
        self.connection.execute(f"create or replace table lakehouse.{table} ({listed})")
        if rows:
            marks = ", ".join("?" for _ in types)
            values = [[row.get(name) for name in types] for row in rows]
            self.connection.executemany(f"insert into lakehouse.{table} values ({marks})", values)

    def rows(self) -> list[dict[str, Any]]:
        """What the model gives."""
        cursor = self.connection.execute(self.sql)
        names = [item[0] for item in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
