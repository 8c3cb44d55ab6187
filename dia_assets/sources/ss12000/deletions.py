"""What has been deleted in the source, asked for once, and given to each resource that it is about.

An answer has no times, so how far it was asked for is remembered apart; it moves on only when every delivery that came
of it has been received.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dia_assets.errors import DiaError, TransientError
from dia_assets.landing.entities import deleted_ids
from dia_assets.landing.members import DELETED
from dia_assets.ledger import ContactOutcome
from dia_assets.sources.brought import Brought, Request
from dia_assets.sources.config import Ss12000Source
from dia_assets.sources.http import LoginRefused
from dia_assets.sources.pull import PullWriter
from dia_assets.sources.ss12000.marks import Marks
from dia_assets.sources.ss12000.paging import FiltersRefused, NotOffered, Pager, Question, TokenGone
from dia_assets.sources.ss12000.pulls import add_page, copy_for, pull_path
from dia_assets.sources.ss12000.resources import DELETED_AFTER, DELETED_ENTITIES, Resource, stamp

TIMES_FROM_THE_START = 3
MISSED_SV = "Raderade poster kunde inte hämtas nu; nästa körning frågar igen. {}"


def fetch(
    request: Request,
    source: Ss12000Source,
    pager: Pager,
    resources: Sequence[Resource],
    outcomes: Mapping[str, Brought],
) -> Iterator[Brought]:
    """A delivery for each resource of which something was deleted. Not offered: the next whole pull shows it."""
    marks = Marks(request.ledger, request.system)
    read_to = marks.deletions_read_to
    if read_to is None:
        marks.deletions_read(request.moment)  # the first time everything has just been read whole
        return
    told = [resource for resource in resources if _is_told(resource, outcomes, marks)]
    since = read_to - timedelta(minutes=source.overlap_minutes)
    try:
        path, about, began = _pull(request, pager, since, [resource.name for resource in told])
    except (NotOffered, FiltersRefused):
        return
    except LoginRefused:
        raise
    except DiaError as error:
        yield from _missed(error, told, outcomes)
        return
    for resource in told:
        if resource.name in about:
            before = outcomes[resource.name]
            contracts = tuple(contract for contract in resource.contracts if contract.load.entity)
            name = path.name.replace(DELETED_ENTITIES, resource.name)
            outcome: ContactOutcome = before.outcome if before.outcome in ("unreachable", "failed") else "new"
            yield Brought(contracts, outcome, copy_for(path, name), "changes", message_sv=before.message_sv)
    path.unlink()
    marks.deletions_read(began)


def _is_told(resource: Resource, outcomes: Mapping[str, Brought], marks: Marks) -> bool:
    """Whether deletions mean anything for the resource: it is offered, has been read, and its records have ids."""
    outcome = outcomes[resource.name]
    is_read = outcome.path is not None or marks.has_rows(resource)
    has_ids = any(contract.load.entity for contract in resource.contracts)
    return outcome.outcome != "not_offered" and is_read and has_ids


def _pull(request: Request, pager: Pager, since: datetime, names: list[str]) -> tuple[Path, set[str], datetime]:
    """The whole answer as one pull, which of the resources it is about, and when it was asked for."""
    for _ in range(TIMES_FROM_THE_START):
        about: set[str] = set()
        began: datetime | None = None
        path = pull_path(request, DELETED_ENTITIES, ".deleted")
        try:
            with PullWriter(path) as pull:
                question = Question(DELETED_ENTITIES, {DELETED_AFTER: stamp(since)})
                for page in pager.pages(question, _is_answer):
                    began = began or min(page.server_time or request.moment, request.moment)
                    about |= {name for name in names if name not in about and deleted_ids(page.answer, name)}
                    add_page(pull, page, DELETED)
            return path, about, began or request.moment
        except TokenGone:
            continue
    raise DiaError(
        "deletedEntities: the page tokens expire before the list has come to its end.",
        f"Servern glömde bort sidmarkören {TIMES_FROM_THE_START} gånger.",
    )


def _is_answer(answer: Any) -> bool:
    """An object of lists, a flat list, or a bare one: the three ways in which servers answer."""
    data = answer.get("data") if isinstance(answer, dict) else answer
    if isinstance(data, dict):
        return all(isinstance(ids, list) or ids is None for ids in data.values())
    return isinstance(data, list) and all(isinstance(item, dict) for item in data)


def _missed(error: DiaError, told: Sequence[Resource], outcomes: Mapping[str, Brought]) -> Iterator[Brought]:
    """Deletions could not be read, which every resource that was read well enough is told."""
    outcome: ContactOutcome = "unreachable" if isinstance(error, TransientError) else "failed"
    for resource in told:
        if outcomes[resource.name].outcome in ("new", "nothing_new"):
            yield Brought(resource.contracts, outcome, message_sv=MISSED_SV.format(error.message_sv))
