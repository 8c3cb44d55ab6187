"""What the client asks for is what the standard offers: facts kept here, and the published documents where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers.ss12000 import DELETED_NAMES, Asked, Ss12000Server

from dia_assets.contracts import load_contracts
from dia_assets.landing.entities import deleted_ids
from dia_assets.settings import PROJECT
from dia_assets.sources.ss12000.resources import ORDER

from .ss12000_support import Clock, Office, contract, people, person

# The parameters of each list that the client may send, by the standard (2.0.0 and 2.1.0 agree).
PAGING = frozenset({"limit", "pageToken"})
MODIFIED = PAGING | {"meta.modified.after"}
OFFERED: dict[str, frozenset[str]] = {
    **dict.fromkeys(ORDER, MODIFIED),
    **{name: MODIFIED | {"expand"} for name in ("persons", "placements", "duties", "groups", "activities")},
    "attendanceEvents": MODIFIED | {"expand"},
    "calendarEvents": MODIFIED | {"expand", "startTime.onOrAfter", "startTime.onOrBefore"},
    "aggregatedAttendance": PAGING | {"expand", "startDate", "endDate"},
    "deletedEntities": PAGING | {"after", "entities"},
}
REQUIRED = {
    "calendarEvents": {"startTime.onOrAfter", "startTime.onOrBefore"},
    "aggregatedAttendance": {"startDate", "endDate"},
}
FOLDER = PROJECT.parent / "shared" / "data" / "ss12000"


@cache
def read(document: Path) -> Any:
    return yaml.load(document.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def facts_of(document: Path) -> dict[str, dict[str, bool]]:
    """Resource → parameter → whether it is required, as a published document says."""
    content = read(document)
    shared = content.get("components", {}).get("parameters", {})
    found: dict[str, dict[str, bool]] = {}
    for path, methods in content["paths"].items():
        if "{" not in path and "get" in methods:
            listed = [
                shared[item["$ref"].rpartition("/")[2]] if "$ref" in item else item
                for item in methods["get"].get("parameters", [])
            ]
            found[path.strip("/")] = {item["name"]: bool(item.get("required")) for item in listed}
    return found


def encoded() -> dict[str, dict[str, bool]]:
    return {
        name: {parameter: parameter in REQUIRED.get(name, set()) for parameter in parameters}
        for name, parameters in OFFERED.items()
    }


STANDARDS = {"the facts kept here": encoded()} | {path.stem: facts_of(path) for path in sorted(FOLDER.glob("*.yaml"))}


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Asked]]:
    """Everything that the client says in two nights to a server that has every resource."""
    fetched: Mapping[str, dict[str, object]] = {
        "calendarEvents": {"window": "month"},
        "aggregatedAttendance": {"period": "month"},
        "persons": {"expand": ["duties"]},
    }
    contracts = [contract(name, **fetched.get(name, {})) for name in ORDER]
    clock = Clock()
    served = {name: people(4) for name in ORDER}
    served["calendarEvents"] = [{**person(n), "startTime": "2026-06-01T08:00:00Z"} for n in range(1, 5)]
    served["aggregatedAttendance"] = [{"startDate": "2026-05-01", "endDate": "2026-05-31"} for _ in range(4)]
    with ExitStack() as stack:
        server = stack.enter_context(Ss12000Server(served, clock=clock))
        office = Office(tmp_path_factory.mktemp("standard") / "data", server, contracts, clock)
        office.night()
        clock.wait(days=1)
        for name in ORDER:
            if name not in ("calendarEvents", "aggregatedAttendance"):
                server.put(name, person(1))
        office.night()
        yield server.asked


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_path_and_parameter_that_is_sent_exists(conversation: list[Asked], standard: str) -> None:
    offered = STANDARDS[standard]
    assert {asked.resource for asked in conversation} == {*ORDER, "deletedEntities"}
    sent = {(asked.resource, name) for asked in conversation for name in asked.parameters}
    assert {pair for pair in sent if pair[1] not in offered.get(pair[0], {})} == set()


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_parameter_that_is_required_is_sent_with_a_first_page(conversation: list[Asked], standard: str) -> None:
    firsts = [asked for asked in conversation if "pageToken" not in asked.parameters]
    for asked in firsts:
        required = {name for name, is_required in STANDARDS[standard][asked.resource].items() if is_required}
        assert required <= set(asked.parameters), asked.resource
    assert {asked.resource for asked in firsts} == {*ORDER, "deletedEntities"}


@pytest.mark.parametrize("standard", STANDARDS)
def test_what_is_asked_for_by_change_can_be(conversation: list[Asked], standard: str) -> None:
    by_change = {asked.resource for asked in conversation if "meta.modified.after" in asked.parameters}
    assert by_change == set(ORDER) - {"calendarEvents", "aggregatedAttendance"}
    assert all("meta.modified.after" in STANDARDS[standard][name] for name in by_change)


def test_a_page_token_never_goes_with_anything_but_a_limit(conversation: list[Asked]) -> None:
    tokens = [asked for asked in conversation if "pageToken" in asked.parameters]
    assert tokens and all(set(asked.parameters) == PAGING for asked in tokens)


@pytest.mark.parametrize("standard", STANDARDS)
def test_the_resources_and_expansions_of_the_contracts_exist(standard: str) -> None:
    asked = [item.fetch for item in load_contracts().values() if item.system == "ss12000" and item.fetch]
    assert {str(fetch["resource"]) for fetch in asked} <= set(STANDARDS[standard])
    assert len(asked) >= 7
    for fetch in asked:
        if "expand" in fetch:
            assert "expand" in STANDARDS[standard][str(fetch["resource"])]


@pytest.mark.parametrize("resource", ORDER)
def test_deletions_of_every_resource_are_found_under_the_standards_name(resource: str) -> None:
    assert deleted_ids({"data": {DELETED_NAMES.get(resource, resource): ["a"], "other": ["b"]}}, resource) == ["a"]


def test_the_names_of_deleted_lists_are_those_of_the_published_documents() -> None:
    known = {DELETED_NAMES.get(name, name) for name in ORDER if name != "aggregatedAttendance"}
    assert len(known) == 18
    for path in sorted(FOLDER.glob("*.yaml")):
        assert set(lists_of_deleted(read(path)) or ()) == known


def lists_of_deleted(node: Any) -> dict[str, Any] | None:
    """The lists in an answer of /deletedEntities, wherever the document has them; one is known by its misspelling."""
    if not isinstance(node, dict):
        return None
    return node if "activitites" in node else next(filter(None, map(lists_of_deleted, node.values())), None)
