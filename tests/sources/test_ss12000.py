"""A school system's interface is read whole, then by its changes, and every oddity of a server is met."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from servers.ss12000 import Fault, Login, Quirks, Ss12000Server

from dia_assets.errors import DeliveryRefused, DiaError
from dia_assets.landing.raw import read_candidate
from dia_assets.sources.ss12000.resources import ORDER, months, wanted

from .ss12000_support import BEGIN, INVENTORY, PERSONS, Clock, Office, contract, ids, pages, people, person

Opened = Callable[..., Office]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Opened]:
    """An office in front of a served school; quirks and the source's options by name."""
    with ExitStack() as stack:

        def opened(resources: Any, quirks: Quirks | None = None, **more: Any) -> Office:
            clock = Clock()
            login = more.pop("login", None)
            contracts = more.pop("contracts", PERSONS)
            server = stack.enter_context(Ss12000Server(resources, quirks, clock=clock, login=login))
            return Office(tmp_path / "data", server, contracts, clock, more)

        yield opened


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
    office = school({"persons": people(7)}, login=Login(token="MYCKETHEMLIGT"), authentication=_bearer())
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
    assert b"MYCKETHEMLIGT" not in everything


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SS12000_TOKEN", "MYCKETHEMLIGT")


def _bearer() -> dict[str, str]:
    return {"kind": "bearer", "token": "SS12000_TOKEN"}


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
    strange = person(1, personStatus="Vilande", somethingNew={"a": [1]})
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
    office = school({}, login=Login(token="annat"), authentication=_bearer(), contracts=[*PERSONS, contract("groups")])
    (brought,) = office.ask()
    assert brought.outcome == "failed" and len(brought.datasets) == 4
    assert "inloggningen" in brought.message_sv and "MYCKETHEMLIGT" not in brought.message_sv


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
