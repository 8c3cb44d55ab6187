"""The vault's tables as files: their columns, how they are read, appended to and replaced, and who may read them.

`alias`: one row per identifier that stands for a person, with the person's random key and a random key of its own
(`record_key`, which stands for the source's record where rows must be told apart by it). `claim`: which number a
source's record has had, from when. `marking`: what each dataset says of a person's protection, in time. `local_alias`:
a temporary number that one delivery's unit and class make somebody's. `conflict`: two persons with one real number.
`moved_row`: rows of history that a split moves.
`candidate`: pairs of persons that may be the same. `waiting`: rows of files that stand for nobody, as counts.

Files are Parquet written by DuckDB, encrypted when there is a key, and made part of a Delta table by one commit.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import uuid
from pathlib import Path

import duckdb
import pyarrow as pa

from dia_assets import delta
from dia_assets.errors import SettingsError
from dia_assets.identity import keys
from dia_assets.settings import Lake

_TIME = pa.timestamp("us", "UTC")
SCHEMAS = {
    name: pa.schema(fields)
    for name, fields in {
        "alias": [
            ("namespace", pa.string()), ("value", pa.string()), ("kind", pa.string()), ("normal", pa.string()),
            ("person_key", pa.string()), ("recorded_at", _TIME), ("record_key", pa.string()),
        ],
        "marking": [
            ("dataset", pa.string()), ("person_key", pa.string()), ("is_marked", pa.bool_()), ("load", pa.int64()),
            ("recorded_at", _TIME),
        ],
        "claim": [
            ("namespace", pa.string()), ("value", pa.string()), ("kind", pa.string()), ("number", pa.string()),
            ("valid_from", pa.date32()), ("load", pa.int64()), ("recorded_at", _TIME),
        ],
        "local_alias": [
            ("dataset", pa.string()), ("load", pa.int64()), ("unit", pa.string()), ("class", pa.string()),
            ("value", pa.string()), ("person_key", pa.string()), ("recorded_at", _TIME),
        ],
        "conflict": [("person_key", pa.string()), ("other_key", pa.string()), ("recorded_at", _TIME)],
        "moved_row": [
            ("decision_id", pa.string()), ("dataset", pa.string()), ("load", pa.int64()), ("row", pa.int64()),
            ("person_key", pa.string()), ("new_key", pa.string()),
        ],
        "candidate": [
            ("person_key", pa.string()), ("other_key", pa.string()), ("probability", pa.float64()),
            ("agrees", pa.string()), ("differs", pa.string()), ("rule", pa.string()), ("recorded_at", _TIME),
        ],
        "waiting": [
            ("dataset", pa.string()), ("load", pa.int64()), ("kind", pa.string()), ("reason", pa.string()),
            ("rows", pa.int64()), ("recorded_at", _TIME),
        ],
    }.items()
}  # fmt: skip
ENCRYPTION_FILE = "encryption.json"
MANY_FILES = 60  # a table of more is written anew as one file
_TYPES = {"string": "varchar", "bool": "boolean", "int64": "bigint", "double": "double", "date32[day]": "date"}


def check(lake: Lake) -> None:
    """Raise `SettingsError`, with what to do, unless the vault is the pipeline's own and its key is the right one."""
    for path in (lake.vault_root, lake.identity_decisions):
        if not path.exists():
            continue
        found = path.stat()
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise SettingsError(
                f"Identitetsvalvet kan läsas av andra än flödets konto ({path}). Ingenting har körts. Kör som det "
                f"konto som kör flödet: chmod -R go-rwx {path} – och om ägaren är en annan: chown -R till kontot."
            )
    finish(lake)
    key, written = keys.from_environment(), written_with(lake)
    if written == (key.name if key else ""):
        return
    if not any(lake.vault_root.glob("*/_delta_log")):
        return
    if not written:
        problem = f"{keys.VARIABLE} är satt men valvet är inte krypterat. Kör `dia identity rotate-key --apply`."
    elif key is None:
        problem = f"Valvet är krypterat och {keys.VARIABLE} saknas i miljön. Sätt den till valvets nyckel."
    else:
        problem = (
            f"{keys.VARIABLE} är inte den nyckel som valvet är skrivet med. Sätt rätt nyckel, eller byt nyckel: den "
            f"gamla i {keys.OLD_VARIABLE}, den nya i {keys.VARIABLE}, och kör `dia identity rotate-key --apply`."
        )
    raise SettingsError(f"{problem} Ingenting har körts.")


def written_with(lake: Lake) -> str:
    """The name of the key that the vault is written with; empty when it is not encrypted."""
    file = lake.vault_root / ENCRYPTION_FILE
    return str(json.loads(file.read_text(encoding="utf-8"))["key"]) if file.is_file() else ""


def relation(lake: Lake, name: str) -> str:
    """A SQL relation over one of the vault's tables; without rows where nothing has been written."""
    if delta.exists(lake.vault(name)):
        return delta.view_sql(lake.vault(name), written_with(lake))
    columns = ", ".join(f"null::{sql_type(field)} as {field.name}" for field in SCHEMAS[name])
    return f"(select {columns} where false)"


