"""Object storage, S3 or Azure: the one place where a store in the settings becomes what each library calls it.

Three libraries reach it: pyarrow lists, reads and writes objects, deltalake commits, DuckDB reads Parquet. Each is
given the server's address and the credentials outright, so that none of them looks for others in the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from dia_assets.errors import DiaError, TransientError
from dia_assets.sources.config import ObjectStoreSource, secret

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

CONNECT_SECONDS = 10
BLOCK = 1 << 20
NO_RIGHT = re.compile(
    r"ACCESS_DENIED|\b40[13]\b|Forbidden|AuthenticationFailed|AuthorizationFailure|SignatureDoesNotMatch"
    r"|INVALID_ACCESS_KEY|InvalidAccessKeyId|INVALID_SIGNATURE",
    re.IGNORECASE,
)
NOT_THERE = re.compile(r"NO_SUCH_BUCKET|NoSuchBucket|ContainerNotFound|\b404\b", re.IGNORECASE)


@dataclass(frozen=True)
class StoredTable:
    """A Delta table in object storage: `path` is its folder below the bucket. Opening it is `delta`'s business."""

    store: ObjectStoreSource
    path: str

    @property
    def name(self) -> str:
        """The last part of the path, as of a folder."""
        return self.path.rpartition("/")[2]

    @property
    def uri(self) -> str:
        """The table's address, as deltalake and DuckDB spell it."""
        return f"{'s3' if self.store.kind == 's3' else 'az'}://{self.store.bucket}/{self.path}"

    def options(self) -> dict[str, str]:
        """What deltalake needs to reach the table."""
        return delta_options(self.store)

    def upload(self, files: Sequence[Path]) -> None:
        """Put files into the table's folder under their own names; an object of that name is replaced."""
        from pyarrow.fs import LocalFileSystem, copy_files

        with reaching(self.store):
            target = filesystem(self.store)
            for file in files:
                copy_files(
                    str(file),
                    f"{self.store.bucket}/{self.path}/{file.name}",
                    source_filesystem=LocalFileSystem(),
                    destination_filesystem=target,
                    chunk_size=BLOCK,
                )

    def files(self) -> list[str]:
        """The names of the Parquet files in the table's folder, part of the table or not."""
        with reaching(self.store):
            return [info.base_name for info in objects(self.store, self.path) if info.base_name.endswith(".parquet")]

    def delete(self, names: Sequence[str]) -> None:
        """Delete files that are no part of the table."""
        with reaching(self.store):
            for name in names:
                filesystem(self.store).delete_file(f"{self.store.bucket}/{self.path}/{name}")


def filesystem(store: ObjectStoreSource) -> FileSystem:
    """The store as a pyarrow file system; paths begin with the bucket. Nothing is asked of the server yet."""
    from pyarrow import fs

    key, its_secret = secret(store.access_key), secret(store.secret_key)
    if store.kind == "s3":
        return fs.S3FileSystem(
            access_key=key,
            secret_key=its_secret,
            region=store.region,
            endpoint_override=_s3_endpoint(store),
            connect_timeout=CONNECT_SECONDS,
            request_timeout=store.timeout_seconds,
            check_directory_existence_before_creation=False,
        )
    if store.endpoint is None:
        return fs.AzureFileSystem(key, account_key=its_secret)
    scheme, _, authority = store.endpoint.partition("://")
    return fs.AzureFileSystem(
        key,
        account_key=its_secret,
        blob_storage_authority=authority,
        blob_storage_scheme=scheme,
        dfs_storage_authority=authority,
        dfs_storage_scheme=scheme,
    )


def objects(store: ObjectStoreSource, folder: str) -> list[FileInfo]:
    """The objects that lie directly in a folder of the bucket; none where there is no such folder."""
    from pyarrow import fs

    place = f"{store.bucket}/{folder}" if folder else store.bucket
    found = filesystem(store).get_file_info(fs.FileSelector(place, allow_not_found=bool(folder)))
    return [info for info in found if info.type == fs.FileType.File]


