"""Every object that a server of SS 12000:2020 (2.1.0) has of a synthetic municipality, resource by resource.

`objects` gives streams: an object is made when it is asked for, so that a large municipality costs no more memory than
a small one. Everything follows from the world's seed. `planted` tells what is odd on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from dia_assets.synthetic import register
from dia_assets.synthetic.presets import TODAY
from dia_assets.synthetic.ss12000_objects import education, grades, leisure, presence, teaching
from dia_assets.synthetic.ss12000_objects.common import Json, Planted
from dia_assets.synthetic.world import World

__all__ = ["Json", "Planted", "objects", "planted"]


def objects(world: World, day: date = TODAY) -> Mapping[str, Callable[[], Iterator[Json]]]:
    """Path of the resource → a function that streams its objects anew, as the server has them on the morning of `day`.

    References carry `securityMarking` for protected persons and `displayName` never: that is for
    `expandReferenceNames`. On a later day there are more lessons, and one attendance has been changed.
    """
    lists: dict[str, Callable[[World], list[Json]]] = {
        "organisations": register.organisations,
        "persons": register.persons,
        "duties": register.duties,
        "groups": register.groups,
    }
    streams: dict[str, Callable[..., Iterator[Json]]] = {
        "programmes": education.programmes,
        "syllabuses": education.syllabuses,
        "schoolUnitOfferings": education.school_unit_offerings,
        "studyplans": education.study_plans,
        "rooms": teaching.rooms,
        "resources": teaching.resources,
        "activities": teaching.activities,
        "placements": leisure.placements,
        "attendanceSchedule": leisure.attendance_schedules,
        "grades": grades.grades,
    }
    daily: dict[str, Callable[[World, date], Iterator[Json]]] = {
        "calendarEvents": teaching.calendar_events,
        "attendances": presence.attendances,
        "absences": presence.absences,
        "aggregatedAttendance": presence.aggregated_attendance,
        "attendanceEvents": leisure.attendance_events,
    }
    return {
        **{name: _of_list(world, make) for name, make in lists.items()},
        **{name: _bound(make, world) for name, make in streams.items()},
        **{name: _bound(make, world, day) for name, make in daily.items()},
    }


def planted(world: World) -> list[Planted]:
    """What is odd on purpose, for truth: unknown values, a corrected grade, an attendance that is changed later."""
    if not world.pupils:
        return []
    return [*education.planted(world), *teaching.planted(world), *grades.planted(world), *presence.planted(world)]


def _of_list(world: World, make: Callable[[World], list[Json]]) -> Callable[[], Iterator[Json]]:
    return lambda: iter(make(world))


def _bound(make: Callable[..., Iterator[Json]], *arguments: Any) -> Callable[[], Iterator[Json]]:
    return lambda: make(*arguments)
