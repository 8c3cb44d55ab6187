"""Every oddity of a server that is asked is met, and one resource that fails leaves the others."""

from __future__ import annotations

import zipfile
from typing import Any

import pytest
from servers.ss12000 import Fault, Login, Quirks

from .ss12000_support import (
    BEARER,
    PERSONS,
    TOKEN,
    Opened,
    contract,
    ids,
    pages,
    people,
    person,
    school,
)

__all__ = ["school"]  # a fixture


# servers that do as they like


def test_what_is_not_offered_is_a_state_and_no_failure(school: Opened) -> None:
    office = school({"persons": people(1)}, contracts=[*PERSONS, contract("grades")])
    assert [brought.outcome for brought in office.ask()] == ["new", "not_offered"]


@pytest.mark.parametrize("status", [400, 410])
def test_a_page_token_that_is_forgotten_begins_the_resource_again(school: Opened, status: int) -> None:
    office = school({"persons": people(8)})
    office.server.faults = [Fault(page=3, status=status)]
    (brought,) = office.ask()
    assert brought.path is not None
    assert [asked.page for asked in office.server.asked] == [1, 2, 3, 1, 2, 3]
    assert ids(brought.path) == [record["id"] for record in people(8)]


def test_tokens_that_never_live_to_the_end_are_given_up(school: Opened) -> None:
    office = school({"persons": people(8)})
    office.server.faults = [Fault(page=2, status=410, times=99)]
    (brought,) = office.ask()
    assert brought.outcome == "failed" and "pageToken" in brought.message_sv
    assert len(office.server.asked) == 6


def test_a_server_that_takes_no_limit_is_asked_without(school: Opened) -> None:
    office = school({"persons": people(8)}, Quirks(refuses_limit=True, page_size=5))
    (brought,) = office.ask()
    assert brought.path is not None and len(ids(brought.path)) == 8
    assert "limit" not in office.server.asked[-1].parameters
    assert "limit" in brought.message_sv


def test_a_limit_can_be_left_out_from_the_start(school: Opened) -> None:
    office = school({"persons": people(8)}, page_size=None)
    office.ask()
    assert [dict(asked.parameters) for asked in office.server.asked] == [{}]


def test_a_page_token_is_never_sent_with_a_filter(school: Opened) -> None:
    office = school({"persons": []})
    office.server.resources["persons"] = people(3)
    office.night()
    office.clock.wait(days=1)
    for number in range(1, 6):
        office.server.put("persons", person(number, ("u9",)))
    office.night()
    assert {frozenset(a.parameters) for a in office.server.asked if "pageToken" in a.parameters} == {
        frozenset({"pageToken", "limit"})
    }


@pytest.mark.parametrize(
    ("quirks", "said"),
    [
        (Quirks(repeats_token=True), "samma sidmarkör"),
        (Quirks(repeats_page=True), "samma sida"),
        (Quirks(never_ends=True), "fler än 20 sidor"),
    ],
    ids=["the same token", "the same page", "pages without end"],
)
def test_paging_that_does_not_end_is_noticed(school: Opened, quirks: Quirks, said: str) -> None:
    office = school({"persons": people(8)}, quirks, most_pages=20)
    (brought,) = office.ask()
    assert (brought.outcome, brought.path) == ("failed", None)
    assert said in brought.message_sv


def test_a_filter_on_changes_that_is_ignored_is_told_and_the_answer_used(school: Opened) -> None:
    office = school({"persons": people(4)}, Quirks(ignores_modified=True))
    office.clock.wait(days=1)
    office.night()
    office.clock.wait(days=1)
    (brought,) = office.ask()
    assert brought.path is not None and brought.mode == "changes" and len(ids(brought.path)) == 4
    assert "4 av 4 poster" in brought.message_sv


def test_a_filter_on_changes_that_is_refused_makes_the_pull_a_whole_one(school: Opened) -> None:
    office = school({"persons": people(4)}, Quirks(refuses_modified=True))
    office.night()
    office.clock.wait(days=1)
    (brought,) = office.ask()
    assert (brought.mode, brought.outcome) == ("full", "new")
    assert "ändringstid" in brought.message_sv


def test_a_window_that_is_ignored_is_told(school: Opened) -> None:
    event = {"id": "e1", "meta": person(1)["meta"], "startTime": "2020-01-01T08:00:00Z"}
    quirks = Quirks(ignores_window=True)
    office = school({"calendarEvents": [event]}, quirks, contracts=[contract("calendarEvents", window="month")])
    (brought,) = office.ask()
    assert brought.path is not None and "utanför" in brought.message_sv


def test_times_without_zone_are_taken_for_utc_and_that_is_told(school: Opened) -> None:
    office = school({"persons": people(2)}, Quirks(naive_times=True))
    (brought,) = office.ask()
    assert brought.outcome == "new" and "saknar tidszon" in brought.message_sv


def test_pages_that_move_while_they_are_read_are_read_again(school: Opened) -> None:
    office = school({"persons": people(8)}, Quirks(shifting_tokens=True))
    moved: list[int] = []

    def insert_first(resource: str, page: int) -> None:
        if page == 2 and not moved:
            moved.append(page)
            office.server.resources["persons"] = [person(99), *people(8)]

    office.server.before_page = insert_first
    (brought,) = office.ask()
    assert brought.path is not None
    assert sorted(ids(brought.path)) == sorted(record["id"] for record in [*people(8), person(99)])
    assert brought.message_sv.startswith("1 poster kom på två sidor")


