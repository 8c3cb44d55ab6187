"""Fritidshem: placements, the hours that guardians have asked for, and children who are checked in and out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dia_assets.synthetic.presets import SCHOOL_YEAR
from dia_assets.synthetic.register import has_leisure_place
from dia_assets.synthetic.ss12000_objects.common import (
    Json,
    adult_ref,
    lesson_days,
    local_time,
    meta,
    object_id,
    pupil_ref,
    ref,
    stamp,
)
from dia_assets.synthetic.world import Pupil, World

CHECKED_DAYS = 2
WEEKDAYS = ("Måndag", "Tisdag", "Onsdag", "Torsdag", "Fredag")
COMES, GOES = 13 * 60 + 30, 16 * 60 + 15


def _children(world: World) -> Iterator[Pupil]:
    return (pupil for pupil in world.current_pupils() if has_leisure_place(pupil))


def _placement_id(world: World, pupil: Pupil) -> str:
    return object_id(world, "placement", pupil.index)


def placements(world: World) -> Iterator[Json]:
    """A place in fritidshem, owned by the guardians."""
    for pupil in _children(world):
        school_class = world.classes[pupil.class_index]
        yield {
            "id": _placement_id(world, pupil),
            "meta": meta(),
            "placedAt": ref(world.unit_ids[school_class.unit]),
            "group": ref(school_class.group_id),
            "child": pupil_ref(pupil),
            "owners": [adult_ref(world.adults[index]) for index in pupil.guardians],
            "schoolType": "FTH",
            "startDate": f"{SCHOOL_YEAR}-07-01",
            "reason": "Omsorgsbehov",
            "maxWeeklyScheduleHours": 15,
        }


def attendance_schedules(world: World) -> Iterator[Json]:
    """The same hours every weekday, decided by the guardian's own request."""
    for pupil in _children(world):
        owner = {"registeredBy": adult_ref(world.adults[pupil.guardians[0]])} if pupil.guardians else {}
        entries = [
            {"weekOffset": 0, "dayOfWeek": weekday, "startTime": "13:30", "endTime": "16:15"} for weekday in WEEKDAYS
        ]
        yield {
            "id": object_id(world, "schedule", pupil.index),
            "meta": meta(),
            "placement": ref(_placement_id(world, pupil)),
            "numberOfWeeks": 1,
            "startDate": f"{SCHOOL_YEAR}-08-18",
            "temporary": False,
            "state": [{"state": "Godkänt", "registeredAt": stamp(date(SCHOOL_YEAR, 8, 11)), **owner}],
            "scheduleEntries": entries,
        }


def attendance_events(world: World, day: date) -> Iterator[Json]:
    """Children in and out on the latest days."""
    for checked_day in lesson_days(world, day)[-CHECKED_DAYS:]:
        for pupil in _children(world):
            for kind, minutes in (("In", COMES), ("Ut", GOES + pupil.index % 30)):
                yield {
                    "id": object_id(world, "check", checked_day, kind, pupil.index),
                    "meta": meta(stamp(checked_day, 16)),
                    "time": local_time(checked_day, minutes),
                    "eventType": kind,
                    "person": pupil_ref(pupil),
                    "group": ref(world.classes[pupil.class_index].group_id),
                }
