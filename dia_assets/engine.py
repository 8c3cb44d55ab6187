"""The one way to open a DuckDB file: through dagster-duckdb's resource, within the memory and folders it is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from dagster_duckdb import DuckDBResource

from dia_assets.identity import keys
from dia_assets.object_store import introduce
from dia_assets.settings import Settings


def resource(settings: Settings, database: Path | str = ":memory:", *, read_only: bool = False) -> DuckDBResource:
    """DuckDB as a Dagster resource: bounded memory, spill inside the restricted zone, nothing downloaded."""
    config: dict[str, Any] = {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "temp_directory": str(settings.lake.spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": True,
    }
    if read_only:
        config["access_mode"] = "READ_ONLY"
    return DuckDBResource(database=str(database), connection_config=config)


@contextmanager
def connect(
    settings: Settings, database: Path | str = ":memory:", *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB database for the time of a `with` block."""
    with resource(settings, database, read_only=read_only).get_connection() as connection:
        connection.execute("set TimeZone = 'UTC'")
        keys.introduce(connection)
        if settings.raw_store is not None:
            introduce(connection, settings.raw_store)
        yield connection
