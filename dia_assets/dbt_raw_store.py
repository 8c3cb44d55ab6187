"""A plugin of dbt-duckdb: dbt's own connection reads raw in object storage, and the vault where it is encrypted."""

from __future__ import annotations

import os

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from dia_assets.identity import keys
from dia_assets.object_store import introduce
from dia_assets.sources.config import ObjectStoreSource


class Plugin(BasePlugin):
    """Does nothing unless raw lies in an object store or the vault has a key; secrets are the environment's."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Called by dbt when it has opened the database."""
        keys.introduce(conn)
        if store := os.environ.get("DIA_DBT_RAW_STORE"):
            introduce(conn, ObjectStoreSource.model_validate_json(store))
