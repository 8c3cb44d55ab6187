"""Stand-ins for three open interfaces, on the loopback. No test is here.

Every answer is synthetic: names, codes and figures are made up; only paths, names of attributes and the forms of values
follow the published documents. School unit codes are of the series 00xxxxxx, which the register never gives.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

# What the documents say: compared with the stand-ins, the contracts and, where they are present, the documents.
REGISTER_PATHS = {"/v2/school-units", "/v2/school-units/{schoolUnitCode}"}
REGISTER_LIST = {"schoolUnitCode", "name", "status"}
REGISTER_DETAILS = {
    *("displayName", "status", "url", "email", "phoneNumber", "headMaster", "addresses", "orientationType"),
    *("schoolUnitType", "schoolName", "municipalityCode", "schoolTypes", "schoolTypeProperties"),
    *("specialSupportSchool", "hospitalSchool", "reportsStudents", "reportsPersonell", "startdate", "endDate"),
}
REGISTER_STATUS = {"AKTIV", "VILANDE", "UPPHORT", "PLANERAD"}
PLANNED_PATHS = {"/v4/school-units", "/v4/school-units/{schoolUnitCode}/statistics/gr"}
PLANNED_UNIT = {
    *("code", "name", "geographicalAreaCode", "postCodeDistrict", "typeOfSchooling", "studentsPerTeacherQuota"),
    *("principalOrganizerType", "abroadSchool", "_links"),
}
PLANNED_ACCEPT = "application/vnd.skolverket.plannededucations.api.v4.hal+json"
STATISTIC = {"value", "valueType", "timePeriod"}
KOLADA_KPI = {
    *("id", "title", "description", "operating_area", "municipality_type", "is_divided_by_gender", "has_ou_data"),
    *("publication_date",),
}
KOLADA_ROW = {"kpi", "period", "municipality", "ou", "values"}
KOLADA_VALUE = {"gender", "value", "status", "count", "isdeleted"}

Answer = tuple[int, Any]
NOT_FOUND: Answer = (404, {"type": "about:blank", "title": "Not Found", "status": "404"})


class Server(ABC):
    """A stand-in that is really served over HTTP. `asked` has every path with its query, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.busy = 0  # so many answers are 429 before the first real one
        self.down = False
        self.garbage = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Any:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @abstractmethod
    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """What is answered to a path."""


