"""A real SFTP server on 127.0.0.1, in a thread of its own, that lets one user in by password or key."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

from dia_assets.sources.config import SftpSource


class SftpServer:
    """The server, and the files that a client of it needs. Its files lie in `root`."""

    user, password = "kommunen", "ett-lösenord"

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "files"
        self.root.mkdir(exist_ok=True)
        self.port = 0
        self.extra: list[str] = []
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._host_key, self._client_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self._client_key.write_private_key(str(folder / "client_key"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._acceptor = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(30)
        self.port = self._acceptor.get_port()
        other = asyncssh.generate_private_key("ssh-ed25519")
        for name, key in (("known_hosts", self._host_key), ("other_hosts", other)):
            (folder / name).write_text(f"[127.0.0.1]:{self.port} {key.export_public_key().decode()}")

    def source(self, folder: str) -> SftpSource:
        """How a deployment would name a folder of this server."""
        return SftpSource(
            kind="sftp",
            host="127.0.0.1",
            port=self.port,
            user=self.user,
            folder=folder,
            password="SFTP_PASSWORD",
            known_hosts=self.folder / "known_hosts",
            timeout_seconds=20,
            settle_seconds=0,
        )

    def lists_also(self, name: str) -> None:
        """Let the server claim that its folders have a file of that name."""
        self.extra.append(name)

    def stop(self) -> None:
        """Go away in the middle of everything."""

        def stop() -> None:
            self._acceptor.close()
            for connection in self._connections:
                connection.abort()
            self._loop.call_later(0.1, self._loop.stop)  # when the broken connections have been told

        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(stop)
            self._thread.join(30)
            self._loop.close()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        server = self

        class Door(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                server._connections.add(conn)

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (server.user, server.password)

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return username == server.user and key == server._client_key.convert_to_public()

        class Files(asyncssh.SFTPServer):
            def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
                super().__init__(chan, chroot=str(server.root))

            async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
                async for entry in super().scandir(path):
                    yield entry
                for name in server.extra:
                    attrs = asyncssh.SFTPAttrs(size=1, permissions=0o100644, atime=1, mtime=1)
                    yield asyncssh.SFTPName(name.encode(), attrs=attrs)

        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=Door, server_host_keys=[self._host_key], sftp_factory=Files
        )


@contextmanager
def sftp_server(folder: Path) -> Iterator[SftpServer]:
    """A running server; stopped at the end."""
    server = SftpServer(folder)
    try:
        yield server
    finally:
        server.stop()
