"""Asks for each resource in turn, whole or what has changed, and at last for what has been deleted.

A resource is read whole the first time and then every `full_every_days`; in between what was modified since the last
time, with an overlap. Windows and periods are always read whole, month by month. One resource that fails leaves the
others; a login that is refused, or a server that nobody has heard from, ends the conversation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from dia_assets.errors import DiaError, TransientError
from dia_assets.full_disk import told
from dia_assets.ledger import DeliveryMode
from dia_assets.sources.brought import Brought, Request
from dia_assets.sources.config import Ss12000Source
from dia_assets.sources.http import Client, LoginRefused, Unreachable
from dia_assets.sources.pull import PullWriter
from dia_assets.sources.ss12000 import deletions
from dia_assets.sources.ss12000.marks import Marks
from dia_assets.sources.ss12000.paging import (
    FiltersRefused,
    NotOffered,
    Pager,
    Question,
    TokenGone,
    filters_refused,
)
from dia_assets.sources.ss12000.pulls import add_page, pull_path
from dia_assets.sources.ss12000.resources import EXPAND, MODIFIED_AFTER, Month, Resource, months, stamp, wanted
from dia_assets.sources.ss12000.watch import Watch

TIMES_FROM_THE_START = 3  # a resource is begun again at most so many times
NO_MODIFIED_FILTER_SV = "Servern godtar inte filtret på ändringstid, så allt hämtades."
NO_LIMIT_SV = "Servern godtar inte `limit` och väljer själv sidornas storlek."
CAME_TWICE_SV = (
    "{count} poster kom på två sidor, vilket tyder på att listan ändrades under hämtningen. "
    "Allt hämtades en gång till{again}."
)


def fetch(request: Request) -> Iterator[Brought]:
    """What the interface has for the datasets. Raises `DiaError` when it is no use to go on asking."""
    source = request.source
    assert isinstance(source, Ss12000Source), "registered for this kind"
    resources = wanted(request.contracts)
    with Client(source, {"Accept": "application/json"}) as client:
        conversation = _Conversation(request, source, Pager(client, source))
        outcomes: dict[str, Brought] = {}
        for resource in resources:
            brought = conversation.ask(resource)
            outcomes[resource.name] = brought
            yield brought
        yield from deletions.fetch(request, source, conversation.pager, resources, outcomes)


@dataclass(frozen=True)
class _Way:
    """How a resource is asked for this time."""

    mode: DeliveryMode | None
    since: datetime | None = None


@dataclass(frozen=True)
class _Pulled:
    """A finished pull and what was seen on the way."""

    path: Path
    watch: Watch
    began: datetime


class _Conversation:
    """One round of questions to one server."""

    def __init__(self, request: Request, source: Ss12000Source, pager: Pager) -> None:
        self._request, self._source, self.pager = request, source, pager
        self._marks = Marks(request.ledger, request.system)

    def ask(self, resource: Resource) -> Brought:
        """What the server has of a resource, or how it went."""
        try:
            return self._ask(resource, self._way(resource))
        except NotOffered:
            text = f"Servern erbjuder inte {resource.name} (svar 404)."
            return Brought(resource.contracts, "not_offered", message_sv=text)
        except LoginRefused:
            raise
        except TransientError as error:
            if isinstance(error, Unreachable) and not self.pager.has_answered:
                raise
            return Brought(resource.contracts, "unreachable", message_sv=error.message_sv)
        except DiaError as error:
            return Brought(resource.contracts, "failed", message_sv=error.message_sv)
        except OSError as error:
            raise told(error, self._request.settings.lake) from None

    def _way(self, resource: Resource) -> _Way:
        if resource.by:
            return _Way(None)
        read_to = self._marks.read_to(resource)
        due = self._marks.is_whole_due(resource, self._request.moment, self._source.full_every_days)
        if read_to is None or due:
            return _Way("full")
        return _Way("changes", read_to - timedelta(minutes=self._source.overlap_minutes))

    def _ask(self, resource: Resource, way: _Way) -> Brought:
        said: list[str] = []
        try:
            pulled = self._pull(resource, way)
        except FiltersRefused:
            if way.mode != "changes":
                raise filters_refused(self._source) from None
            way, said = _Way("full"), [NO_MODIFIED_FILTER_SV]
            pulled = self._pull_whole(resource, way)
        if way.mode == "full" and (count := pulled.watch.came_twice):
            pulled = self._pull_whole(resource, way)
            again = ", med samma följd" if pulled.watch.came_twice else ""
            said.append(CAME_TWICE_SV.format(again=again, count=count))
        said += pulled.watch.warnings_sv()
        if self.pager.limit_was_refused:
            said.append(NO_LIMIT_SV)
        return self._brought(resource, way, pulled, " ".join(said))

    def _pull_whole(self, resource: Resource, way: _Way) -> _Pulled:
        try:
            return self._pull(resource, way)
        except FiltersRefused:
            raise filters_refused(self._source) from None

    def _brought(self, resource: Resource, way: _Way, pulled: _Pulled, message_sv: str) -> Brought:
        """The pull as something to land; nothing when nothing is in it that could matter."""
        is_news = pulled.watch.records or (way.mode != "changes" and self._marks.has_rows(resource))
        brought = Brought(resource.contracts, "new", message_sv=message_sv)
        if is_news:
            watermark = stamp(pulled.began) if way.mode else None
            return replace(brought, path=pulled.path, mode=way.mode, watermark=watermark)
        pulled.path.unlink()
        if way.mode == "changes":
            self._marks.nothing_new(resource, pulled.began)
        return replace(brought, outcome="nothing_new")

    def _pull(self, resource: Resource, way: _Way) -> _Pulled:
        """Every page, begun again when the server loses the thread."""
        for _ in range(TIMES_FROM_THE_START):
            try:
                return self._pull_once(resource, way)
            except TokenGone:
                continue
        raise DiaError(
            f"{resource.name}: the page tokens expire before the list has come to its end.",
            f"Servern glömde bort sidmarkören (pageToken) för {resource.name} mitt i hämtningen, "
            f"{TIMES_FROM_THE_START} gånger. Be leverantören låta den gälla längre, eller höj `page_size`.",
        )

    def _pull_once(self, resource: Resource, way: _Way) -> _Pulled:
        watch = Watch(since=way.since, is_whole=way.mode == "full")
        began: datetime | None = None
        path = pull_path(self._request, resource.name)
        with PullWriter(path) as pull:
            for month, question in self._questions(resource, way):
                for page in self.pager.pages(question):
                    began = began or min(page.server_time or self._request.moment, self._request.moment)
                    watch.see(page, month, resource.by)
                    add_page(pull, page)
        return _Pulled(path, watch, began or self._request.moment)

    def _questions(self, resource: Resource, way: _Way) -> Iterator[tuple[Month | None, Question]]:
        expand: dict[str, tuple[str, ...]] = {EXPAND: resource.expand} if resource.expand else {}
        if not resource.by:
            since = {MODIFIED_AFTER: stamp(way.since)} if way.since else {}
            yield None, Question(resource.name, {**since, **expand})
            return
        source = self._source
        back, ahead = source.window_days_back, source.window_days_ahead
        for month in months(resource.by, self._request.moment, back, ahead):
            yield month, Question(resource.name, {**month.parameters(resource.by), **expand}, month.notes)
