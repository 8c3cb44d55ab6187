"""A folder as a source: which of its files belong to a dataset, and which belong to none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from dia_assets.contracts import DatasetContract

UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")


def find_files(folder: Path, contract: DatasetContract) -> list[Path]:
    """The dataset's files in a folder, in natural order of their names (2 before 10)."""
    return [path for path in _files(folder) if contract.matches(path.name)]


def unmapped(folders: Iterable[Path], contracts: Iterable[DatasetContract]) -> list[Path]:
    """Files that no contract knows: they are listed for a person to look at, never read."""
    known = list(contracts)
    return [path for folder in folders for path in _files(folder) if not any(c.matches(path.name) for c in known)]


def _files(folder: Path) -> list[Path]:
    """Finished files: what is still being written or hidden does not count."""
    if not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if path.is_file() and is_finished(path.name)]
    return sorted(files, key=lambda path: natural(path.name))


def is_finished(name: str) -> bool:
    """Whether a file of that name counts: it is not being written and not hidden."""
    return not name.startswith(".") and not name.lower().endswith(UNFINISHED)


def natural(name: str) -> tuple[list[str], str]:
    """What names are sorted by, so that 2 comes before 10."""
    parts = re.split(r"(\d+)", name.casefold())
    return [part.zfill(20) if part.isdigit() else part for part in parts], name
