"""Dagster's SQLite event log with its connections kept open.

Dagster's own makes a new engine and a new connection for every event, so that SQLAlchemy compiles every statement anew
and SQLite copies its log back each time: 10 ms an event, and a night has a thousand of them. The files, tables and
contents are the same, and either class reads what the other has written. `dagster.yaml` names this one.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dagster import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

MOST_OPEN = 8  # the index, tonight's run and what a page shows; a run's file each
FOLDER = "history"  # where Dagster's own storage has it below DAGSTER_HOME


class KeptOpenEventLogStorage(SqliteEventLogStorage):
    """`SqliteEventLogStorage` with one engine and one connection per file, and batches in one transaction."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._open: dict[str, Connection] = {}
        self._in_batch = False
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)
        self._db_lock = threading.RLock()  # type: ignore[assignment]
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "500")  # what a run plans is told as one batch

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> KeptOpenEventLogStorage:
        """The storage below the folder that the configuration names."""
        return cls(os.path.join(config_value["base_dir"], FOLDER, "runs"), inst_data)  # noqa: PTH118

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A connection in a transaction; inside a batch, the batch's own."""
        with self._db_lock:
            if self._in_batch and shard in self._open:
                yield self._open[shard]
                return
            engine = self._engine(shard)
            if self._in_batch:
                self._open[shard] = connection = engine.connect()
                connection.begin()
                yield connection
                return
            with engine.begin() as connection:
                yield connection

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events in one transaction per file; all or none."""
        with self._db_lock:
            self._in_batch = True
            try:
                for entry in events:
                    self.store_event(entry)
                for connection in self._open.values():
                    connection.commit()
            finally:
                self._in_batch = False
                for connection in self._open.values():
                    connection.close()
                self._open.clear()

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; asked for every event, and a table that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _engine(self, shard: str) -> Engine:
        path = self.path_for_shard(shard)
        if shard in self._engines and not os.path.exists(path):  # noqa: PTH110
            self._engines.pop(shard).dispose()
            self._initialized_dbs.discard(shard)
        if shard not in self._engines:
            self._engines[shard] = _opened(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(self._engines[shard])
                self._initialized_dbs.add(shard)
        self._engines.move_to_end(shard)
        while len(self._engines) > MOST_OPEN and not self._in_batch:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def dispose(self) -> None:
        """Close every file."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _opened(address: str) -> Engine:
    engine = create_engine(
        address,
        poolclass=StaticPool,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        # With a write-ahead log this loses at most the last events at a power cut, and nothing when a run is killed.
        connection.execute("pragma synchronous = normal")

    return engine
