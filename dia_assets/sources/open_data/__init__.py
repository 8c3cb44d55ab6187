"""Open statistics that authorities serve over HTTP: asked seldom, kept as received, one pull per dataset.

Nothing is asked unless the deployment file names the source. A dataset whose turn has not come yields nothing at all,
so that its freshness stays what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DiaError, TransientError
from dia_assets.sources.brought import Brought, Request
from dia_assets.sources.config import OpenDataSource
from dia_assets.sources.open_data import kolada, planned_educations, skolenhetsregistret
from dia_assets.sources.open_data.asking import Asking

__all__ = ["fetch"]

KINDS: dict[str, tuple[dict[str, str], Callable[[Asking, DatasetContract], Iterator[Brought]]]] = {
    "skolenhetsregistret": ({}, skolenhetsregistret.bring),
    "planned_educations": ({"Accept": planned_educations.ACCEPT}, planned_educations.bring),
    "kolada": ({}, kolada.bring),
}


def fetch(request: Request) -> Iterator[Brought]:
    """What the source has for each dataset whose turn it is; a dataset that fails leaves the others."""
    source = cast(OpenDataSource, request.source)
    if request.system != source.kind:
        raise DiaError(
            f"The system {request.system} cannot be asked by kind {source.kind}.",
            f"Källan {request.system} har fel kind i deployment.yaml: den ska vara {request.system}.",
        )
    headers, bring = KINDS[source.kind]
    with Asking(request, source, headers) as asking:
        for contract in request.contracts:
            try:
                yield from bring(asking, contract)
            except TransientError as error:
                yield Brought((contract,), "unreachable", message_sv=error.message_sv)
            except DiaError as error:
                yield Brought((contract,), "failed", message_sv=error.message_sv)
