"""What follows from the dbt project alone, kept under its fingerprint: its parse, and its seeds as a database.

A parse takes some eight seconds and the seeds three, a third of a night with nothing to do, and both are the same for
every data root. They are therefore kept in the project's own `target/parsed`; where that cannot be written to, in the
data root. `make setup` makes them, so that the first night need not wait.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dia_assets.settings import PROJECT, Lake

DBT_PROJECT = PROJECT / "dbt_project"
KEPT = DBT_PROJECT / "target" / "parsed"
_PACKED, _AS_JSON, _SEEDED = "msgpack", "json", "duckdb"
_in_process: dict[str, Any] = {}


def fingerprint() -> str:
    """A hash of every file that makes the dbt project what it is, and of the dbt that reads them."""
    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        parts = path.relative_to(DBT_PROJECT).parts
        if path.suffix in (".sql", ".py", ".yml", ".csv", ".md") and parts[0] not in ("target", "logs"):
            digest.update("/".join(parts).encode())
            digest.update(path.read_bytes())
    digest.update(f"{version('dbt-core')} {version('dbt-duckdb')} {DBT_PROJECT}".encode())
    return digest.hexdigest()


def for_dbt(lake: Lake, parse: Callable[[], Any]) -> Any:
    """dbt's own `Manifest`: from this process, from the file kept for this state of the project, or from `parse`."""
    key = fingerprint()
    if key not in _in_process:
        _in_process.clear()
        _in_process[key] = _unpacked(lake, key) or _parse_and_keep(lake, key, parse)
    return _in_process[key]


def as_json(lake: Lake, parse: Callable[[], Any]) -> Mapping[str, Any]:
    """The project as dbt's `manifest.json` says it."""
    key = fingerprint()
    content = _read(lake, key, _AS_JSON)
    if content is None:
        _in_process.clear()
        _in_process[key] = _parse_and_keep(lake, key, parse)
        content = _read(lake, key, _AS_JSON)
        assert content is not None, "kept just now, in the data root at least"
    said: Mapping[str, Any] = json.loads(content)
    return said


def seeded(lake: Lake, seed: Callable[[], Path]) -> Path:
    """A database with the project's seeds and nothing else; `seed` makes one, which is kept."""
    key = fingerprint()
    for folder in _folders(lake):
        if (kept := folder / f"{key}.{_SEEDED}").is_file():
            return kept
    made = seed()
    for folder in _folders(lake):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / f"{key}.{_SEEDED}", lambda file: shutil.copyfile(made, file))
        except OSError:
            if folder == _folders(lake)[-1]:
                raise
        else:
            return folder / f"{key}.{_SEEDED}"
    raise AssertionError("the last folder is kept or raises")


def _parse_and_keep(lake: Lake, key: str, parse: Callable[[], Any]) -> Any:
    parsed = parse()
    packed = parsed.to_msgpack()  # before any run, which writes into the manifest
    for folder in _folders(lake):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            others = [file for file in folder.glob("*.*") if not file.name.startswith(key)]
            _write(folder / f"{key}.{_PACKED}", lambda file: file.write_bytes(packed))
            _write(folder / f"{key}.{_AS_JSON}", lambda file: parsed.write(str(file)))
        except OSError:
            if folder == _folders(lake)[-1]:
                raise
        else:
            for file in others:
                file.unlink(missing_ok=True)
            break
    return parsed


def _unpacked(lake: Lake, key: str) -> Any | None:
    from dbt.contracts.graph.manifest import Manifest

    packed = _read(lake, key, _PACKED)
    with suppress(ValueError, LookupError, TypeError):  # a file that something else has spoilt
        return None if packed is None else Manifest.from_msgpack(packed)
    return None


def _read(lake: Lake, key: str, form: str) -> bytes | None:
    for folder in _folders(lake):
        with suppress(OSError):
            return (folder / f"{key}.{form}").read_bytes()
    return None


def _write(file: Path, write: Callable[[Path], Any]) -> None:
    """Whole or not at all, also when two processes do it at once."""
    half = file.with_name(f"{file.name}.{os.getpid()}.half")
    write(half)
    half.replace(file)


def _folders(lake: Lake) -> tuple[Path, Path]:
    return KEPT, lake.dbt_target / "parsed"


def main() -> None:
    """Make both now, with a data root of no importance."""
    import tempfile

    from dia_assets import transform
    from dia_assets.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        transform.manifest(settings)
        transform.load_seeds(settings)


if __name__ == "__main__":
    main()
