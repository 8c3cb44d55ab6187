"""What all objects have in common: ids from the seed, `meta`, references, times, and the days that have lessons."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dia_assets.synthetic.absence import delivered_days
from dia_assets.synthetic.presets import SCHOOL_YEAR, TODAY
from dia_assets.synthetic.register import FIRST_STAMP, STANDARD_FORM, reference
from dia_assets.synthetic.school_calendar import school_days
from dia_assets.synthetic.world import Adult, Duty, Pupil, World

Json = dict[str, Any]
SWEDEN = ZoneInfo("Europe/Stockholm")
YEAR_START, YEAR_END = f"{SCHOOL_YEAR}-08-18", f"{SCHOOL_YEAR + 1}-06-16"
LARGE, DAYS_OF_LARGE = 1000, 10  # a large municipality has lessons for its latest days only


@dataclass(frozen=True)
class Planted:
    """Something odd on purpose: which attribute of which object, and what it is called in the truth file."""

    resource: str
    id: str
    attribute: str
    defect: str


def object_id(world: World, *parts: object) -> str:
    """The id of an object, the same whenever it is made."""
    return str(uuid.uuid5(uuid.UUID(int=world.seed), "/".join(map(str, parts))))


def meta(modified: str = FIRST_STAMP, created: str | None = None) -> Json:
    """When the object was made and last changed."""
    return {"created": created or min(modified, FIRST_STAMP), "modified": modified}


def ref(entity_id: str) -> Json:
    """A reference to an object that is no person."""
    return {"id": entity_id}


def pupil_ref(pupil: Pupil) -> Json:
    """A reference to a pupil, marked when the pupil is protected."""
    return reference(pupil.person_id, pupil.marking)


def adult_ref(adult: Adult) -> Json:
    """A reference to an adult, marked when the adult is protected."""
    return reference(adult.person_id, adult.marking)


def school_type(form: str) -> str:
    """The standard's name of a school form; it still has those from before 2023."""
    return STANDARD_FORM.get(form, form)


def teachers_by_unit(world: World) -> dict[int, list[Duty]]:
    """The teachers' posts of every unit."""
    found: dict[int, list[Duty]] = {}
    for duty in world.duties:
        if duty.role == "Lärare":
            found.setdefault(duty.unit, []).append(duty)
    return found


def lesson_days(world: World, day: date) -> list[date]:
    """The school days before `day` whose lessons the server has, oldest first."""
    days = delivered_days(world.preset)
    if not days:
        return []
    days += [later for later in school_days(TODAY, day - timedelta(1)) if later not in days]
    return days[-DAYS_OF_LARGE:] if len(world.spans) > LARGE else days


def local_time(day: date, minutes: int) -> str:
    """RFC 3339 with Sweden's offset of that day, from minutes after midnight."""
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=SWEDEN).isoformat()


def stamp(day: date, hour: int = 14) -> str:
    """A moment in UTC, as `meta` has them."""
    return f"{day.isoformat()}T{hour:02d}:00:00Z"
