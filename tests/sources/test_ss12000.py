"""A school system's interface is read whole, and then by its changes, windows and periods."""

from __future__ import annotations

import hashlib
import zipfile
from typing import Any

import pytest
from servers.ss12000 import Fault, Login, Quirks

from dia_assets.errors import DeliveryRefused, DiaError
from dia_assets.landing.raw import read_candidate
from dia_assets.sources.ss12000.resources import ORDER, months, wanted

from .ss12000_support import (
    BEARER,
    BEGIN,
    INVENTORY,
    PERSONS,
    TOKEN,
    Clock,
    Opened,
    contract,
    ids,
    pages,
    people,
    person,
    school,
)

__all__ = ["school"]  # a fixture


# what a pull is


def test_all_datasets_of_a_resource_share_one_pull_with_its_pages_as_received(school: Opened) -> None:
    office = school({"persons": people(7)})
    (brought,) = office.ask()
    assert brought.path is not None and brought.path.name == "persons_20260601T000000Z.pull.zip"
    assert [item.name for item in brought.datasets] == ["person", "enrolment", "responsible"]
    assert all(item.matches(brought.path.name) for item in brought.datasets)
    assert (brought.outcome, brought.mode, brought.watermark) == ("new", "full", "2026-06-01T00:00:00Z")
    assert ids(brought.path) == [record["id"] for record in people(7)]


def test_every_page_tells_the_request_that_it_answers(school: Opened) -> None:
    office = school({"persons": people(7)}, login=Login(token=TOKEN), authentication=BEARER)
    (brought,) = office.ask()
    assert brought.path is not None
    index = pages(brought.path)
    assert [(page["page"], page["kind"], page["status"]) for page in index] == [(n, "records", 200) for n in (1, 2, 3)]
    assert index[0]["parameters"] == {"limit": "3"}
    assert set(index[1]["parameters"]) == {"limit", "pageToken"}
    assert {page["url"] for page in index} == {f"{office.server.base_url}/persons"}
    assert all(page["fetched_at"] for page in index)
    with zipfile.ZipFile(brought.path) as archive:
        for page in index:
            assert hashlib.sha256(archive.read(page["file"])).hexdigest() == page["sha256"]
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert TOKEN.encode() not in everything


def test_nothing_half_is_left_when_a_pull_breaks(school: Opened) -> None:
    office = school({"persons": people(7)})
    office.server.faults = [Fault(page=2, status=418)]
    (brought,) = office.ask()
    assert (brought.outcome, brought.path) == ("failed", None)
    assert list(office.request().folder.iterdir()) == []


def test_resources_are_asked_for_in_the_standards_order_and_deletions_last(school: Opened) -> None:
    office = school(
        {"organisations": people(1), "persons": people(1), "groups": people(1), "duties": people(1)},
        contracts=[item for item in INVENTORY.values() if item.system == "ss12000" and not item.optional],
    )
    office.night()
    office.clock.wait(days=1)
    office.server.asked.clear()
    office.night()
    assert [asked.resource for asked in office.server.asked] == [
        "organisations", "persons", "groups", "duties", "deletedEntities",
    ]  # fmt: skip


# whole, and then changes


def test_the_next_night_only_asks_for_what_was_modified_with_an_overlap(school: Opened) -> None:
    office = school({"persons": people(4)})
    office.night()
    office.clock.wait(days=1)
    office.server.put("persons", person(2, ("u2",)))
    office.server.asked.clear()
    (brought,) = office.ask()
    assert brought.path is not None and brought.mode == "changes"
    assert office.server.asked[0].parameters == {"meta.modified.after": "2026-05-31T23:50:00Z", "limit": "3"}
    assert ids(brought.path) == [person(2)["id"]]
    assert brought.watermark == "2026-06-02T00:00:00Z"


def test_nothing_modified_is_nothing_new_and_the_next_question_begins_there(school: Opened) -> None:
    office = school({"persons": people(4)})
    office.night()
    for day in (1, 2):
        office.clock.wait(days=1)
        lines = office.night()
        assert lines == [f"ss12000.{name}: nothing_new" for name in ("person", "enrolment", "responsible")], day
    asked = [a.parameters["meta.modified.after"] for a in office.server.asked if "meta.modified.after" in a.parameters]
    assert asked == ["2026-05-31T23:50:00Z", "2026-06-01T23:50:00Z"]
    assert office.modes() == ["full"]


def test_everything_is_read_whole_again_after_the_days_that_the_deployment_says(school: Opened) -> None:
    office = school({"persons": people(4)}, full_every_days=3)
    for day in range(5):
        office.server.put("persons", person(1, (f"u{day}",)))
        office.night()
        office.clock.wait(days=1)
    assert office.modes() == ["full", "changes", "changes", "full", "changes"]


def test_what_a_refused_delivery_brought_is_asked_for_again(school: Opened) -> None:
    office = school({"persons": people(4)})
    office.night()
    office.clock.wait(days=1)
    office.server.put("persons", person(2, ("u2",)))
    office.land()
    (*_, last) = office.ledger.deliveries("ss12000.enrolment")
    office.ledger.refuse(last.load, rule="x", reason_sv="x", remedy_sv="x")
    office.accept()
    office.clock.wait(days=1)
    office.server.asked.clear()
    office.ask()
    assert office.server.asked[0].parameters["meta.modified.after"] == "2026-05-31T23:50:00Z"


