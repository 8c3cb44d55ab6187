"""SQL Server through Microsoft's `mssql-python`, whose cursors give Arrow batches; it needs no driver manager.

The driver is an extra (`pip install dia-lakehouse[sqlserver]`). This path has not been run against a server yet.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pyarrow as pa

from dia_assets.errors import DiaError
from dia_assets.sources.session import (
    Dialect,
    PermissionMissing,
    login_refused,
    not_there,
    query_failed,
    unreachable,
)

# A snapshot that blocks nobody; the database must allow it (ALLOW_SNAPSHOT_ISOLATION).
SNAPSHOT = "set transaction isolation level snapshot"
# SQL Server's numbers: login, permission, object or column that is not there.
LOGIN, PERMISSION, NOT_THERE = ("18456", "18452", "4060", "28000"), ("229", "230"), ("207", "208", "42S02", "42S22")
AWAY = ("08001", "08S01", "HYT00", "HYT01", "1205", "40001")


class SqlServerSession:
    """A session that only asks; see `session.Session`. The login should have the right to read and no other."""

    dialect = Dialect(timestamp="datetime2", moment="datetimeoffset")

    def __init__(self, driver: Any, connection: Any, batch_rows: int) -> None:
        self._driver, self._connection, self._batch_rows = driver, connection, batch_rows

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
            with _told(self._driver):
                self._connection.cursor().execute(SNAPSHOT)
            yield
        finally:
            with suppress(self._driver.Error):
                self._connection.rollback()

    def read(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The result of a query, in batches."""
        with _told(self._driver):
            cursor = self._connection.cursor()
            cursor.execute(sql)
            reader = cursor.arrow_reader(batch_size=self._batch_rows)
            return reader.schema, self._batches(cursor, reader)

    def _batches(self, cursor: Any, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        try:
            while True:
                with _told(self._driver):
                    try:
                        batch = reader.read_next_batch()
                    except StopIteration:
                        return
                yield batch
        finally:
            cursor.close()


@contextmanager
def session(uri: str, batch_rows: int) -> Iterator[SqlServerSession]:
    """A session with the database of a connection string (`Server=…;Database=…;UID=…;PWD=…;Encrypt=yes;`)."""
    try:
        driver = importlib.import_module("mssql_python")
    except ImportError:
        raise DiaError(
            "The driver for SQL Server is not installed: pip install 'dia-lakehouse[sqlserver]'.",
            "Drivrutinen för SQL Server är inte installerad. Installera tillägget dia-lakehouse[sqlserver] där"
            " körningen startas.",
        ) from None
    with _told(driver):
        connection = driver.connect(uri)
    try:
        yield SqlServerSession(driver, connection, batch_rows)
    finally:
        with suppress(driver.Error):
            connection.close()


@contextmanager
def _told(driver: Any) -> Iterator[None]:
    """The engine's error as one of ours; its text is looked at for codes and never shown."""
    try:
        yield
    except driver.Error as error:
        raise _as_ours(str(error)) from None
    except (pa.ArrowException, OSError):
        raise unreachable() from None


def _as_ours(text: str) -> DiaError:
    codes = set(re.findall(r"\b(?:[0-9A-Z]{5}|\d{3,5})\b", text))
    if codes & {*LOGIN} or "Login failed" in text:
        return login_refused()
    if codes & {*PERMISSION}:
        return PermissionMissing()
    if codes & {*NOT_THERE} or "Invalid object name" in text or "Invalid column name" in text:
        return not_there()
    return unreachable() if codes & {*AWAY} else query_failed(None)
