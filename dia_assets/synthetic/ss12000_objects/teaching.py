"""What happens in school: an activity per class and subject, the lessons of the timetable, rooms and resources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from dia_assets.synthetic.school_calendar import LAST_DAY, school_days
from dia_assets.synthetic.ss12000_objects.common import (
    YEAR_END,
    YEAR_START,
    Json,
    Planted,
    lesson_days,
    local_time,
    meta,
    object_id,
    pupil_ref,
    ref,
    stamp,
    teachers_by_unit,
)
from dia_assets.synthetic.ss12000_objects.education import syllabus_id
from dia_assets.synthetic.timetable import Timetable, make_timetable
from dia_assets.synthetic.world import CANARY_COMMENT, Pupil, SchoolClass, World

ROOMS, WEEKS = 6, 36
COMING_DAYS = 5
PLANNED_AHEAD = 30  # days between a lesson's planning and the lesson
UNKNOWN_TYPE = "Läxhjälp"
_FIRST_GRADED_YEAR = 6


def activity_id(world: World, class_index: int, subject: str) -> str:
    """The id of the teaching of a subject to a class."""
    return object_id(world, "activity", class_index, subject)


def event_id(world: World, class_index: int, day: date, slot: int) -> str:
    """The id of a lesson."""
    return object_id(world, "event", class_index, day, slot)


def activities(world: World) -> Iterator[Json]:
    """The teaching of every class, subject by subject, with its teacher."""
    table, teachers = make_timetable(world), teachers_by_unit(world)
    for school_class in world.classes:
        weekly = _weekly_minutes(table, school_class)
        for place, (subject, minutes) in enumerate(weekly.items()):
            duties = teachers[school_class.unit]
            duty = duties[(school_class.index + place) % len(duties)]
            graded = school_class.grade_year >= _FIRST_GRADED_YEAR
            row: Json = {
                "id": activity_id(world, school_class.index, subject),
                "meta": meta(),
                "displayName": f"{school_class.label} {subject}",
                "calendarEventsRequired": True,
                "startDate": YEAR_START,
                "endDate": YEAR_END,
                "activityType": "Undervisning",
                "minutesPlanned": minutes * WEEKS,
                "groups": [ref(school_class.group_id)],
                "teachers": [{"duty": ref(duty.duty_id), "startDate": YEAR_START, "grader": graded}],
                "syllabus": ref(syllabus_id(world, school_class.form, subject)),
                "organisation": ref(world.unit_ids[school_class.unit]),
            }
            if school_class.index == 0 and place == 0:
                row |= {"activityType": UNKNOWN_TYPE, "comment": CANARY_COMMENT}
            yield row


def _weekly_minutes(table: Timetable, school_class: SchoolClass) -> dict[str, int]:
    """Subject → minutes a week, in the order of the timetable."""
    weekly: dict[str, int] = {}
    for weekday in range(5):
        for slot in range(int(table.lessons[school_class.index])):
            subject = table.subjects[int(table.subject[school_class.index, weekday, slot])]
            minutes = int(table.half_minutes[school_class.index, weekday, slot]) // 2
            weekly[subject] = weekly.get(subject, 0) + minutes
    return weekly


def planted(world: World) -> list[Planted]:
    """An activity of a type that the standard does not know."""
    first = next(iter(_weekly_minutes(make_timetable(world), world.classes[0])))
    return [Planted("activities", activity_id(world, 0, first), "activityType", "unknown_enumeration_value")]


def calendar_events(world: World, day: date) -> Iterator[Json]:
    """The lessons that have been held and those of the coming days; some have exceptions."""
    days = lesson_days(world, day)
    if not days:
        return
    days += school_days(day, min(day + timedelta(14), LAST_DAY))[:COMING_DAYS]
    table = make_timetable(world)
    members = _members(world)
    teachers = teachers_by_unit(world)
    for lesson_day in days:
        for school_class in world.classes:
            for slot in range(int(table.lessons[school_class.index])):
                row = _event(world, table, school_class, lesson_day, slot)
                if slot == 0 and members.get(school_class.index):
                    chosen = _excepted(members[school_class.index], lesson_day)
                    row["studentExceptions"] = [{"student": pupil_ref(chosen), "participates": False}]
                if slot == 1 and lesson_day.weekday() == 0:
                    duty = teachers[school_class.unit][-1]
                    row["teacherExceptions"] = [{"duty": ref(duty.duty_id), "participates": True}]
                yield row


def _members(world: World) -> dict[int, list[Pupil]]:
    found: dict[int, list[Pupil]] = {}
    for pupil in world.current_pupils():
        found.setdefault(pupil.class_index, []).append(pupil)
    return found


def _excepted(pupils: list[Pupil], day: date) -> Pupil:
    """The canary pupil in its class, else another pupil every day."""
    canary = [pupil for pupil in pupils if pupil.role == "canary"]
    return canary[0] if canary else pupils[day.toordinal() % len(pupils)]


def _event(world: World, table: Timetable, school_class: SchoolClass, day: date, slot: int) -> Json:
    place = school_class.index, min(day.weekday(), 4), slot
    start, half = int(table.start[place]), int(table.half_minutes[place])
    unit = world.units[school_class.unit]
    return {
        "id": event_id(world, school_class.index, day, slot),
        "meta": meta(stamp(max(day - timedelta(PLANNED_AHEAD), date.fromisoformat(YEAR_START)), 3)),
        "activity": ref(activity_id(world, school_class.index, table.subjects[int(table.subject[place])])),
        "startTime": local_time(day, start),
        "endTime": local_time(day, start + (half + 1) // 2),
        "cancelled": False,
        "teachingLengthStudent": half // 2,
        "rooms": [ref(object_id(world, "room", unit.code, (school_class.index + slot) % ROOMS))],
    }  # fmt: skip


def rooms(world: World) -> Iterator[Json]:
    """Some rooms in every unit."""
    for unit, unit_id in zip(world.units, world.unit_ids, strict=True):
        for number in range(ROOMS):
            room = object_id(world, "room", unit.code, number)
            yield {"id": room, "meta": meta(), "displayName": f"Sal {101 + number}", "seats": 30, "owner": ref(unit_id)}


def resources(world: World) -> Iterator[Json]:
    """A computer trolley in every unit."""
    for unit, unit_id in zip(world.units, world.unit_ids, strict=True):
        trolley = object_id(world, "resource", unit.code)
        yield {"id": trolley, "meta": meta(), "displayName": "Datorvagn", "owner": ref(unit_id)}
