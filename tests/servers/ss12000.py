"""A school system's SS 12000:2020 interface, really served over HTTP(S) on the loopback, with the faults of real ones.

Holds its records in memory: a list per resource, or a function of the request's parameters. Answers as the standard
says unless a quirk is switched on. Used by tests and by `benchmarks/ss12000.py`.

    with Ss12000Server({"persons": [{"id": "…", "meta": {"created": "…", "modified": "…"}}]}) as server:
        ask(server.base_url)
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit

Record = dict[str, Any]
Records = Sequence[Record] | Callable[[Mapping[str, str]], Iterable[Record]]
# Names of the lists in an answer of /deletedEntities, as the standard spells them.
DELETED_NAMES = {
    "activities": "activitites",
    "attendanceSchedule": "attendanceSchedules",
    "studyplans": "studyPlans",
}
TYPE_NAMES = {"syllabuses": "Syllabus", "activities": "Activity", "duties": "Duty", "studyplans": "StudyPlan"}


@dataclass
class Fault:
    """What goes wrong, at which page of which resource (None: any), and how many times."""

    resource: str | None = None
    page: int | None = None
    times: int = 1
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut_to: float | None = None  # share of the body that is sent before the connection is closed
    seconds: float = 0


@dataclass
class Quirks:
    """What a server does differently; all off."""

    page_size: int = 500  # where the request has no limit
    naive_times: bool = False
    shifting_tokens: bool = False  # a page token is an offset into what the list is at that moment
    ignores_modified: bool = False
    refuses_modified: bool = False
    ignores_window: bool = False
    refuses_limit: bool = False
    repeats_token: bool = False
    never_ends: bool = False
    repeats_page: bool = False
    not_offered: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    deleted_as: Literal["standard", "flat", "bare"] = "standard"
    has_date: bool = True


@dataclass
class Login:
    """What the server asks of a client: a bearer token, its own or one given out at `/connect/token`."""

    token: str | None = None
    client_id: str = "client"
    client_secret: str = "hemligt"
    client_in: Literal["body", "basic"] = "body"
    lasts_requests: int | None = None
    expires_in: int = 3600
    _given: dict[str, int] = field(default_factory=dict)

    def give(self, headers: Any, form: Mapping[str, Sequence[str]]) -> str | None:
        """A new token for a client that is known, else None."""
        if self.client_in == "basic":
            told = base64.b64decode(headers.get("Authorization", "").removeprefix("Basic ")).decode()
        else:
            told = ":".join(form.get(name, [""])[0] for name in ("client_id", "client_secret"))
        if told != f"{self.client_id}:{self.client_secret}" or form.get("grant_type") != ["client_credentials"]:
            return None
        token = f"token-{len(self._given) + 1}"
        self._given[token] = 0
        return token

    @property
    def tokens_given(self) -> int:
        """How many tokens have been given out."""
        return len(self._given)

    def lets_in(self, authorization: str) -> bool:
        """Whether a request with this header may be answered."""
        token = authorization.removeprefix("Bearer ")
        if self.token is not None:
            return token == self.token
        if token not in self._given:
            return False
        self._given[token] += 1
        return self.lasts_requests is None or self._given[token] <= self.lasts_requests


@dataclass(frozen=True)
class Asked:
    """One request that was answered."""

    resource: str
    parameters: Mapping[str, str]
    page: int


class Ss12000Server:
    """The interface, serving in a thread until it is stopped."""

    def __init__(
        self,
        resources: Mapping[str, Records] | None = None,
        quirks: Quirks | None = None,
        *,
        login: Login | None = None,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        rendered: Mapping[str, Sequence[bytes]] | None = None,
        base: str = "/v2.0",
    ) -> None:
        self.resources: dict[str, Records] = dict(resources or {})
        self.quirks, self.login, self.clock, self.rendered = quirks or Quirks(), login, clock, rendered or {}
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.deleted: list[tuple[str, str, datetime]] = []
        self.before_page: Callable[[str, int], None] = lambda resource, page: None
        self._cursors: dict[str, tuple[str, list[Record], int]] = {}
        self._base, self._lock = base, Lock()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        host = "localhost" if tls else "127.0.0.1"
        self.root_url = f"{'https' if tls else 'http'}://{host}:{self._http.server_address[1]}"
        self.base_url = f"{self.root_url}{base}"

    def __enter__(self) -> Ss12000Server:
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    # what a test changes while it serves

    def put(self, resource: str, record: Record) -> None:
        """Create or replace a record by its id, modified now."""
        now = _stamp(self.clock())
        records = [item for item in self._all(resource) if item.get("id") != record["id"]]
        self.resources[resource] = [*records, {**record, "meta": {"created": now, "modified": now}}]
        self.deleted = [item for item in self.deleted if item[:2] != (resource, record["id"])]

    def delete(self, resource: str, identifier: str) -> None:
        """Delete a record, leaving a tombstone."""
        self.resources[resource] = [item for item in self._all(resource) if item.get("id") != identifier]
        self.deleted.append((resource, identifier, self.clock()))

    # answers

    def answer(self, path: str, parameters: Mapping[str, str]) -> tuple[int, bytes, Fault | None]:
        """Status, body and, if one is due, the fault with which it is sent."""
        resource = path.removeprefix(self._base).strip("/")
        page = self._page_number(resource, parameters)
        self.before_page(resource, page)
        with self._lock:
            self.asked.append(Asked(resource, dict(parameters), page))
            fault = self._fault(resource, page)
            status, body = self._answer(resource, parameters)
        if fault:
            status = fault.status if fault.status != 200 else status
            body = body if fault.body is None else fault.body
        return status, body, fault

    def _answer(self, resource: str, parameters: Mapping[str, str]) -> tuple[int, bytes]:
        quirks = self.quirks
        changed = f"{resource}?changed"
        if "meta.modified.after" in parameters and changed in self.rendered:
            return 200, self.rendered[changed][0]
        if resource in self.rendered:
            place = int(parameters.get("pageToken", "0"))
            return 200, self.rendered[resource][place]
        if resource in quirks.forbidden:
            return _error(403, "FORBIDDEN")
        if resource in quirks.not_offered or (resource not in self.resources and resource != "deletedEntities"):
            return _error(404, "NOT_FOUND")
        if wrong := self._wrong(resource, parameters):
            return _error(400, wrong)
        if resource == "deletedEntities":
            return 200, json.dumps(self._deletions(parameters)).encode()
        found, offset, key = self._found(resource, parameters)
        size = int(parameters.get("limit", quirks.page_size))
        page, end = found[offset : offset + size], offset + size
        goes_on = end < len(found) or quirks.never_ends or quirks.repeats_page
        token = f"{key}/{size if quirks.repeats_token else end}" if goes_on else None
        if quirks.repeats_page:
            page = found[:size]
        if quirks.never_ends:
            page = [{**found[0], "id": f"endless-{end}"}]
        return 200, json.dumps({"data": page, "pageToken": token}, ensure_ascii=False).encode()

    def _wrong(self, resource: str, parameters: Mapping[str, str]) -> str | None:
        names = set(parameters)
        if "pageToken" in names:
            known = parameters["pageToken"].rpartition("/")[0] in self._cursors or self.quirks.shifting_tokens
            return None if not names - {"pageToken", "limit"} and known else "PAGE_TOKEN"
        if self.quirks.refuses_limit and "limit" in names:
            return "LIMIT"
        if self.quirks.refuses_modified and "meta.modified.after" in names:
            return "FILTER"
        needed = {
            "calendarEvents": {"startTime.onOrAfter", "startTime.onOrBefore"},
            "aggregatedAttendance": {"startDate", "endDate"},
        }
        return "MISSING_FILTER" if needed.get(resource, set()) - names else None

    def _found(self, resource: str, parameters: Mapping[str, str]) -> tuple[list[Record], int, str]:
        """The records of a question, where the page begins in them, and the question's cursor."""
        token = parameters.get("pageToken")
        if token is None:
            key = f"cursor{len(self._cursors) + 1}"
            found = self._filtered(resource, parameters)
            self._cursors[key] = (json.dumps(dict(parameters)), found, 0)
            return found, 0, key
        key, _, offset = token.rpartition("/")
        asked, found, _ = self._cursors[key]
        if self.quirks.shifting_tokens:
            found = self._filtered(resource, json.loads(asked))
        return found, int(offset), key

    def _filtered(self, resource: str, parameters: Mapping[str, str]) -> list[Record]:
        found = self._all(resource, parameters)
        after, before = parameters.get("meta.modified.after"), parameters.get("meta.modified.before")
        if after and not self.quirks.ignores_modified:
            found = [item for item in found if _moment(item["meta"]["modified"]) > _moment(after)]
        if before and not self.quirks.ignores_modified:
            found = [item for item in found if _moment(item["meta"]["modified"]) <= _moment(before)]
        if resource == "calendarEvents" and not self.quirks.ignores_window:
            first, last = (_moment(parameters[f"startTime.onOr{word}"]) for word in ("After", "Before"))
            found = [item for item in found if first <= _moment(item["startTime"]) <= last]
        if resource == "aggregatedAttendance":
            period = parameters["startDate"], parameters["endDate"]
            found = [item for item in found if (item["startDate"], item["endDate"]) == period]
        return [_without_zones(item) for item in found] if self.quirks.naive_times else found

    def _all(self, resource: str, parameters: Mapping[str, str] | None = None) -> list[Record]:
        records = self.resources.get(resource, [])
        return list(records(parameters or {}) if callable(records) else records)

    def _deletions(self, parameters: Mapping[str, str]) -> object:
        after = parameters.get("after")
        gone = [item for item in self.deleted if not after or item[2] > _moment(after)]
        if self.quirks.deleted_as == "standard":
            lists: dict[str, list[str]] = {}
            for resource, identifier, _ in gone:
                lists.setdefault(DELETED_NAMES.get(resource, resource), []).append(identifier)
            return {"data": lists, "pageToken": None}
        flat = [
            {"entityType": TYPE_NAMES.get(name, name[:1].upper() + name[1:].removesuffix("s")), "id": identifier,
             "deletedAt": _stamp(at)}
            for name, identifier, at in gone
        ]  # fmt: skip
        return flat if self.quirks.deleted_as == "bare" else {"data": flat}

    def _page_number(self, resource: str, parameters: Mapping[str, str]) -> int:
        if "pageToken" not in parameters:
            return 1
        pages = [asked.page for asked in self.asked if asked.resource == resource]
        return (pages[-1] if pages else 0) + 1

    def _fault(self, resource: str, page: int) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.resource in (None, resource) and fault.page in (None, page):
                fault.times -= 1
                return fault
        return None


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept open between requests as real servers do."""

    owner: Ss12000Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        login = self.owner.login
        if login and not login.lets_in(self.headers.get("Authorization", "")):
            self._send(401, b'{"code": "UNAUTHORIZED", "message": ""}', None)
            return
        parameters: dict[str, str] = {}
        for name, value in parse_qsl(address.query):
            parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
        self._send(*self.owner.answer(address.path, parameters))

    def do_POST(self) -> None:
        login = self.owner.login
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        token = login.give(self.headers, form) if login and self.path == "/connect/token" else None
        if token is None or login is None:
            self._send(401, b'{"error": "invalid_client"}', None)
            return
        told = {"access_token": token, "token_type": "Bearer", "expires_in": login.expires_in}
        self._send(200, json.dumps(told).encode(), None)

    def _send(self, status: int, body: bytes, fault: Fault | None) -> None:
        if fault and fault.seconds:
            Event().wait(fault.seconds)
        self.send_response_only(status)
        if self.owner.quirks.has_date:
            self.send_header("Date", format_datetime(self.owner.clock().astimezone(UTC), usegmt=True))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (fault.headers if fault else {}).items():
            self.send_header(name, value)
        with suppress(ConnectionError):  # a client that has had enough
            self._write(body, fault)

    def _write(self, body: bytes, fault: Fault | None) -> None:
        self.end_headers()
        if fault and fault.cut_to is not None:
            self.wfile.write(body[: int(len(body) * fault.cut_to)])
            self.close_connection = True
            return
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written down."""


def _error(status: int, code: str) -> tuple[int, bytes]:
    return status, json.dumps({"code": code, "message": ""}).encode()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _without_zones(record: Record) -> Record:
    meta = {name: value.removesuffix("Z") for name, value in record.get("meta", {}).items()}
    return {**record, "meta": meta} if meta else record
