"""A full disk: told from other errors in the words of every engine that writes, and said in one sentence."""

from __future__ import annotations

import errno
import shutil

from dia_assets.errors import DiaError
from dia_assets.settings import Lake

NUMBERS = (errno.ENOSPC, errno.EDQUOT)
SQLITE_FULL = "SQLITE_IOERR_SHMSIZE"  # the file beside its log could not grow; its text says "disk I/O error" alone
# The operating system (through DuckDB, Arrow, Delta, dbt), SQLite, a quota, DuckDB's share of the disk for spilling.
WORDS = ("No space left", "database or disk is full", "Disk quota exceeded", "max_temp_directory_size")


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it comes from, says that a disk is full."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        number = error.errno if isinstance(error, OSError) else None
        if number in NUMBERS or getattr(error, "sqlite_errorname", "") == SQLITE_FULL or says_disk_full(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def says_disk_full(text: str) -> bool:
    """Whether an engine's own words say that a disk is full."""
    return any(words in text for words in WORDS)


def disk_full(lake: Lake | None = None) -> DiaError:
    """The sentence about a full disk, with what is left of the data root's when that is the one."""
    disk, disk_sv = "The disk is full", "Disken är full"
    if lake is not None:
        free = shutil.disk_usage(lake.root).free // 1_000_000
        disk = f"The disk that holds the data root is full ({free} MB left)"
        disk_sv = f"Disken med datakatalogen är full ({free} MB kvar)"
    return DiaError(
        f"{disk}. Nothing is lost: make room and run again.",
        f"{disk_sv}. Ingenting har gått förlorat: frigör utrymme och kör igen.",
    )


def told(error: Exception, lake: Lake) -> Exception:
    """A full disk as a `DiaError` that says so; any other error as it is."""
    return disk_full(lake) if is_disk_full(error) else error
