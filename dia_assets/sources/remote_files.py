"""Files on an SFTP server or in object storage: what has come since the last look is fetched, nothing there is changed.

A file is known by its address, size and time. It is noted as taken only when it has landed, so that a run that is
killed in between fetches it again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DiaError, TransientError
from dia_assets.full_disk import told
from dia_assets.ledger import ContactOutcome, Ledger
from dia_assets.settings import Settings
from dia_assets.sources.brought import Brought, Request
from dia_assets.sources.config import ObjectStoreSource, SftpSource
from dia_assets.sources.folder import is_finished, natural

MOST_NAMES = 100


@dataclass(frozen=True)
class RemoteFile:
    """A file as the server lists it; two looks that give the same have seen the same file."""

    name: str
    bytes: int
    changed: str


class RemoteFolder(Protocol):
    """One folder on a server. Its methods raise `TransientError` or `DiaError`, and `OSError` about the file here."""

    address: str
    settle_seconds: float

    def files(self) -> list[RemoteFile]:
        """The plain files in the folder."""
        ...

    def file(self, name: str) -> RemoteFile | None:
        """One of them as it is now; None when it is gone."""
        ...

    def download(self, file: RemoteFile, target: Path) -> None:
        """Write a file's bytes to a path here, block by block."""
        ...


def fetch(request: Request) -> Iterator[Brought]:
    """The new files that datasets read, one after the other; datasets without one have the outcome `no_file`."""
    with _open(request) as folder:
        new = _new_files(request, folder)
        waiting = {contract.key for file in new for contract in _readers(request, file)}
        without = tuple(contract for contract in request.contracts if contract.key not in waiting)
        if without:
            yield Brought(without, "no_file", message_sv="Ingen ny fil hos källan.")
        for position, file in enumerate(new):
            try:
                yield from _bring(request, folder, file)
            except DiaError as error:
                left = {contract.key: contract for later in new[position:] for contract in _readers(request, later)}
                outcome: ContactOutcome = "unreachable" if isinstance(error, TransientError) else "failed"
                yield Brought(tuple(left.values()), outcome, message_sv=error.message_sv)
                return


def remote_unknown(ledger: Ledger, settings: Settings, system: str) -> list[str]:
    """Names of files that no contract knew when the system's server was last listed."""
    source = settings.sources.get(system)
    if not isinstance(source, SftpSource | ObjectStoreSource):
        return []
    names: list[str] = json.loads(ledger.fact(_unknown(system)) or "[]")
    return names


def _open(request: Request) -> AbstractContextManager[RemoteFolder]:
    if isinstance(request.source, SftpSource):
        from dia_assets.sources.sftp import open_sftp

        return open_sftp(request.source)
    from dia_assets.sources.object_folder import open_object_folder

    assert isinstance(request.source, ObjectStoreSource), "remote files are on an SFTP server or in object storage"
    return open_object_folder(request.source)


def _new_files(request: Request, folder: RemoteFolder) -> list[RemoteFile]:
    """Finished files that a dataset reads, that have not been taken, and that did not change between two looks."""
    found = [file for file in folder.files() if is_finished(file.name)]
    unknown = sorted(_shown(file.name) for file in found if not _readers(request, file))
    request.ledger.remember(**{_unknown(request.system): json.dumps(unknown[:MOST_NAMES])})
    new = [file for file in found if _readers(request, file) and not _is_taken(request, folder, file)]
    if new and folder.settle_seconds:
        time.sleep(folder.settle_seconds)
        again = set(folder.files())
        new = [file for file in new if file in again]
    return sorted(new, key=lambda file: natural(file.name))


def _bring(request: Request, folder: RemoteFolder, file: RemoteFile) -> Iterator[Brought]:
    """Fetch one file; note it as taken when whoever asked has landed it and comes back for the next."""
    readers = _readers(request, file)
    if file.bytes > request.settings.max_bytes:
        message = (
            f"En fil är {file.bytes} byte; den största som tas emot är {request.settings.max_bytes}. "
            "Är filen riktig: höj inställningen max_bytes."
        )
        yield Brought(readers, "failed", message_sv=message)
        return
    target = request.folder / file.name
    try:
        folder.download(file, target)
    except OSError as error:
        raise told(error, request.settings.lake) from None
    if target.stat().st_size != file.bytes or folder.file(file.name) != file:
        target.unlink()
        yield Brought(readers, "no_file", message_sv="En fil ändrades medan den hämtades; den hämtas nästa gång.")
        return
    yield Brought(readers, "new", path=target)
    request.ledger.remember(**{_taken(folder, file): _version(file)})


def _readers(request: Request, file: RemoteFile) -> tuple[DatasetContract, ...]:
    """The datasets that read a file; none when its name could lead out of the folder."""
    return tuple(c for c in request.contracts if c.matches(file.name)) if _is_plain(file.name) else ()


def _is_plain(name: str) -> bool:
    """Whether a name that a server gave is just a name: no path, no control character, proper text."""
    return name not in ("", ".", "..") and "/" not in name and "\\" not in name and name.isprintable()


def _shown(name: str) -> str:
    """A name that can be written out whatever a server put into it."""
    return "".join(character if character.isprintable() else "?" for character in name)


def _is_taken(request: Request, folder: RemoteFolder, file: RemoteFile) -> bool:
    return request.ledger.fact(_taken(folder, file)) == _version(file)


def _taken(folder: RemoteFolder, file: RemoteFile) -> str:
    return f"taken:{folder.address}/{file.name}"


def _version(file: RemoteFile) -> str:
    return f"{file.bytes} {file.changed}"


def _unknown(system: str) -> str:
    return f"unknown_files:{system}"