def _handler(stand_in: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            stand_in.asked.append(self.path)
            stand_in.headers.append(dict(self.headers))
            asked = urlsplit(self.path)
            if stand_in.busy:
                stand_in.busy -= 1
                return self._send(429, b"{}", {"Retry-After": "0"})
            if stand_in.down:
                return self._send(503, b"{}", {"Retry-After": "0"})
            if stand_in.garbage:
                return self._send(200, b"<html>Underh\xc3\xa5ll</html>", {})
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            status, body = stand_in.answer(asked.path, query, self.headers)
            return self._send(status, json.dumps(body, ensure_ascii=False).encode(), {})

        def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": len(content), **headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@dataclass(frozen=True)
class State:
    """A unit's state from a day on."""

    since: date
    name: str
    status: str = "AKTIV"
    grades: tuple[str, ...] = ("7", "8", "9")


class Register(Server):
    """Skolenhetsregistret v2: a list with filter, and details on a day."""

    def __init__(self, units: Mapping[str, Sequence[State]], municipality: str = "0381") -> None:
        super().__init__()
        self.units, self.municipality = units, municipality
        self.extracted = "2026-11-25T01:00:00.00+01:00"

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if path == "/v2/school-units":
            listed = [
                {"schoolUnitCode": code, "name": states[-1].name, "status": states[-1].status}
                for code, states in self.units.items()
            ]
            return 200, {
                "meta": {"extractDate": self.extracted},
                "data": {"type": "schoolunit", "attributes": listed},
            }
        code = path.removeprefix("/v2/school-units/")
        day = date.fromisoformat(query["search_date"])
        states = [state for state in self.units.get(code, ()) if state.since <= day]
        return (200, self._details(code, states[0].since, states[-1])) if states else NOT_FOUND

    def _details(self, code: str, first: date, state: State) -> dict[str, Any]:
        attributes = {
            "displayName": state.name,
            "status": state.status,
            "email": None,
            "headMaster": "KANARIEFAGEL Rektorsson",
            "addresses": [
                {"type": "POSTADRESS", "streetAddress": "Box 1", "postalCode": "000 00", "locality": "Postorten"},
                {
                    "type": "BESOKSADRESS",
                    "streetAddress": "Skolgatan 1",
                    "postalCode": "000 01",
                    "locality": "Skolorten",
                },
            ],
            "orientationType": "ALLMAN",
            "schoolUnitType": "SKOLENHET",
            "schoolName": None,
            "municipalityCode": self.municipality,
            "schoolTypes": ["GR", "FKLASS"],
            "schoolTypeProperties": {"gr": {"grades": list(state.grades)}},
            "startdate": first.isoformat(),
            "endDate": None,
        }
        return {
            "meta": {"extractDate": self.extracted, "created": "2000-01-01", "modified": state.since.isoformat()},
            "links": {},
            "data": {"type": "schoolunit", "schoolUnitCode": code, "attributes": attributes},
            "included": {
                "type": "organization",
                "organizationNumber": "2120000000",
                "attributes": {"displayName": "Exempelkommunen", "organizerType": "KOMMUN"},
            },
        }


def statistic(value: str | None, kind: str = "EXISTS", period: str | None = "2024/25") -> dict[str, str | None]:
    """A published cell."""
    return {"value": value, "valueType": kind, "timePeriod": period}


class PlannedEducations(Server):
    """Planned Educations v4: units in pages, and the statistics of a unit."""

    def __init__(self, units: Sequence[tuple[str, tuple[str, ...]]], statistics: Mapping[str, Any]) -> None:
        super().__init__()
        self.units, self.statistics = list(units), statistics
        self.municipality = "0381"
        self.repeats = False  # each page begins with the last unit of the one before
        self.grows = 0  # so many times the list grows by a unit after its first page

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if headers.get("Accept") != PLANNED_ACCEPT:
            return 406, {"status": "406 NOT_ACCEPTABLE", "message": "", "body": None}
        if path == "/v4/school-units":
            return 200, {"status": "OK", "message": "Success", "body": self._page(query)}
        code, _, what = path.removeprefix("/v4/school-units/").partition("/")
        if what != "statistics/gr" or code not in self.statistics:
            return NOT_FOUND
        body = {"schoolUnit": code, "docLinks": None, **self.statistics[code], "_links": {"self": {"href": "x"}}}
        return 200, {"status": "OK", "message": "Success", "body": body}

    def _page(self, query: Mapping[str, str]) -> dict[str, Any]:
        number, size = int(query["page"]), min(int(query["size"]), 100)
        first = number * size - (1 if self.repeats and number else 0)
        units = [self._unit(code, forms) for code, forms in self.units[first : first + size]]
        total = len(self.units)
        if number == 0 and self.grows:
            self.grows -= 1
            self.units.append((f"0099{len(self.units):04}", ("gr",)))
        page = {"size": size, "totalElements": total, "totalPages": -(-total // size), "number": number}
        return {**({"_embedded": {"listedSchoolUnits": units}} if units else {}), "_links": {}, "page": page}

    def _unit(self, code: str, forms: tuple[str, ...]) -> dict[str, Any]:
        return {
            "code": code,
            "name": f"Skolan {code}",
            "geographicalAreaCode": self.municipality,
            "postCodeDistrict": "Skolorten",
            "typeOfSchooling": [{"code": form, "displayName": form, "schoolYears": ["7"]} for form in forms],
            "studentsPerTeacherQuota": None,
            "principalOrganizerType": "Kommunal",
            "abroadSchool": False,
            "_links": {},
        }


def figure(sex: str, value: float | None, status: str = "", deleted: bool = False) -> dict[str, Any]:
    """A value of an indicator for one sex."""
    return {"gender": sex, "value": value, "status": status, "count": 1, "isdeleted": deleted}


@dataclass
class Figures:
    """What Kolada has: (indicator, municipality or unit, year) → values."""

    titles: dict[str, str]
    municipalities: dict[tuple[str, str, int], list[dict[str, Any]]] = field(default_factory=dict)
    units: dict[tuple[str, str, int], list[dict[str, Any]]] = field(default_factory=dict)
    unit_ids: list[str] = field(default_factory=list)


class Kolada(Server):
    """Kolada v3: definitions, units and values, in pages that a `next_url` binds together."""

    def __init__(self, figures: Figures) -> None:
        super().__init__()
        self.figures = figures
        self.next_host = ""  # another server that the next page is said to be on
        self.never_ends = False
        self.strict = False  # one unknown id makes the whole question unknown

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        parts = path.strip("/").split("/")
        lists = [part.split(",") for part in parts]
        if any(len(ids) > 25 for ids in lists):
            return 400, {"detail": "too many ids"}
        if parts[0] == "kpi":
            if self.strict and not set(lists[1]) <= set(self.figures.titles):
                return NOT_FOUND
            found = [self._kpi(name) for name in lists[1] if name in self.figures.titles]
        elif parts[0] == "ou":
            found = [{"id": unit, "title": "En enhet", "municipality": query["municipality"]} for unit in self._units()]
        else:
            found = self._values(parts, lists)
        return 200, self._page(path, query, found)

    def _units(self) -> list[str]:
        return self.figures.unit_ids

    def _kpi(self, name: str) -> dict[str, Any]:
        return {
            "id": name,
            "title": self.figures.titles[name],
            "description": "Påhittad beskrivning.",
            "operating_area": "Grundskola",
            "municipality_type": "K",
            "is_divided_by_gender": True,
            "has_ou_data": True,
            "publication_date": "2026-03-01",
        }

    def _values(self, parts: list[str], lists: list[list[str]]) -> list[dict[str, Any]]:
        source = self.figures.units if parts[0] == "oudata" else self.figures.municipalities
        assert [parts[1], parts[3], parts[5]] == ["kpi", "ou" if parts[0] == "oudata" else "municipality", "year"]
        return [
            {"kpi": kpi, parts[3]: area, "period": year, "values": values}
            for (kpi, area, year), values in source.items()
            if kpi in lists[2] and area in lists[4] and str(year) in lists[6]
        ]

    def _page(self, path: str, query: Mapping[str, str], found: list[dict[str, Any]]) -> dict[str, Any]:
        number, size = int(query.get("page", "1")), int(query["per_page"])
        some = found[(number - 1) * size : number * size]
        following = None
        if number * size < len(found) or self.never_ends:
            page = 1 if self.never_ends else number + 1
            following = f"{self.next_host or self.address}{path}?page={page}&per_page={size}"
        return {"values": some, "count": len(found), "next_url": following, "previous_url": None}
