"""A folder in object storage, S3 or Azure, as a place that files arrive in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dia_assets import object_store
from dia_assets.sources.config import ObjectStoreSource
from dia_assets.sources.remote_files import RemoteFile

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo


@contextmanager
def open_object_folder(source: ObjectStoreSource) -> Iterator[ObjectFolder]:
    """The folder that a source names."""
    yield ObjectFolder(source)


class ObjectFolder:
    """See `remote_files.RemoteFolder`. An object appears whole, so there is nothing to wait for between two looks."""

    settle_seconds = 0.0

    def __init__(self, source: ObjectStoreSource) -> None:
        self._source = source
        self._files = object_store.filesystem(source)
        self._place = f"{source.bucket}/{source.prefix}".rstrip("/")
        self.address = f"{source.kind}://{source.endpoint or ''}/{self._place}"

    def files(self) -> list[RemoteFile]:
        """The objects directly in the folder."""
        with object_store.reaching(self._source):
            return [_file(info) for info in object_store.objects(self._source, self._source.prefix)]

    def file(self, name: str) -> RemoteFile | None:
        """One object as it is now."""
        from pyarrow.fs import FileType

        with object_store.reaching(self._source):
            info = self._files.get_file_info(f"{self._place}/{name}")
        return _file(info) if info.type == FileType.File else None

    def download(self, file: RemoteFile, target: Path) -> None:
        """Write an object's bytes to a path here, block by block."""
        with (
            target.open("wb") as here,
            object_store.reaching(self._source),
            self._files.open_input_stream(f"{self._place}/{file.name}", compression=None) as there,
        ):
            while block := there.read(object_store.BLOCK):
                here.write(block)


def _file(info: FileInfo) -> RemoteFile:
    return RemoteFile(info.base_name, info.size, str(info.mtime_ns))