@pytest.mark.parametrize(
    "body",
    [b"<html>Logga in</html>", b'{"code": "FEL", "message": "fel"}', b'{"data": {}}', b'{"data": ["x"]}', b"[]", b""],
    ids=["a web page", "an error as success", "no list", "no objects", "a bare list", "nothing"],
)
def test_an_answer_that_is_none_is_asked_for_twice_and_then_told(school: Opened, body: bytes) -> None:
    office = school({"persons": people(4)})
    office.server.faults = [Fault(page=2, body=body)]
    (brought,) = office.ask()
    assert brought.outcome == "new"
    office.server.faults = [Fault(body=body, times=2)]
    (brought,) = office.ask()
    assert brought.outcome == "failed" and "följer inte SS 12000" in brought.message_sv


def test_unknown_codes_and_attributes_pass_as_they_are(school: Opened) -> None:
    strange = person(1, personStatus="Vilande", somethingNew={"a": [1]}, meta="igår")
    office = school({"persons": [strange]})
    (brought,) = office.ask()
    assert brought.path is not None
    with zipfile.ZipFile(brought.path) as archive:
        assert b"Vilande" in archive.read("000001.json") and b"somethingNew" in archive.read("000001.json")


# isolation


def test_one_resource_that_fails_leaves_the_others(school: Opened) -> None:
    served = {"organisations": people(1), "persons": people(1), "groups": people(1)}
    office = school(
        served, Quirks(forbidden=("groups",)), contracts=[contract(n) for n in ("organisations", "persons", "groups")]
    )
    office.server.faults = [Fault("organisations", times=99, status=503)]
    office.options["tries"] = 1
    outcomes = {brought.datasets[0].name: brought.outcome for brought in office.ask()}
    assert outcomes == {"organisations": "unreachable", "persons": "new", "groups": "failed"}


def test_a_login_that_is_refused_stops_everything_with_one_message(school: Opened) -> None:
    office = school({}, login=Login(token="annat"), authentication=BEARER, contracts=[*PERSONS, contract("groups")])
    (brought,) = office.ask()
    assert brought.outcome == "failed" and len(brought.datasets) == 4
    assert "inloggningen" in brought.message_sv and TOKEN not in brought.message_sv


def test_a_server_that_nobody_hears_from_is_asked_once(school: Opened) -> None:
    office = school({}, contracts=[*PERSONS, contract("groups")], tries=1)
    office.options["base_url"] = "http://127.0.0.1:9/v2.0"
    (brought,) = office.ask()
    assert brought.outcome == "unreachable" and len(brought.datasets) == 4


# deletions


@pytest.mark.parametrize("shape", ["standard", "flat", "bare"])
def test_deletions_are_given_to_each_resource_that_lost_something(school: Opened, shape: Any) -> None:
    served = {"persons": people(3), "groups": people(3), "duties": people(3)}
    office = school(served, Quirks(deleted_as=shape), contracts=[*PERSONS, contract("groups"), contract("duties")])
    office.night()
    office.clock.wait(days=1)
    for resource in ("persons", "duties"):
        office.server.delete(resource, person(2)["id"])
    brought = [item for item in office.ask() if item.path]
    assert [item.path.name for item in brought if item.path] == [
        "persons_20260602T000000Z.deleted.pull.zip",
        "duties_20260602T000000Z.deleted.pull.zip",
    ]
    assert [(item.mode, item.watermark, len(item.datasets)) for item in brought] == [
        ("changes", None, 3),
        ("changes", None, 1),
    ]
    assert brought[0].path and {page["kind"] for page in pages(brought[0].path)} == {"deleted"}


def test_deletions_are_asked_for_from_the_last_time_with_an_overlap(school: Opened) -> None:
    office = school({"persons": people(3)})
    for _ in range(3):
        office.night()
        office.clock.wait(days=1)
    asked = [a.parameters["after"] for a in office.server.asked if a.resource == "deletedEntities"]
    assert asked == ["2026-05-31T23:50:00Z", "2026-06-01T23:50:00Z"]


def test_deletions_that_could_not_be_read_are_told_and_asked_for_again(school: Opened) -> None:
    office = school({"persons": people(3)})
    office.night()
    office.clock.wait(days=1)
    office.server.delete("persons", person(2)["id"])
    office.server.faults = [Fault("deletedEntities", status=500, times=2)]
    assert "Raderade poster kunde inte hämtas" in office.night()[-1]
    office.clock.wait(days=1)
    office.night()
    assert office.ledger.deliveries("ss12000.person")[-1].file == "persons_20260603T000000Z.deleted.pull.zip"


def test_a_server_without_deletions_is_read_all_the_same(school: Opened) -> None:
    office = school({"persons": people(3)}, Quirks(not_offered=("deletedEntities",)))
    office.night()
    office.clock.wait(days=1)
    assert [brought.outcome for brought in office.ask()] == ["nothing_new"]
