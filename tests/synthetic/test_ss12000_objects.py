"""The objects are what the standard says, hang together, and are the same municipality as the files."""

from __future__ import annotations

import itertools
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dia_assets.contracts import load_contracts
from dia_assets.synthetic import scb
from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS, TODAY
from dia_assets.synthetic.school_calendar import next_school_day
from dia_assets.synthetic.ss12000_objects import objects, planted
from dia_assets.synthetic.ss12000_objects.grades import raised
from dia_assets.synthetic.world import CANARY_COMMENT, UNKNOWN_MARK, World

Json = dict[str, Any]
Streams = Mapping[str, Callable[[], Iterator[Json]]]
WITHOUT_ID = ("schoolUnitOfferings", "aggregatedAttendance")
CONTRACTS = [contract for contract in load_contracts().values() if contract.system == "ss12000"]
NOT_HELD = "the standard states no licence, so that its document may not be here; the encoded facts are tested above"
# Where the published document lies, when someone has put it there: it may not be copied into the project.
DOCUMENT = Path(
    os.environ.get("SS12000_OPENAPI")
    or Path(__file__).parents[3] / "shared" / "data" / "ss12000" / "openapi_ss12000_version2_1_0.yaml"
)
SCHEMAS = {
    "organisations": "Organisation", "persons": "Person", "duties": "Duty", "groups": "Group",
    "programmes": "Programme", "syllabuses": "Syllabus", "schoolUnitOfferings": "SchoolUnitOffering",
    "studyplans": "StudyPlan", "rooms": "Room", "resources": "Resource", "activities": "Activity",
    "placements": "Placement", "attendanceSchedule": "AttendanceSchedule", "grades": "Grade",
    "calendarEvents": "CalendarEvent", "attendances": "Attendance", "absences": "Absence",
    "aggregatedAttendance": "AggregatedAttendance", "attendanceEvents": "AttendanceEvent",
}  # fmt: skip
# What the standard's own document says wrongly: attributes that it requires under another name or of another type.
SLIPS = {("Grade", "schoolUnit"), ("AttendanceSchedule", "scheduleDays"), ("AttendanceSchedule", "endTime")}


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(replace(PRESETS["tiny"], attendance_days=2), 7)


@pytest.fixture(scope="module")
def streams(world: World) -> Streams:
    return objects(world)


@pytest.fixture(scope="module")
def made(streams: Streams) -> dict[str, list[Json]]:
    return {name: list(stream()) for name, stream in streams.items()}


