"""Whole nights in a temporary data root, and what to compare of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dia_assets import delta
from dia_assets.nightly import Night, run_nightly
from dia_assets.settings import PROJECT, Lake, load_settings
from tests.costly import uncounted

REFUSED = {
    "renamed_column", "truncated_file", "truncated_json", "empty_file", "wrong_encoding", "last_year_resent",
    "zip_bomb", "garbage",
}  # fmt: skip
ENVIRONMENT = {"DIA_PRESET": "one_unit", "DIA_MEMORY_LIMIT": "1GB"}


@contextmanager
def environment(root: Path, **settings: str) -> Iterator[None]:
    """The environment of a data root, for the time of a `with` block."""
    before = dict(os.environ)
    os.environ.update({**ENVIRONMENT, "DIA_DATA": str(root), **settings})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def night(root: Path, **settings: str) -> tuple[Night, str]:
    """One night in this process; gives how it ended and what it printed."""
    with uncounted():
        return counted_night(root, **settings)


def counted_night(root: Path, **settings: str) -> tuple[Night, str]:
    """As `night`, with its lines counted by coverage, which takes longer."""
    lines: list[str] = []
    with environment(root, **settings):
        return run_nightly(load_settings(), lines.append), "\n".join(lines)


def night_in_a_process(root: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """One night in a process of its own, by the command that a user gives."""
    return _run(["-m", "dia_assets.cli", "nightly"], root, **settings)


def killed_nights(root: Path, points: Iterable[str]) -> dict[str, int]:
    """One night after the other, each killed for real (SIGKILL) at its point; how their processes ended."""
    run = _run([str(Path(__file__).with_name("killed.py")), *points], root)
    assert run.returncode == 0, run.stdout[-500:] + run.stderr[-2000:]
    ended: dict[str, int] = json.loads(run.stdout.splitlines()[-1])
    return ended


def _run(arguments: Sequence[str], root: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **ENVIRONMENT, "DIA_DATA": str(root), **settings}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=env, cwd=PROJECT, capture_output=True, text=True, timeout=900, check=False)


def copy_root(source: Path, target: Path) -> Path:
    """A data root with the state of another."""
    shutil.copytree(source, target, symlinks=True)
    return target


def fingerprint(root: Path) -> dict[str, str]:
    """A hash of every table's rows: history, accepted master and marts, and what is published.

    Left out is what differs between two data roots without meaning anything: the random person keys, and the names
    and times of runs and publications.
    """
    lake = Lake(root)
    found = history_fingerprint(lake)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{lake.accepted_db}' as accepted (read_only)")
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'accepted' order by all"
        ).fetchall():
            found[f"{schema}.{table}"] = _hash(connection, f"accepted.{schema}.{table}")
        for audience in ("public", "municipality"):
            for file in sorted((lake.serving(audience) / "current" / "parquet").glob("*.parquet")):
                found[f"{audience} {file.stem}"] = _hash(connection, f"read_parquet('{file}')")
    return found


def history_fingerprint(lake: Lake) -> dict[str, str]:
    """As `fingerprint`, of history alone."""
    found: dict[str, str] = {}
    with duckdb.connect() as connection:
        for log in sorted((lake.internal / "history").rglob("_delta_log")):
            name = "/".join(log.parent.parts[-2:])
            found[f"history {name}"] = _hash(connection, delta.view_sql(log.parent))
    return found


MEANINGLESS = ("run_id", "publication_id", "released_at", "published_at", "since", "now_utc", "cycle", "code_version")


def _hash(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    names = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
    kept = [name for name in names if not name.endswith("_key") and name not in MEANINGLESS]
    shown = ", ".join(f"{name}::varchar" for name in kept) or "1"
    rows = connection.execute(f"select {shown} from {relation}").fetchall()
    return hashlib.sha256("\n".join(sorted(map(str, rows))).encode()).hexdigest()[:16]