def test_a_server_whose_clock_is_behind_sets_the_mark(school: Opened) -> None:
    office = school({"persons": people(1)})
    behind = Clock()
    behind.wait(minutes=-7)
    office.server.clock = behind
    (brought,) = office.ask()
    assert brought.watermark == "2026-05-31T23:53:00Z"


def test_without_a_date_from_the_server_our_own_clock_sets_the_mark(school: Opened) -> None:
    office = school({"persons": people(1)}, Quirks(has_date=False))
    (brought,) = office.ask()
    assert brought.watermark == "2026-06-01T00:00:00Z"


def test_a_resource_that_has_always_been_empty_is_no_delivery(school: Opened) -> None:
    office = school({"placements": []}, contracts=[contract("placements")])
    assert [brought.outcome for brought in office.ask()] == ["nothing_new"]


def test_a_resource_that_has_become_empty_is_delivered_so_that_it_is_refused_aloud(school: Opened) -> None:
    office = school({"persons": people(3)}, full_every_days=1)
    office.night()
    office.clock.wait(days=1)
    office.server.resources["persons"] = []
    office.land()
    (*_, empty) = office.ledger.deliveries("ss12000.person")
    with pytest.raises(DeliveryRefused) as refused:
        read_candidate(office.settings, office.settings.lake, PERSONS[0], empty)
    assert refused.value.rule == "empty_file"


# windows and periods


def test_calendar_events_are_asked_for_in_whole_months_around_the_day(school: Opened) -> None:
    events = [
        {"id": f"e{n}", "meta": person(1)["meta"], "startTime": when}
        for n, when in enumerate(
            ["2026-04-30T23:59:59+02:00", "2026-05-31T23:59:00+02:00", "2026-06-01T00:00:00+02:00"]
        )
    ]
    office = school({"calendarEvents": events}, contracts=[contract("calendarEvents", window="month")])
    office.clock.wait(days=3)
    (brought,) = office.ask()
    assert brought.path is not None and brought.mode is None and brought.watermark is None
    index = pages(brought.path)
    assert [page["parameters"]["window_start"] for page in index] == ["2026-04-01", "2026-05-01", "2026-06-01"]
    assert index[1]["parameters"]["startTime.onOrAfter"] == "2026-04-30T22:00:00Z"
    assert index[1]["parameters"]["startTime.onOrBefore"] == "2026-05-31T21:59:59Z"
    assert ids(brought.path) == ["e0", "e1", "e2"]
    assert brought.message_sv == ""


def test_aggregated_attendance_is_always_asked_for_by_the_same_months(school: Opened) -> None:
    office = school({"aggregatedAttendance": []}, contracts=[contract("aggregatedAttendance", period="month")])
    office.server.resources["aggregatedAttendance"] = [{"startDate": "2026-05-01", "endDate": "2026-05-31"}]
    for _ in range(2):
        office.ask()
        office.clock.wait(days=9)
    asked = [
        (a.parameters["startDate"], a.parameters["endDate"]) for a in office.server.asked if "startDate" in a.parameters
    ]
    april, may, june = ("2026-04-01", "2026-04-30"), ("2026-05-01", "2026-05-31"), ("2026-06-01", "2026-06-30")
    assert asked == [april, may, june, may, june]


def test_no_period_is_asked_for_that_has_not_begun() -> None:
    assert [month.first.month for month in months("period", BEGIN, 35, 60)] == [4, 5, 6]
    assert [month.first.month for month in months("window", BEGIN, 35, 60)] == [4, 5, 6, 7]


def test_expansions_are_asked_for_one_by_one(school: Opened) -> None:
    office = school({"groups": people(1)}, contracts=[contract("groups", expand=["assignmentRoles", "more"])])
    office.ask()
    assert office.server.asked[0].parameters["expand"] == "assignmentRoles,more"


@pytest.mark.parametrize(
    "wrong",
    [
        [contract("pupils")],
        [contract("calendarEvents")],
        [contract("persons", window="month")],
        [contract("persons", colour="red")],
        [contract("groups"), contract("groups", expand=["assignmentRoles"])],
    ],
    ids=["no such resource", "no window", "a window that is no filter", "an unknown key", "two ways of asking"],
)
def test_a_contract_that_asks_for_what_cannot_be_asked_is_told(wrong: list[Any]) -> None:
    with pytest.raises(DiaError, match=r"fetch|SS 12000 has no resource"):
        wanted(wrong)


def test_a_dataset_that_names_no_resource_is_not_asked_for() -> None:
    assert wanted([contract("persons").model_copy(update={"fetch": {}})]) == []


def test_every_resource_of_the_contracts_is_one_of_the_standards() -> None:
    asked = {str(item.fetch["resource"]) for item in INVENTORY.values() if item.system == "ss12000" and item.fetch}
    assert asked and asked <= set(ORDER)
