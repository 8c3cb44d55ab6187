"""Reading every byte and every cell of a data root, as someone would who looks for a person there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb


def visible_files(root: Path) -> Iterator[Path]:
    """Every file of the data root but the sources and the restricted zone."""
    for path in sorted(root.rglob("*")):
        zone = path.relative_to(root).parts[0]
        if path.is_file() and not path.is_symlink() and zone not in ("restricted", "synthetic", "drop"):
            yield path


def decoded(path: Path) -> Iterator[str]:
    """A file's content as a reader would see it: every cell of a table, else its text."""
    if path.suffix in (".parquet", ".duckdb"):
        with duckdb.connect() as connection:
            if path.suffix == ".parquet":
                relations = [f"read_parquet('{path}')"]
            else:
                connection.execute(f"attach '{path}' as d (read_only)")
                tables = connection.execute(
                    "select schema_name, table_name from duckdb_tables() where database_name = 'd'"
                ).fetchall()
                relations = [f"d.{schema}.{table}" for schema, table in tables]
            for relation in relations:
                for row in connection.execute(f"select * from {relation}").fetchall():
                    yield from (str(cell) for cell in row if cell is not None)
    elif path.read_bytes()[:15] == b"SQLite format 3":
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection_:
            for (table,) in connection_.execute("select name from sqlite_master where type = 'table'").fetchall():
                for row in connection_.execute(f'select * from "{table}"'):
                    yield from (str(cell) for cell in row if cell is not None)
    else:
        yield path.read_text(encoding="utf-8", errors="replace")