def delta_options(store: ObjectStoreSource) -> dict[str, str]:
    """What deltalake needs to reach the store.

    A commit is a conditional write: the server itself refuses to replace a version that is there. No table for locks
    is needed, and two installations that share a bucket by mistake cannot overwrite each other's commits.
    """
    key, its_secret = secret(store.access_key), secret(store.secret_key)
    common = {"connect_timeout": f"{CONNECT_SECONDS}s", "timeout": f"{store.timeout_seconds:.0f}s"}
    if store.kind == "s3":
        endpoint = _s3_endpoint(store)
        return {
            **common,
            "aws_access_key_id": key,
            "aws_secret_access_key": its_secret,
            "aws_region": store.region,
            "aws_endpoint": endpoint,
            "aws_allow_http": str(endpoint.startswith("http://")).lower(),
            "aws_conditional_put": "etag",
        }
    options = {**common, "azure_storage_account_name": key, "azure_storage_account_key": its_secret}
    if store.endpoint is not None:
        options["azure_endpoint"] = f"{store.endpoint}/{key}"
        options["allow_http"] = str(store.endpoint.startswith("http://")).lower()
    return options


def introduce(connection: duckdb.DuckDBPyConnection, store: ObjectStoreSource) -> None:
    """Let a DuckDB connection read the store: its extension is loaded from the installed package, nothing downloaded.

    The secret lives as long as the database is open, and in no file.
    """
    key, its_secret = secret(store.access_key), secret(store.secret_key)
    values: dict[str, Any]
    if store.kind == "s3":
        scheme, _, authority = _s3_endpoint(store).partition("://")
        values = {"key_id": key, "secret": its_secret, "region": store.region, "endpoint": authority}
        values |= {"url_style": "path", "use_ssl": str(scheme == "https").lower()}
    else:
        values = {"connection_string": _azure_connection_string(store, key, its_secret)}
    listed = ", ".join(f"{name} {_quoted(value)}" for name, value in values.items())
    connection.execute(f"load {_quoted(str(extension('httpfs' if store.kind == 's3' else 'azure')))}")
    connection.execute(f"create or replace temporary secret raw_store (type {store.kind}, {listed})")


@contextmanager
def reaching(store: ObjectStoreSource) -> Iterator[None]:
    """What goes wrong on the way to the store, as errors that people read.

    Raises `TransientError` when the store cannot be reached, `DiaError` when it refuses or the bucket is not there.
    """
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is not None:
            raise  # of a local file
        what, text = f"{store.kind} {store.bucket}", str(error)
        if NO_RIGHT.search(text):
            raise DiaError(
                f"The object store {what} refuses the credentials, or they may not do this.",
                f"Objektlagringen {what} godtar inte nyckeln, eller så saknas behörighet. Kontrollera hemligheterna "
                f"{store.access_key} och {store.secret_key} och kontots rättigheter.",
            ) from None
        if isinstance(error, FileNotFoundError) or NOT_THERE.search(text):
            raise DiaError(
                f"The object store {what} is not there.",
                f"Objektlagringen {what} finns inte. Kontrollera namnet (bucket) i deployment.yaml.",
            ) from None
        raise TransientError(
            f"The object store {what} cannot be reached.",
            f"Objektlagringen {what} svarar inte. Ett nytt försök görs nästa natt.",
        ) from None


def _s3_endpoint(store: ObjectStoreSource) -> str:
    return store.endpoint or f"https://s3.{store.region}.amazonaws.com"


def _azure_connection_string(store: ObjectStoreSource, account: str, key: str) -> str:
    endpoint = f"{store.endpoint}/{account}" if store.endpoint else f"https://{account}.blob.core.windows.net"
    return (
        f"DefaultEndpointsProtocol={endpoint.partition('://')[0]};AccountName={account};AccountKey={key};"
        f"BlobEndpoint={endpoint};"
    )


def extension(name: str) -> Path:
    """The extension's file in the package that is pinned to DuckDB's version."""
    package = find_spec(f"duckdb_extension_{name}")
    assert package is not None and package.submodule_search_locations, f"duckdb-extension-{name} is not installed"
    folder = Path(package.submodule_search_locations[0])
    return folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
