"""A plugin of dbt-duckdb: dbt's own connection reads raw where raw lives in object storage."""

from __future__ import annotations

import os

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from dia_assets.object_store import introduce
from dia_assets.sources.config import ObjectStoreSource


class Plugin(BasePlugin):
    """Does nothing unless `transform` has said which object store raw is in; secrets come from the environment."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Called by dbt when it has opened the database."""
        if store := os.environ.get("DIA_DBT_RAW_STORE"):
            introduce(conn, ObjectStoreSource.model_validate_json(store))