def sql_type(field: pa.Field) -> str:
    """DuckDB's type of a column of the vault."""
    return _TYPES.get(str(field.type), "timestamptz")


def stamp(lake: Lake, names: tuple[str, ...] = ("alias", "marking", "local_alias", "moved_row")) -> str:
    """What the vault's tables consist of, in short: another after every change."""
    files = [
        Path(file).name
        for name in names
        if delta.exists(lake.vault(name))
        for file in delta.file_list(lake.vault(name))
    ]
    return hashlib.sha256("\n".join(files).encode()).hexdigest()[:16]


def append(connection: duckdb.DuckDBPyConnection, lake: Lake, name: str, select: str) -> int:
    """Add the rows of a select (its columns in any order) in one commit; returns their number."""
    table = lake.vault(name)
    rows = _count(connection, select)
    if rows and delta.exists(table) and len(delta.file_list(table)) >= MANY_FILES:
        names = ", ".join(SCHEMAS[name].names)
        replace(
            connection,
            lake,
            name,
            f"select {names} from {relation(lake, name)} union all select {names} from ({select})",
        )
    elif rows:
        prepare(lake)
        _write(connection, table, name, select, keys.from_environment())
    return rows


def replace(connection: duckdb.DuckDBPyConnection, lake: Lake, name: str, select: str) -> int:
    """Make a table consist of the rows of a select alone: no old file or version is left. Returns their number."""
    prepare(lake)
    table, fresh, replaced = lake.vault(name), lake.vault(f"{name}.rewritten"), lake.vault(f"{name}.replaced")
    rows = _write(connection, fresh, name, select, keys.from_environment())
    if table.exists():
        table.rename(replaced)
    fresh.rename(table)
    shutil.rmtree(replaced, ignore_errors=True)
    return rows


def finish(lake: Lake) -> None:
    """Complete or undo a replacement or a change of key that a killed run left half done."""
    rotated, old = _beside(lake, "rotated"), _beside(lake, "old")
    if old.exists() and rotated.exists():
        rotated.rename(lake.vault_root)
    for left_over in (rotated, old):
        shutil.rmtree(left_over, ignore_errors=True)
    for replaced in lake.vault_root.glob("*.replaced"):
        table = lake.vault(replaced.name.removesuffix(".replaced"))
        if table.exists():
            shutil.rmtree(replaced)
        else:
            replaced.rename(table)
    for fresh in lake.vault_root.glob("*.rewritten"):
        shutil.rmtree(fresh, ignore_errors=True)


def rotate(connection: duckdb.DuckDBPyConnection, lake: Lake) -> int:
    """Write every table of the vault anew with the present key, or without one; returns how many tables.

    The new folder takes the old one's place when it is complete, so that a killed rotation is simply run again.
    """
    finish(lake)
    key, fresh, old = keys.from_environment(), _beside(lake, "rotated"), _beside(lake, "old")
    names = [name for name in SCHEMAS if delta.exists(lake.vault(name))]
    fresh.mkdir(mode=0o700)
    for name in names:
        _write(connection, fresh / name, name, f"select * from {relation(lake, name)}", key)
    (fresh / ENCRYPTION_FILE).write_text(json.dumps({"key": key.name if key else ""}), encoding="utf-8")
    lake.vault_root.rename(old)
    fresh.rename(lake.vault_root)
    shutil.rmtree(old)
    return len(names)


def prepare(lake: Lake) -> None:
    """Make the vault's folder, readable by its owner alone, and note which key it is written with when it is new."""
    if lake.vault_root.exists():
        return
    lake.vault_root.mkdir(parents=True, mode=0o700)
    if key := keys.from_environment():
        (lake.vault_root / ENCRYPTION_FILE).write_text(json.dumps({"key": key.name}), encoding="utf-8")


def _beside(lake: Lake, word: str) -> Path:
    return lake.vault_root.with_name(f"vault.{word}")


def _write(
    connection: duckdb.DuckDBPyConnection, table: Path, name: str, select: str, key: keys.VaultKey | None
) -> int:
    """Write the rows of a select as one file of a table, and commit it; an empty table is a table too."""
    table.mkdir(parents=True, mode=0o700, exist_ok=True)
    file = table / f"part-{uuid.uuid4().hex}.parquet"
    typed = ", ".join(f"{field.name}::{sql_type(field)} as {field.name}" for field in SCHEMAS[name])
    form = "format parquet, compression zstd" + (f", encryption_config {{footer_key: '{key.name}'}}" if key else "")
    written = connection.execute(f"copy (select {typed} from ({select})) to '{file}' ({form})").fetchone()
    rows = int(written[0]) if written else 0
    file.chmod(0o600)
    delta.commit_files(
        table, [file] if rows else [], SCHEMAS[name], f"vault-{file.stem}", {"rows": str(rows)}, records=rows
    )
    if not rows:
        file.unlink()
    return rows


def _count(connection: duckdb.DuckDBPyConnection, select: str) -> int:
    row = connection.execute(f"select count(*) from ({select})").fetchone()
    return int(row[0]) if row else 0
