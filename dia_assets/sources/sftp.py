"""A folder on an SFTP server. Its key must be known beforehand; nothing of the user's own SSH setup is used."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import asyncssh

from dia_assets.errors import DiaError, TransientError
from dia_assets.sources.config import SftpSource, secret
from dia_assets.sources.remote_files import RemoteFile

T = TypeVar("T")


@contextmanager
def open_sftp(source: SftpSource) -> Iterator[SftpFolder]:
    """Log in and give the folder. Raises `DiaError` for an unknown server or a refused login."""
    with asyncio.Runner() as runner:
        folder = SftpFolder(source, runner)
        try:
            yield folder
        finally:
            folder.close()


class SftpFolder:
    """See `remote_files.RemoteFolder`."""

    def __init__(self, source: SftpSource, runner: asyncio.Runner) -> None:
        self._source, self._runner = source, runner
        self.settle_seconds = source.settle_seconds
        self.address = f"sftp://{source.host}:{source.port}/{source.folder}"
        self._what = f"{source.host}:{source.port}"
        self._connection = self._run(self._connect())
        self._sftp = self._run(self._connection.start_sftp_client(path_errors="surrogateescape"))

    def files(self) -> list[RemoteFile]:
        """The plain files in the folder; links and folders are none."""
        entries = self._run(self._sftp.readdir(self._source.folder))
        return [_file(str(entry.filename), entry.attrs) for entry in entries if _is_plain_file(entry.attrs)]

    def file(self, name: str) -> RemoteFile | None:
        """One file as it is now."""
        try:
            attributes = self._run(self._sftp.lstat(self._path(name)))
        except FileNotFoundError:
            return None
        return _file(name, attributes) if _is_plain_file(attributes) else None

    def download(self, file: RemoteFile, target: Path) -> None:
        """Write a file's bytes to a path here; several blocks are on their way at a time."""
        self._run(self._sftp.get(self._path(file.name), target))

    def close(self) -> None:
        """Log out."""
        self._connection.abort()

    def _path(self, name: str) -> str:
        return f"{self._source.folder.rstrip('/') or ''}/{name}"

    async def _connect(self) -> asyncssh.SSHClientConnection:
        source = self._source
        for file in (source.known_hosts, source.key):
            if file is not None and not file.is_file():
                raise DiaError(
                    f"There is no file {file.name}, which the source names.",
                    f"Filen {file.name}, som källan anger i deployment.yaml, finns inte.",
                )
        return await asyncssh.connect(
            source.host,
            source.port,
            username=source.user,
            password=secret(source.password) if source.password else None,
            client_keys=[str(source.key)] if source.key else None,
            known_hosts=str(source.known_hosts),
            config=None,
            agent_path=None,
            gss_host=None,
            x509_trusted_certs=None,
            connect_timeout=source.timeout_seconds,
            login_timeout=source.timeout_seconds,
            keepalive_interval=source.timeout_seconds / 4,
            keepalive_count_max=4,
        )

    def _run(self, work: Awaitable[T]) -> T:
        """Wait for the server. Its errors come out as `TransientError` or `DiaError`."""

        async def waited() -> T:
            return await work

        try:
            return self._runner.run(waited())
        except asyncssh.HostKeyNotVerifiable:
            raise DiaError(
                f"The key of the SFTP server {self._what} is not the one in known_hosts.",
                f"Sftp-servern {self._what} har en nyckel som inte står i known_hosts. Fråga den som sköter servern "
                "vilket fingeravtryck som är rätt innan filen ändras. Ingenting har hämtats.",
            ) from None
        except (asyncssh.PermissionDenied, asyncssh.KeyImportError):
            raise DiaError(
                f"The SFTP server {self._what} refuses the login.",
                f"Sftp-servern {self._what} godtar inte inloggningen. Kontrollera användare, nyckel och hemlighet.",
            ) from None
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPPermissionDenied):
            raise DiaError(
                f"A file or the folder on the SFTP server {self._what} is not there, or must not be read.",
                f"Mappen eller en fil på sftp-servern {self._what} finns inte eller får inte läsas. Kontrollera "
                "folder i deployment.yaml och kontots läsrätt.",
            ) from None
        except (asyncssh.Error, ConnectionError, TimeoutError, OSError) as error:
            if isinstance(error, OSError) and error.filename is not None:
                raise  # of the file here
            raise TransientError(
                f"The SFTP server {self._what} cannot be reached, or has gone away.",
                f"Sftp-servern {self._what} svarar inte eller bröt förbindelsen. Ett nytt försök görs nästa natt.",
            ) from None


def _is_plain_file(attributes: asyncssh.SFTPAttrs) -> bool:
    if attributes.permissions is not None:
        return stat.S_ISREG(attributes.permissions)
    return attributes.type == asyncssh.FILEXFER_TYPE_REGULAR


def _file(name: str, attributes: asyncssh.SFTPAttrs) -> RemoteFile:
    return RemoteFile(name, attributes.size or 0, f"{attributes.mtime or 0}.{attributes.mtime_ns or 0}")
