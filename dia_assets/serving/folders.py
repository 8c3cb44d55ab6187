"""The folders of publications: half-made ones swept away, `current` switched in one step, old versions kept and pruned.

    <root>/serving/<audience>/versions/<publication_id>/    one publication; never changed once it is there
    <root>/serving/<audience>/current                       link to the version that readers get

What is inside a publication is made in `publish`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKSUMS = "checksums.json"
HALF_MADE = ".half-made-"


def current_version(serving: Path) -> Path | None:
    """The publication that readers get now."""
    link = serving / "current"
    return link.resolve() if link.is_symlink() and link.exists() else None


def versions(serving: Path) -> list[Path]:
    """Every whole publication, oldest first."""
    folder = serving / "versions"
    return sorted(p for p in folder.glob("[0-9]*") if p.is_dir()) if folder.is_dir() else []


def sweep(serving: Path) -> int:
    """Remove what a killed run left behind, and give their number. Publications are not touched."""
    left = [*serving.glob(f"versions/{HALF_MADE}*"), *serving.glob(f"{HALF_MADE}*")]
    for path in left:
        if path.is_symlink() or path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path)
    return len(left)


def begin(serving: Path, publication_id: str) -> Path:
    """A new folder to build the publication in; no reader sees it until `switch`."""
    folder = serving / "versions" / f"{HALF_MADE}{publication_id}"
    folder.mkdir(parents=True)
    return folder


def link_unchanged(folder: Path, before: Path | None, names: list[str]) -> list[str]:
    """Replace each named file that equals the previous version's by a hard link to it; give the names linked."""
    known = read_checksums(before) if before else {}
    linked = []
    for name in names:
        new = folder / name
        if before and known.get(name) == sha256(new) and (before / name).is_file():
            new.unlink()
            os.link(before / name, new)
            linked.append(name)
    return linked


def write_checksums(folder: Path) -> dict[str, str]:
    """Write `checksums.json`: every other file of the publication and its SHA-256. The files become read-only."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = {path.relative_to(folder).as_posix(): sha256(path) for path in files}
    (folder / CHECKSUMS).write_text(json.dumps(sums, indent=1) + "\n", encoding="utf-8")
    for path in [*files, folder / CHECKSUMS]:
        path.chmod(0o444)
        _flush(path)
    return sums


def read_checksums(folder: Path) -> dict[str, str]:
    """The checksums that a publication states; none if it has no list."""
    path = folder / CHECKSUMS
    if not path.is_file():
        return {}
    sums: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return sums


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def switch(serving: Path, folder: Path, publication_id: str) -> Path:
    """Make the finished `folder` the version that readers get, in one step. Open readers keep what they have open."""
    version = serving / "versions" / publication_id
    _flush(folder)
    folder.rename(version)
    link = serving / f"{HALF_MADE}{publication_id}"
    link.symlink_to(Path("versions") / publication_id)
    link.replace(serving / "current")
    _flush(serving)
    return version


@contextmanager
def building(serving: Path, publication_id: str) -> Iterator[Path]:
    """A new folder, which readers get when the block has ended; a block that fails leaves nothing behind."""
    folder = begin(serving, publication_id)
    try:
        yield folder
        write_checksums(folder)
        switch(serving, folder, publication_id)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def prune(serving: Path, keep: int) -> int:
    """Delete the oldest versions beyond `keep`, never the current one; give the number deleted."""
    now = current_version(serving)
    old = [path for path in versions(serving)[:-keep] if path.resolve() != now]
    for path in old:
        shutil.rmtree(path)
    return len(old)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
