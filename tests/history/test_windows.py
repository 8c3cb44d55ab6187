"""What is asked for by month: an answer replaces the month, also one in which nothing is left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dia_assets.contracts import load_contracts
from dia_assets.sources.pull import PullWriter

from .way import Way

CONTRACTS = load_contracts()
EVENTS, STUDENTS = CONTRACTS["ss12000.calendar_event"], CONTRACTS["ss12000.calendar_event_student"]
SUMS = CONTRACTS["ss12000.aggregated_attendance"]
Calendar = Mapping[str, list[Any]]


def event(number: int, *pupils: str) -> dict[str, Any]:
    times = {"startTime": "2026-05-04T08:00:00Z", "endTime": "2026-05-04T09:00:00Z"}
    absent = [{"student": {"id": pupil}, "participation": False} for pupil in pupils]
    return {"id": f"e{number}", "activity": {"id": "a1"}, **times, "studentExceptions": absent}


def pulled(folder: Path, resource: str, night: int, months: Calendar) -> Path:
    """A pull as the interface's fetcher writes it: a page for each month that was asked for."""
    path = folder / f"{resource}_202606{night:02}T000000Z.pull.zip"
    with PullWriter(path) as pull:
        for month, records in months.items():
            asked = {"window_start": month, "startDate": month, "endDate": f"{month[:8]}28"}
            pull.add(json.dumps({"data": records}).encode(), asked, "https://school.example/" + resource)
    return path


def ids(road: Way) -> set[tuple[str, str]]:
    return {(f"{row[0]:%Y-%m-%d}", row[1]) for row in road.current("calendar_event")}


def test_a_month_without_events_is_empty_and_the_others_stay(tmp_path: Path) -> None:
    road = Way(tmp_path / "data", [EVENTS])
    may_and_june = {"2026-05-01": [event(1), event(2)], "2026-06-01": [event(3)]}
    road.deliver(pulled(tmp_path, "calendarEvents", 2, may_and_june))
    road.write_history()
    assert ids(road) == {("2026-05-01", "e1"), ("2026-05-01", "e2"), ("2026-06-01", "e3")}
    assert road.deliver(pulled(tmp_path, "calendarEvents", 3, {"2026-05-01": [], "2026-06-01": [event(3)]})) == {}
    road.write_history()
    assert ids(road) == {("2026-06-01", "e3")}


def test_exceptions_may_all_go_while_the_events_stay(tmp_path: Path) -> None:
    road = Way(tmp_path / "data", [EVENTS, STUDENTS])
    road.deliver(pulled(tmp_path, "calendarEvents", 2, {"2026-05-01": [event(1, "p1", "p2")]}))
    road.write_history()
    assert len(road.current("calendar_event_student")) == 2
    assert road.deliver(pulled(tmp_path, "calendarEvents", 3, {"2026-05-01": [event(1)]})) == {}
    road.write_history()
    assert (road.current("calendar_event_student"), len(ids(road))) == ([], 1)


def test_an_answer_with_no_event_at_all_is_refused(tmp_path: Path) -> None:
    road = Way(tmp_path / "data", [EVENTS])
    road.deliver(pulled(tmp_path, "calendarEvents", 2, {"2026-05-01": [event(1)]}))
    assert road.deliver(pulled(tmp_path, "calendarEvents", 3, {"2026-05-01": []})) == {"calendar_event": ["empty_file"]}
    road.write_history()
    assert ids(road) == {("2026-05-01", "e1")}


def test_sums_of_a_period_go_with_it(tmp_path: Path) -> None:
    def total(pupil: str, month: str) -> dict[str, Any]:
        period = {"startDate": month, "endDate": f"{month[:8]}28"}
        return {"student": {"id": pupil}, "activity": {"id": "a1"}, **period, "attendedSum": 100, "offeredSum": 120}

    road = Way(tmp_path / "data", [SUMS])
    april, may = "2026-04-01", "2026-05-01"
    road.deliver(pulled(tmp_path, "aggregatedAttendance", 2, {april: [total("p1", april)], may: [total("p1", may)]}))
    road.write_history()
    assert len(road.current("aggregated_attendance")) == 2
    road.deliver(pulled(tmp_path, "aggregatedAttendance", 3, {april: [], may: [total("p1", may)]}))
    road.write_history()
    assert len(road.current("aggregated_attendance")) == 1


MONTHS = ("2026-04-01", "2026-05-01", "2026-06-01")
NIGHTS = st.lists(
    st.dictionaries(st.sampled_from(MONTHS), st.sets(st.integers(1, 4)), min_size=1), min_size=1, max_size=4
)


@settings(max_examples=8, deadline=None)
@given(NIGHTS)
def test_history_is_the_last_answer_about_each_month(tmp_path_factory: Any, nights: list[dict[str, set[int]]]) -> None:
    folder = tmp_path_factory.mktemp("windows")
    road, known = Way(folder / "data", [EVENTS]), dict[str, set[int]]()
    for number, asked in enumerate(nights, 2):
        months = {month: [event(n) for n in sorted(found)] for month, found in sorted(asked.items())}
        refused = road.deliver(pulled(folder, "calendarEvents", number, months))
        assert bool(refused) == (not any(asked.values()) and any(known.values()))
        road.write_history()
        known |= {} if refused else asked
    assert ids(road) == {(month, f"e{n}") for month, found in known.items() for n in found}
