"""From a list's first page to its last, with an eye on everything that servers do wrong on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from dia_assets.clock import real_now
from dia_assets.errors import DiaError
from dia_assets.sources.config import Ss12000Source
from dia_assets.sources.http import Client, refusal
from dia_assets.sources.ss12000.resources import LIMIT, PAGE_TOKEN

GONE = (400, 410)  # what a server says of a page token that it does not know any more
Asked = Mapping[str, str | tuple[str, ...]]


class NotOffered(Exception):
    """The server does not have the resource (404). A state, not a failure."""


class TokenGone(Exception):
    """The server has forgotten where we were: begin again from the first page."""


class FiltersRefused(Exception):
    """The server does not answer with these filters (400)."""


@dataclass(frozen=True)
class Question:
    """One list to ask for. `notes`: what its pages are marked with beside the parameters that were sent."""

    resource: str
    filters: Asked = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One answer as received, and what it says when read."""

    url: str
    parameters: Asked
    status: int
    fetched_at: datetime
    server_time: datetime | None
    content: bytes
    sha256: str
    answer: Any

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records of a list answer."""
        found: list[dict[str, Any]] = self.answer["data"]
        return found


class Pager:
    """Asks one server for lists, page by page, only ever holding one."""

    def __init__(self, client: Client, source: Ss12000Source) -> None:
        self._client, self._source = client, source
        self._limit = {} if source.page_size is None else {LIMIT: str(source.page_size)}
        self.has_answered = False

    @property
    def limit_was_refused(self) -> bool:
        """Whether the server has shown that it does not take `limit`."""
        return self._source.page_size is not None and not self._limit

    def pages(self, question: Question, is_answer: Callable[[Any], bool] | None = None) -> Iterator[Page]:
        """The pages of a list. Raises `NotOffered`, `TokenGone`, `FiltersRefused`, or a `DiaError` that says why."""
        is_answer = is_answer or _is_list
        page = self._first(question, is_answer)
        seen: set[bytes] = set()
        number = 1
        while True:
            yield page
            token = page.answer.get(PAGE_TOKEN) if isinstance(page.answer, dict) else None
            if token is None or token == "":
                return
            mark = hashlib.blake2b(str(token).encode(), digest_size=12).digest()
            if mark in seen:
                raise _endless(question, "samma sidmarkör (pageToken) två gånger")
            seen.add(mark)
            number += 1
            if number > self._source.most_pages:
                raise _endless(question, f"fler än {self._source.most_pages} sidor")
            after = self._page(question, {PAGE_TOKEN: str(token)}, GONE, is_answer)
            if after.status in GONE:
                raise TokenGone
            if _is_same(after, page):
                raise _endless(question, "samma sida två gånger")
            page = after

    def _first(self, question: Question, is_answer: Callable[[Any], bool]) -> Page:
        """The first page; asked for without `limit` where the server does not take it."""
        page = self._page(question, question.filters, (400, 404), is_answer)
        if page.status == 400 and self._limit:
            limit, self._limit = self._limit, {}
            page = self._page(question, question.filters, (400, 404), is_answer)
            if page.status != 200:
                self._limit = limit
        if page.status == 404:
            raise NotOffered
        if page.status == 400:
            raise FiltersRefused
        return page

    def _page(
        self, question: Question, parameters: Asked, known: tuple[int, ...], is_answer: Callable[[Any], bool]
    ) -> Page:
        """One page; what is no answer by the standard is asked for once more. A status in `known` is given back."""
        sent = {**parameters, **self._limit}
        for _ in range(2):
            answer = self._client.get(question.resource, sent, known)
            self.has_answered = True
            read = None if answer.status_code in known else _read(answer)
            if answer.status_code in known or is_answer(read):
                return _page(answer, {**sent, **question.notes}, read)
        raise DiaError(
            f"{question.resource}: the answer is not what SS 12000 says.",
            f"Svaret på frågan om {question.resource} följer inte SS 12000 (det ska vara JSON med en lista i ”data”), "
            "fast frågan ställdes två gånger. Kontrollera adressen, och be annars leverantören rätta det.",
        )


def _is_list(answer: Any) -> bool:
    data = answer.get("data") if isinstance(answer, dict) else None
    return isinstance(data, list) and all(isinstance(record, dict) for record in data)


def _is_same(page: Page, before: Page) -> bool:
    """Whether two pages in a row have the same records, whatever their tokens."""
    data = [answer.get("data") if isinstance(answer, dict) else answer for answer in (page.answer, before.answer)]
    return bool(data[0]) and data[0] == data[1]


def _read(answer: requests.Response) -> Any:
    try:
        return orjson.loads(answer.content)
    except ValueError:
        return None


def _page(answer: requests.Response, parameters: Asked, read: Any) -> Page:
    address = urlsplit(answer.url)
    return Page(
        url=f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}",
        parameters=parameters,
        status=answer.status_code,
        fetched_at=real_now(),
        server_time=_server_time(answer),
        content=answer.content,
        sha256=hashlib.sha256(answer.content).hexdigest(),
        answer=read,
    )


def _server_time(answer: requests.Response) -> datetime | None:
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)


def _endless(question: Question, why_sv: str) -> DiaError:
    return DiaError(
        f"{question.resource}: paging does not come to an end.",
        f"Bläddringen i {question.resource} tar inte slut: servern gav {why_sv}. Ingenting av det har tagits in. "
        "Be leverantören rätta det.",
    )


def filters_refused(source: Ss12000Source) -> DiaError:
    """A question that the server will not answer in any form that we know."""
    return refusal(source.base_url, 400)
