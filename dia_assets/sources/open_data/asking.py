"""What all open interfaces have in common: whose turn it is, pages that are checked, and the file they are kept in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

from dia_assets.clock import STOCKHOLM
from dia_assets.contracts import DatasetContract
from dia_assets.errors import DiaError
from dia_assets.sources.brought import Request
from dia_assets.sources.config import OpenDataSource
from dia_assets.sources.http import Client

MOST_PAGES = 10_000
GONE = 404


@dataclass(frozen=True)
class Page:
    """One answer: its bytes as received, what they say, and where they came from."""

    content: bytes
    body: dict[str, Any]
    url: str


class Asking:
    """A request to one open interface, and the connection to it."""

    def __init__(self, request: Request, source: OpenDataSource, headers: dict[str, str]) -> None:
        self.request, self.source = request, source
        self._client = Client(source, headers)

    def __enter__(self) -> Asking:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._client.__exit__(kind, error, _)

    @property
    def municipalities(self) -> tuple[str, ...]:
        """The municipalities to ask about: those of the deployment file, otherwise the installation's own."""
        return self.source.municipalities or (self.request.settings.municipality_code,)

    @property
    def today(self) -> date:
        """Today's date in Sweden."""
        return _day(self.request.moment)

    def is_due(self, contract: DatasetContract, question: str = "") -> bool:
        """Whether a dataset is to be asked for tonight.

        It is when its days have passed, when the last try failed or was refused, and when the question is another one.
        """
        contact = self.request.contact(contract)
        deliveries = self.request.ledger.deliveries(contract.key)
        if contact is None or contact.outcome in ("unreachable", "failed"):
            return True
        if deliveries and deliveries[-1].status == "refused":
            return True
        if question and not any(question in item.file for item in deliveries if item.status != "refused"):
            return True
        days = int(contract.fetch.get("every_days", 1))
        return (self.today - _day(contact.at)).days >= days

    def path(self, contract: DatasetContract, *words: str) -> Path:
        """Where a pull is written; the words tell what was asked for."""
        stamp = f"{self.request.moment:%Y%m%dT%H%M%SZ}"
        name = "_".join([contract.name, *words, stamp])
        return self.request.folder / f"{name}.pull.zip"

    def get(self, path: str, parameters: dict[str, str] | None = None, may_be_gone: bool = False) -> Page | None:
        """One answer; None when it may be, and is, not there. Raises `DiaError` for what is no JSON object."""
        answer = self._client.get(path, parameters, known=(GONE,) if may_be_gone else ())
        if answer.status_code == GONE:
            return None
        try:
            body = json.loads(answer.content)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise strange_answer(self.source)
        return Page(answer.content, body, answer.url)

    def get_all(self, path: str, parameters: dict[str, str], may_be_gone: bool = False) -> Iterator[Page]:
        """An answer and those that its `next_url` leads to, which must be on the same server and never come twice."""
        seen: set[str] = set()
        page = self.get(path, parameters, may_be_gone)
        while page is not None:
            yield page
            if not page.body.get("next_url"):
                return
            following = next_address(self.source.base_url, page.url, str(page.body["next_url"]))
            if following is None:
                raise DiaError(
                    "The next page is said to be on another server; it is not asked.",
                    "Källan hänvisar till en annan server för nästa sida. Den frågas inte. Hör med utgivaren.",
                )
            if following in seen or len(seen) >= MOST_PAGES:
                raise DiaError(
                    "The pages do not come to an end.",
                    "Källans sidor tar aldrig slut: samma sida kommer igen. Hör med utgivaren.",
                )
            seen.add(following)
            page = self.get(following)


def _day(moment: datetime) -> date:
    return moment.astimezone(STOCKHOLM).date()


def question(*parts: object) -> str:
    """A short word for what is asked, which differs when anything in it does; it stands in the pull's name."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:8]


def strange_answer(source: OpenDataSource) -> DiaError:
    """An answer that is not in the form that the interface's document says."""
    host = urlsplit(source.base_url).hostname
    return DiaError(
        f"{host} answered in another form than its document says.",
        f"{host} svarade i en annan form än den dokumenterade. Gränssnittet kan ha fått en ny version: kontrollera"
        " källans adress i deployment.yaml.",
    )


def next_address(base: str, here: str, following: str) -> str | None:
    """The next page's full address, by the base's scheme; None when it is on another server.

    A server behind a proxy often writes http where it is asked by https: that is the same server.
    """
    address = urlsplit(urljoin(here, following))
    own = urlsplit(base)
    return address._replace(scheme=own.scheme).geturl() if address.netloc == own.netloc else None
