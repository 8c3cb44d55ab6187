"""Asks a configured source, whatever its kind, and lets no fault of one source or dataset stop the others."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from dia_assets.errors import DiaError, TransientError
from dia_assets.ledger import ContactOutcome
from dia_assets.sources.brought import Brought, Request

# Kind of source → the module that has its `fetch`; loaded when such a source is asked, since drivers are heavy.
KINDS = {
    "ss12000": "dia_assets.sources.ss12000",
    "skolenhetsregistret": "dia_assets.sources.open_data",
    "planned_educations": "dia_assets.sources.open_data",
    "kolada": "dia_assets.sources.open_data",
    "postgresql": "dia_assets.sources.database",
    "sqlserver": "dia_assets.sources.database",
    "sftp": "dia_assets.sources.remote_files",
    "s3": "dia_assets.sources.remote_files",
    "azure": "dia_assets.sources.remote_files",
}


def fetch(request: Request) -> Iterator[Brought]:
    """What the source has for the datasets, one after the other. An error becomes an outcome of every dataset left."""
    told: set[str] = set()
    request.folder.mkdir(parents=True, exist_ok=True)
    try:
        kind = importlib.import_module(KINDS[request.source.kind])
        for brought in kind.fetch(request):
            told |= {contract.key for contract in brought.datasets}
            yield brought
    except DiaError as error:
        left = tuple(contract for contract in request.contracts if contract.key not in told)
        outcome: ContactOutcome = "unreachable" if isinstance(error, TransientError) else "failed"
        yield Brought(left, outcome, message_sv=error.message_sv)
