"""Rows of pseudonymised persons for a named analyst, as long as a recorded decision allows it and not a night longer.

Off unless the deployment file holds a decision (who, purpose, decision, from, until, tables). Each decision has keys of
its own, so that two analysts' rows, or those of two purposes, cannot be laid together, nor with the product's own
history. Protected persons are in no mart and so in no file here, and no earlier night is kept. When the decision has
ended, or has been taken away, the folder and its secret are deleted when the next run begins.

    <root>/serving/analyst/<name>/current/<table>.parquet, LÄS-MIG.txt        0750
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dia_assets.serving import folders
from dia_assets.serving.access_decision import Access

log = logging.getLogger(__name__)

AUDIENCE, NOTE = "analyst", "LÄS-MIG.txt"


@dataclass(frozen=True)
class Given:
    """What an analyst got tonight: rows by table."""

    name: str
    rows: dict[str, int]


def withdraw(root: Path, secret_root: Path, decisions: Mapping[str, Access], today: date) -> list[str]:
    """Delete what no decision allows today, and the secrets of all other decisions; give the names deleted.

    Needs no database and waits for no gate: every run begins with it.
    """
    allowed = {name: access for name, access in decisions.items() if access.holds_on(today)}
    gone = sorted(path for path in (root.iterdir() if root.is_dir() else ()) if path.name not in allowed)
    for path in gone:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        log.warning("the rows for %s are deleted: no decision allows them any longer", path.name)
    kept = {_secret_file(secret_root, name, access) for name, access in allowed.items()}
    for file in set(secret_root.iterdir() if secret_root.is_dir() else ()) - kept:
        file.unlink()
    return [path.name for path in gone]


def publish_access(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    secret_root: Path,
    decisions: Mapping[str, Access],
    *,
    publication_id: str,
    today: date,
) -> list[Given]:
    """Write the folder of every decision that holds today, after `withdraw`; earlier nights' rows are deleted.

    `connection` has the gated database attached as `lakehouse`. The key of a person is the same from night to night
    within a decision, and another when the decision says something else.
    """
    withdraw(root, secret_root, decisions, today)
    return [
        Given(name, _write(connection, root / name, _secret(secret_root, name, access), access, publication_id))
        for name, access in sorted(decisions.items())
        if access.holds_on(today)
    ]


def _write(
    connection: duckdb.DuckDBPyConnection, serving: Path, secret: str, access: Access, publication_id: str
) -> dict[str, int]:
    folders.sweep(serving)
    serving.mkdir(parents=True, exist_ok=True)
    serving.chmod(0o750)
    rows: dict[str, int] = {}
    with folders.building(serving, publication_id) as folder:
        for table in access.tables:
            connection.execute(
                f"create or replace temp table given as select sha256($secret || person_key)[:16] as pupil_id,"
                f" columns(c -> c not in ('person_key', '_load')) from lakehouse.marts.{table} order by all",
                {"secret": secret},
            )
            connection.table("given").write_parquet(str(folder / f"{table}.parquet"), compression="zstd")
            found = connection.execute("select count(*) from given").fetchone()
            rows[table] = int(found[0]) if found else 0
        connection.execute("drop table if exists given")
        (folder / NOTE).write_text(_note(access), encoding="utf-8")
    folders.prune(serving, 1)  # two nights side by side would show whose identity became protected between them
    log.info("rows for %s by decision %s: %s", serving.name, access.decision, rows)
    return rows


def _note(access: Access) -> str:
    return (
        "Pseudonymiserade personuppgifter. De är personuppgifter: en rad per elev, utan namn och nummer.\n\n"
        f"Vem som får läsa: {access.who}\nÄndamål: {access.purpose}\nBeslut: {access.decision}\n"
        f"Gäller från {access.valid_from} och till, inte med, {access.valid_to}. Då raderas mappen.\n\n"
        "Lämna dem inte vidare, kopiera dem inte ut ur den plats som beslutet anger, och försök inte ta reda på vem\n"
        "en rad handlar om. Det som ska visas för andra tas ur de publicerade uppgifterna, som skyddar små grupper.\n"
        "Kolumnen pupil_id är densamma i alla filer här och från natt till natt, men ingen annanstans.\n"
    )


def _secret_file(root: Path, name: str, access: Access) -> Path:
    return root / f"{name}-{hashlib.sha256(access.model_dump_json().encode()).hexdigest()[:16]}.key"


def _secret(root: Path, name: str, access: Access) -> str:
    """The secret behind a decision's keys, made whole the first time; only the pipeline's account can read it."""
    file = _secret_file(root, name, access)
    if not file.is_file():
        root.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".half")
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as new:
            new.write(secrets.token_hex(32))
        half.replace(file)
    return file.read_text(encoding="ascii")
