"""Attendance lesson by lesson, the absence that was announced, and the sums of a month; all from the same lessons."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from dia_assets.synthetic.attendance import BLANK, AttendanceMaker
from dia_assets.synthetic.presets import TODAY
from dia_assets.synthetic.ss12000_objects.common import (
    Json,
    Planted,
    adult_ref,
    lesson_days,
    local_time,
    meta,
    object_id,
    pupil_ref,
    ref,
    stamp,
    teachers_by_unit,
)
from dia_assets.synthetic.ss12000_objects.teaching import activity_id, event_id
from dia_assets.synthetic.timetable import SLOTS
from dia_assets.synthetic.world import CANARY_COMMENT, CANARY_START_DATE, World

SCHOOL_DAY = (8 * 60, 15 * 60)
LEAVE_EVERY = 9


@dataclass(slots=True)
class Lesson:
    """One pupil's part of one lesson, in whole minutes; None where nothing was filled in."""

    day: date
    pupil: int
    class_index: int
    slot: int
    subject: str
    scheduled: int
    present: int | None
    valid: int | None
    invalid: int | None
    is_reported: bool
    changed: date | None = None


def lessons_of(world: World, maker: AttendanceMaker, day: date, seen_on: date) -> Iterator[Lesson]:
    """The lessons of a day as they are known on `seen_on`: after TODAY one pupil's first absence has been excused."""
    rows = maker.day(day)
    changes = changed_lesson(world, maker) if seen_on > TODAY else None
    for row in range(len(rows)):
        class_index, slot = divmod(int(rows.lesson[row]), SLOTS)
        minutes = [int(part[row]) for part in (rows.present, rows.valid, rows.invalid)]
        present, valid, invalid = (None if half >= BLANK else half // 2 for half in minutes)
        lesson = Lesson(
            day, int(rows.pupil[row]), class_index, slot, maker.timetable.subjects[int(rows.subject[row])],
            int(rows.scheduled[row]) // 2, present, valid, invalid, bool(rows.recorded[row]),
        )  # fmt: skip
        if changes == (lesson.day, lesson.pupil, lesson.class_index, lesson.slot):
            lesson.valid, lesson.invalid = (lesson.valid or 0) + (lesson.invalid or 0), 0
            lesson.changed = TODAY
        yield lesson


def changed_lesson(world: World, maker: AttendanceMaker) -> tuple[date, int, int, int] | None:
    """The lesson whose invalid absence is excused afterwards: the first one that the server has."""
    for day in lesson_days(world, TODAY):
        for lesson in lessons_of(world, maker, day, TODAY):
            pupil = world.pupils[lesson.pupil]
            if lesson.is_reported and lesson.invalid and not pupil.is_protected and not pupil.role:
                return day, lesson.pupil, lesson.class_index, lesson.slot
    return None


def _attendance_id(world: World, day: date, pupil: int, class_index: int, slot: int) -> str:
    return object_id(world, "attendance", day, class_index, slot, pupil)


def planted(world: World) -> list[Planted]:
    """The attendance that is changed after TODAY."""
    changed = changed_lesson(world, AttendanceMaker(world)) if world.classes else None
    if changed is None:
        return []
    return [Planted("attendances", _attendance_id(world, *changed), "validAbsenceMinutes", "attendance_changed_later")]


def attendances(world: World, day: date) -> Iterator[Json]:
    """One object per pupil and lesson; in some units what was not reported counts as present."""
    maker, teachers = AttendanceMaker(world), teachers_by_unit(world)
    for lesson_day in lesson_days(world, day):
        for lesson in lessons_of(world, maker, lesson_day, day):
            pupil = world.pupils[lesson.pupil]
            at = (lesson.changed or lesson.day, 15 if lesson.changed else 14)
            row: Json = {
                "id": _attendance_id(world, lesson.day, lesson.pupil, lesson.class_index, lesson.slot),
                "meta": meta(stamp(*at), stamp(lesson.day)),
                "calendarEvent": ref(event_id(world, lesson.class_index, lesson.day, lesson.slot)),
                "student": pupil_ref(pupil),
                "isReported": lesson.is_reported,
            }
            if lesson.present is not None:
                row |= {"attendanceMinutes": lesson.present, "validAbsenceMinutes": lesson.valid}
                row |= {"invalidAbsenceMinutes": lesson.invalid, "otherAttendanceMinutes": 0}
            if lesson.is_reported:
                duties = teachers[world.classes[lesson.class_index].unit]
                reporter = duties[(lesson.class_index + lesson.slot) % len(duties)]
                row["reporter"] = adult_ref(world.adults[reporter.adult])
                row["reportedTimestamp"] = local_time(lesson.day, SCHOOL_DAY[1])
            if pupil.role == "canary":
                row["absenceReason"] = CANARY_COMMENT
            yield row


def absences(world: World, day: date) -> Iterator[Json]:
    """Announced absence: whole days of valid absence, reported by a guardian or, without one, by the pupil."""
    maker = AttendanceMaker(world)
    yield from _canary_absence(world)
    for lesson_day in lesson_days(world, day):
        away: dict[int, bool] = {}
        for lesson in lessons_of(world, maker, lesson_day, TODAY):
            whole = lesson.is_reported and lesson.valid == lesson.scheduled
            away[lesson.pupil] = away.get(lesson.pupil, True) and whole
        for index in sorted(pupil for pupil, is_away in away.items() if is_away):
            kind = "Beviljad ledighet" if (index + lesson_day.toordinal()) % LEAVE_EVERY == 0 else "Anmäld frånvaro"
            yield _absence(world, index, lesson_day, kind)


def _canary_absence(world: World) -> Iterator[Json]:
    for pupil in world.current_pupils():
        if pupil.role == "canary":
            yield _absence(world, pupil.index, CANARY_START_DATE, "Anmäld frånvaro")


def _absence(world: World, index: int, day: date, kind: str) -> Json:
    pupil = world.pupils[index]
    return {
        "id": object_id(world, "absence", day, index),
        "meta": meta(stamp(day, 6)),
        "startTime": local_time(day, SCHOOL_DAY[0]),
        "endTime": local_time(day, SCHOOL_DAY[1]),
        "type": kind,
        "student": pupil_ref(pupil),
        "organisation": ref(world.unit_ids[pupil.unit_in(pupil.grade_year or 0)]),
        "registeredBy": adult_ref(world.adults[pupil.guardians[0]]) if pupil.guardians else pupil_ref(pupil),
    }


def aggregated_attendance(world: World, day: date) -> Iterator[Json]:
    """The sums of each calendar month per pupil and activity, of exactly the lessons in `attendances`."""
    maker = AttendanceMaker(world)
    for _, days in groupby(lesson_days(world, day), key=lambda lesson_day: (lesson_day.year, lesson_day.month)):
        sums: dict[tuple[int, int, str], list[int]] = {}
        first = date.min
        for lesson_day in days:
            first = lesson_day.replace(day=1)
            for lesson in lessons_of(world, maker, lesson_day, day):
                total = sums.setdefault((lesson.pupil, lesson.class_index, lesson.subject), [0] * 5)
                shown = (lesson.present or 0, lesson.valid or 0, lesson.invalid or 0)
                reported = lesson.scheduled if lesson.is_reported else 0
                for place, minutes in enumerate((*shown, reported, lesson.scheduled)):
                    total[place] += minutes
        last = first + timedelta(calendar.monthrange(first.year, first.month)[1] - 1)
        for (pupil, class_index, subject), (present, valid, invalid, reported, offered) in sorted(sums.items()):
            yield {
                "activity": ref(activity_id(world, class_index, subject)),
                "student": pupil_ref(world.pupils[pupil]),
                "startDate": first.isoformat(),
                "endDate": last.isoformat(),
                "attendanceSum": present,
                "validAbsenceSum": valid,
                "invalidAbsenceSum": invalid,
                "otherAttendanceSum": 0,
                "reportedSum": reported,
                "offeredSum": offered,
            }
