"""PostgreSQL through ADBC: results are Arrow batches straight from COPY, each transaction a read-only snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import adbc_driver_manager as adbc
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from dia_assets.errors import DiaError
from dia_assets.sources.session import (
    Dialect,
    PermissionMissing,
    login_refused,
    not_there,
    query_failed,
    unreachable,
)

CONNECT_SECONDS = 15
READ_ONLY = "set session characteristics as transaction isolation level repeatable read, read only"
# What libpq says of a login that was refused, in English and Swedish; such an error has no code of its own.
REFUSED = ("password", "authentication", "pg_hba", "does not exist", "permission denied", "lösenord", "finns inte")


class PostgresqlSession:
    """A read-only session; see `session.Session`."""

    dialect = Dialect(timestamp="timestamp", moment="timestamptz")

    def __init__(self, connection: dbapi.Connection) -> None:
        self._connection = connection
        with _told(), connection.cursor() as cursor:
            cursor.execute(READ_ONLY)
            connection.commit()

    def names(self, sql: str) -> list[str] | None:
        """The column names of a result; None when the login may not read all of its columns."""
        try:
            with self.snapshot():
                return list(self.read(sql)[0].names)
        except PermissionMissing:
            return None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A transaction in which everything is read as it was when it began."""
        try:
            yield
        finally:
            with suppress(adbc.Error):
                self._connection.rollback()

    def read(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The result of a query, in batches of some megabytes."""
        cursor = self._connection.cursor()
        try:
            with _told():
                cursor.execute(sql)
                reader = cursor.fetch_record_batch()
                return reader.schema, self._batches(cursor, reader)
        except DiaError:
            cursor.close()
            raise

    def _batches(self, cursor: dbapi.Cursor, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        with cursor:
            while True:
                try:
                    with _told():
                        batch = reader.read_next_batch()
                except StopIteration:
                    return
                except (pa.ArrowException, OSError):  # what goes wrong on the way has no code
                    raise query_failed(None) if self._answers() else unreachable() from None
                yield batch

    def _answers(self) -> bool:
        """Whether the server is still there."""
        with suppress(adbc.Error), self._connection.cursor() as cursor:
            self._connection.rollback()
            cursor.execute("select 1")
            return True
        return False


@contextmanager
def session(uri: str, batch_rows: int) -> Iterator[PostgresqlSession]:
    """A session with the database of a connection string. `batch_rows` is the writer's business here."""
    with _told():
        connection = dbapi.connect(_impatient(uri))
    try:
        yield PostgresqlSession(connection)
    finally:
        with suppress(adbc.Error):
            connection.close()


def _impatient(uri: str) -> str:
    """The connection string, with a limit for how long connecting may take where it has none."""
    if "connect_timeout" in uri:
        return uri
    if "://" not in uri:
        return f"{uri} connect_timeout={CONNECT_SECONDS}"
    return f"{uri}{'&' if '?' in uri else '?'}connect_timeout={CONNECT_SECONDS}"


@contextmanager
def _told() -> Iterator[None]:
    """The engine's error as one of ours; its text is not shown, since it quotes values and connection strings."""
    try:
        yield
    except adbc.Error as error:
        raise _as_ours(error.sqlstate, str(error)) from None


def _as_ours(code: str | None, text: str) -> DiaError:
    """By SQLSTATE: 08, 53, 57 and 40 pass by themselves; 28 and 3D are the login's; 42 is what is asked for."""
    if code is None:
        return login_refused() if any(word in text for word in REFUSED) else unreachable()
    if code[:2] in ("08", "53", "57", "40"):
        return unreachable()
    if code[:2] in ("28", "3D"):
        return login_refused()
    if code == "42501":
        return PermissionMissing()
    return not_there() if code in ("42P01", "42703", "3F000") else query_failed(code)
