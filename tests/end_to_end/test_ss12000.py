"""A school system that is asked night after night is known as it is, however the nights went."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers.ss12000 import Quirks, Record, Ss12000Server
from sources.ss12000_support import Clock, person

from .school_nights import CONTRACTS, Killed, School, staging_views

FEW = [item for item in CONTRACTS if item.name in ("person", "enrolment", "group_membership")]


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return staging_views(tmp_path_factory.mktemp("views"))


def group(number: int, members: tuple[int, ...]) -> Record:
    return {
        **person(number + 5000),
        "displayName": f"Grupp {number}",
        "groupType": "Klass",
        "organisation": {"id": "u1"},
        "groupMemberships": [{"person": {"id": person(n)["id"]}, "startDate": "2025-08-18"} for n in members],
    }


def duty(number: int) -> Record:
    return {
        **person(number + 7000),
        "person": {"id": person(number)["id"]},
        "dutyAt": {"id": "u1"},
        "dutyRole": "Lärare",
        "startDate": "2025-08-01",
    }


def served(clock: Clock, quirks: Quirks | None = None) -> Ss12000Server:
    resources = {
        "persons": [person(n) for n in range(1, 9)],
        "groups": [group(1, (1, 2, 3)), group(2, (4, 5))],
        "duties": [duty(8)],
    }
    return Ss12000Server(resources, quirks, clock=clock)


def fresh(school: School, root: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a data root knows that has asked once, for everything."""
    other = School(root, school.server, school.clock, school.views, school.contracts)
    other.night()
    return other.known()


def test_changes_and_deletions_lead_to_what_one_whole_pull_says(tmp_path: Path, views: Mapping[str, str]) -> None:
    clock = Clock()
    with served(clock) as server:
        school = School(tmp_path / "data", server, clock, views)
        school.night(gated=True)
        first = school.known()
        assert {name: len(rows) for name, rows in first.items()} == {
            "person": 8, "enrolment": 8, "responsible": 8, "school_group": 2, "group_membership": 5, "duty": 1,
        }  # fmt: skip
        clock.wait(days=1)
        server.put("persons", person(1, ("u1", "u2")))  # one enrolment more
        server.put("persons", person(2, ()))  # none left
        server.put("persons", person(3, responsibles=[]))  # no guardian left
        server.put("persons", person(20))  # a new pupil
        server.put("groups", group(1, (1, 20)))
        server.delete("persons", person(4)["id"])
        server.delete("groups", group(2, ())["id"])
        server.delete("duties", duty(8)["id"])
        school.night(gated=True)
        deliveries = school.office.ledger.deliveries()
        assert {delivery.status for delivery in deliveries} == {"accepted"}
        assert [d.mode for d in deliveries if d.dataset == "person"] == ["full", "changes", "changes"]
        known = school.known()
        assert known == fresh(school, tmp_path / "fresh")
        assert {name: len(rows) for name, rows in known.items()} == {
            "person": 8, "enrolment": 8, "responsible": 7, "school_group": 1, "group_membership": 2, "duty": 0,
        }  # fmt: skip


@dataclass(frozen=True)
class Step:
    """Something that happens at school, and perhaps a night after it."""

    what: str
    number: int
    units: tuple[str, ...]
    night: str
    killed_at: int


steps = st.builds(
    Step,
    what=st.sampled_from(["change", "change", "delete", "regroup", "ungroup"]),
    number=st.integers(1, 10),
    units=st.lists(st.sampled_from(["u1", "u2", "u3"]), max_size=2, unique=True).map(tuple),
    night=st.sampled_from(["none", "whole", "twice", "killed"]),
    killed_at=st.integers(0, 12),
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=st.lists(steps, min_size=1, max_size=4))
def test_any_sequence_of_changes_nights_and_kills_ends_in_what_one_whole_pull_says(
    views: Mapping[str, str], happened: list[Step]
) -> None:
    clock = Clock()
    with TemporaryDirectory() as folder, served(clock) as server:
        school = School(Path(folder) / "data", server, clock, views, FEW)
        school.night()
        for step in happened:
            clock.wait(hours=5)
            do(step, server)
            clock.wait(hours=5)
            if step.night == "killed":
                with suppress(Killed):
                    school.night(killed_at=step.killed_at)
            for _ in range({"none": 0, "twice": 2}.get(step.night, 1)):
                school.night()
        clock.wait(minutes=1)
        school.night()
        assert school.known() == fresh(school, Path(folder) / "fresh")


def do(step: Step, server: Ss12000Server) -> None:
    match step.what:
        case "change":
            server.put("persons", person(step.number, step.units))
        case "delete":
            server.delete("persons", person(step.number)["id"])
        case "regroup":
            server.put("groups", group(step.number % 3, (step.number, step.number + 1)))
        case "ungroup":
            server.delete("groups", group(step.number % 3, ())["id"])
