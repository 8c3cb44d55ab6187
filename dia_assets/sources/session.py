"""What every database driver gives: a session that only reads, with snapshots and results in Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from dia_assets.errors import DiaError, TransientError


@dataclass(frozen=True)
class Dialect:
    """The names that databases have for a point in time, without and with a zone."""

    timestamp: str
    moment: str


class PermissionMissing(DiaError):
    """The login may not read what the contract asks for."""

    def __init__(self) -> None:
        super().__init__(
            "The login may not read what the contract asks for.",
            "Inloggningen får inte läsa det som kontraktet frågar efter. Be databasens förvaltare om läsrätt till vyn.",
        )


class Session(Protocol):
    """A connection to one database. Whatever goes wrong is a `DiaError` that quotes nothing of the engine's message."""

    dialect: Dialect

    def names(self, sql: str) -> list[str] | None:
        """The column names of a result; None when the login may not read all of its columns."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """A transaction in which everything is read as it was when it began."""
        ...

    def read(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The result of a query."""
        ...


def unreachable() -> TransientError:
    """The database is down, busy or too slow."""
    return TransientError(
        "The database cannot be reached, or did not answer in time.",
        "Databasen går inte att nå eller svarade inte i tid. Nästa körning försöker igen.",
    )


def login_refused() -> DiaError:
    """The database did not let us in."""
    return DiaError(
        "The database refused the login.",
        "Databasen godtog inte inloggningen. Kontrollera anslutningssträngen: användare, lösenord och databas.",
    )


def not_there() -> DiaError:
    """The table, view or column does not exist."""
    return DiaError(
        "The database has no such table, view or column.",
        "Tabellen, vyn eller en kolumn i kontraktets `fetch` finns inte i databasen. Kontrollera namnen.",
    )


def query_failed(code: str | None) -> DiaError:
    """Any other error; `code` is the engine's own code for it."""
    told = f" (felkod {code})" if code else ""
    return DiaError(
        f"The database could not answer the query ({code or 'no code'}).",
        f"Databasen kunde inte besvara frågan{told}. Prova vyn eller frågan i kontraktet direkt i databasen.",
    )