@lru_cache(maxsize=1)
def document() -> Json:
    """The published document, read once."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: Json = yaml.load(DOCUMENT.read_text(encoding="utf-8"), Loader=loader)
    return content


def references(value: Any, name: str = "") -> Iterator[tuple[str, Json]]:
    """Every reference in an object, with the attribute that holds it."""
    if isinstance(value, list):
        for item in value:
            yield from references(item, name)
    elif isinstance(value, dict):
        if set(value) <= {"id", "displayName", "securityMarking"} and "id" in value:
            yield name, value
        else:
            for key, inner in value.items():
                yield from references(inner, key)


def test_every_resource_that_a_contract_fetches_has_objects(made: dict[str, list[Json]]) -> None:
    assert {str(contract.fetch["resource"]) for contract in CONTRACTS} == set(made)
    assert all(made.values())


def test_the_same_seed_gives_the_same_objects_and_another_one_others(streams: Streams) -> None:
    again = objects(build_world(replace(PRESETS["tiny"], attendance_days=2), 7))
    other = objects(build_world(replace(PRESETS["tiny"], attendance_days=2), 8))
    for name in streams:
        some = [list(itertools.islice(source[name](), 50)) for source in (streams, again, other)]
        assert some[0] == some[1] != some[2], name


def test_objects_are_made_one_by_one(streams: Streams) -> None:
    for name in ("attendances", "calendarEvents", "grades", "activities"):
        assert isinstance(streams[name](), Iterator) and next(streams[name]())


def test_every_id_is_a_uuid_and_stands_for_one_object(made: dict[str, list[Json]]) -> None:
    for name, data in made.items():
        if name not in WITHOUT_ID:
            ids = [str(uuid.UUID(row["id"])) for row in data]
            assert len(ids) == len(set(ids)), name


def test_every_object_says_when_it_was_made_and_changed(made: dict[str, list[Json]]) -> None:
    for name, data in made.items():
        if name not in WITHOUT_ID:
            for row in data:
                created, modified = (datetime.fromisoformat(row["meta"][key]) for key in ("created", "modified"))
                assert created <= modified and modified.tzinfo, name


def test_every_reference_points_at_an_object(made: dict[str, list[Json]]) -> None:
    known = {row["id"] for data in made.values() for row in data if "id" in row}
    for name, data in made.items():
        for row in data:
            missing = [attribute for attribute, reference in references(row) if reference["id"] not in known]
            assert not missing, name


def test_a_protected_person_is_marked_in_every_reference_and_nobody_else_is(
    world: World, made: dict[str, list[Json]]
) -> None:
    marks = {person.person_id: person.marking for person in (*world.pupils, *world.adults)}
    seen = Counter[str]()
    for name, data in made.items():
        for row in data:
            for _, reference in references(row):
                assert reference.get("securityMarking") == marks.get(reference["id"]), name
                assert "displayName" not in reference
                seen[name] += "securityMarking" in reference
    assert {"grades", "attendances", "aggregatedAttendance", "studyplans", "calendarEvents"} <= set(+seen)


def test_times_have_swedens_offset_of_the_day(made: dict[str, list[Json]]) -> None:
    assert {row["startTime"][-6:] for row in made["calendarEvents"]} == {"+02:00"}
    assert all(
        datetime.fromisoformat(row["startTime"]) < datetime.fromisoformat(row["endTime"])
        for row in made["calendarEvents"]
    )


def test_every_attendance_belongs_to_a_lesson_and_fills_it(made: dict[str, list[Json]]) -> None:
    lengths = {row["id"]: row["teachingLengthStudent"] for row in made["calendarEvents"]}
    for row in made["attendances"]:
        if row["isReported"]:
            parts = ("attendanceMinutes", "validAbsenceMinutes", "invalidAbsenceMinutes", "otherAttendanceMinutes")
            assert abs(sum(row[part] for part in parts) - lengths[row["calendarEvent"]["id"]]) <= 1


def test_sums_of_a_month_are_those_of_its_lessons(made: dict[str, list[Json]]) -> None:
    events = {row["id"]: (row["activity"]["id"], row["startTime"][:7]) for row in made["calendarEvents"]}
    lessons, sums = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for row in made["attendances"]:
        lessons[row["student"]["id"], *events[row["calendarEvent"]["id"]]] += row.get("attendanceMinutes", 0)
    for row in made["aggregatedAttendance"]:
        sums[row["student"]["id"], row["activity"]["id"], row["startDate"][:7]] += row["attendanceSum"]
    assert lessons == sums


def test_grades_are_those_of_the_files_to_scb_but_for_the_corrected_one(
    world: World, made: dict[str, list[Json]]
) -> None:
    corrected = [entry.id for entry in planted(world) if entry.defect == "grade_corrected"]
    designations = {row["id"]: row["subjectDesignation"] for row in made["syllabuses"]}
    spring_year = max(world.preset.spring_years)
    files = {
        (pupil.person_id, kind, column): cell
        for kind in ("betyg_ak6", "betyg_ak9")
        for file in scb.grade_files(world, kind, spring_year)
        for pupil, row in zip(file.pupils, file.rows, strict=True)
        for column, cell in zip(scb.COLUMNS[kind], row, strict=True)
    }
    compared = 0
    for grade in made["grades"]:
        if grade["year"] == spring_year:
            kind = "betyg_ak9" if grade["finalGrade"] else "betyg_ak6"
            cell = files[grade["student"]["id"], kind, designations[grade["syllabus"]["id"]]]
            sent = raised(cell) if grade["id"] in corrected else "-" if cell == "9" else cell
            assert grade["gradeValue"] == sent
            compared += 1
    assert compared > 100
    assert [row["correctionType"] for row in made["grades"] if row["id"] in corrected] == ["Rättelse"]


def test_an_attendance_is_changed_after_today_and_only_that_one(world: World, made: dict[str, list[Json]]) -> None:
    [changed] = [entry for entry in planted(world) if entry.defect == "attendance_changed_later"]
    tomorrow = next_school_day(TODAY)
    assert tomorrow is not None
    before = {row["id"]: row for row in made["attendances"]}
    after = {row["id"]: row for row in objects(world, tomorrow)["attendances"]()}
    assert [key for key, row in before.items() if after[key] != row] == [changed.id]
    assert after[changed.id]["meta"]["modified"] > before[changed.id]["meta"]["modified"]
    assert after[changed.id]["validAbsenceMinutes"] > before[changed.id]["validAbsenceMinutes"]
    assert len(after) > len(before)


def test_unknown_values_are_told_of(world: World, made: dict[str, list[Json]]) -> None:
    unknown = [entry for entry in planted(world) if entry.defect == "unknown_enumeration_value"]
    for entry in unknown:
        [row] = [row for row in made[entry.resource] if row["id"] == entry.id]
        listed = {
            value
            for contract in CONTRACTS
            if contract.fetch["resource"] == entry.resource
            for column in contract.columns
            if column.source == entry.attribute
            for value in column.values
        }
        assert listed and row[entry.attribute] not in listed
    assert {entry.resource for entry in unknown} == {"syllabuses", "activities"}


def test_the_canary_has_free_text_that_nobody_may_store(made: dict[str, list[Json]]) -> None:
    for name in ("grades", "attendances", "studyplans", "activities"):
        assert any(CANARY_COMMENT in str(row) for row in made[name]), name


def test_a_municipality_without_persons_has_rooms_and_nothing_to_attend() -> None:
    empty = build_world(PRESETS["empty"], 1)
    counts = {name: sum(1 for _ in stream()) for name, stream in objects(empty).items()}
    assert counts["rooms"] and counts["organisations"]
    assert not counts["attendances"] and not counts["grades"] and planted(empty) == []


@pytest.mark.skipif(not DOCUMENT.is_file(), reason=NOT_HELD)
@pytest.mark.parametrize("name", SCHEMAS)
def test_objects_fit_the_published_document(world: World, made: dict[str, list[Json]], name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{SCHEMAS[name]}", "components": document()["components"]}
    validator = jsonschema.Draft4Validator(schema)
    odd = {(entry.id, entry.attribute) for entry in planted(world)}
    problems = set()
    for row in made[name][:200]:
        for error in validator.iter_errors(row):
            for cause in error.context or [error]:
                at = str(cause.path[-1]) if cause.path else ""
                missing = cause.message.split("'")[1] if cause.validator == "required" else at
                known = (SCHEMAS[name], missing) in SLIPS or (row.get("id"), at) in odd
                if not known and cause.instance != UNKNOWN_MARK:
                    problems.add((missing, cause.validator))
    assert not problems
