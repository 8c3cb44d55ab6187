"""What a synthetic municipality consists of: the plain records that the other modules fill and write out.

No chance and no files here, apart from the one way to get a generator of random numbers.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from dia_assets.synthetic.presets import Preset, UnitSpec

UNKNOWN_MARK = "Sekretess?"
SECRECY_MARK = "Sekretessmarkering"
PROTECTED_REGISTRATION = "Skyddad folkbokföring"

# The canary: values that one protected pupil alone has and that must be found nowhere outside the restricted zone.
CANARY_STRING = "KANARIEFAGEL7Q"
CANARY_MINUTES = 37.8125
CANARY_BIRTH_DATE = date(1999, 2, 7)
CANARY_START_DATE = date(2003, 2, 9)
CANARY_COMMENT = "KOMMENTARFAGEL9Z"


@dataclass(slots=True)
class Adult:
    """A guardian, a member of staff, or both."""

    person_id: str
    given_name: str
    family_name: str
    sex: str
    number: str | None = None
    birth_date: date | None = None
    marking: str | None = None


@dataclass(slots=True)
class Pupil:
    """A pupil, now or earlier. `path` is the unit index in grade years 0–3, 4–6, 7–9 and 10–12 (−1: none)."""

    index: int
    person_id: str
    given_name: str
    family_name: str
    sex: str
    birth_date: date
    cohort: int
    form: str
    number: str
    number_kind: str
    path: tuple[int, int, int, int]
    theta: float
    newly_arrived: bool
    education: float  # of the parents: 1 compulsory school, 2 upper secondary, 3 beyond it
    grade_year: int | None = None
    class_index: int = -1
    home_municipality: int = 381
    marking: str | None = None
    marked_in: str = "person"
    role: str = ""  # "canary", "test" or nothing
    guardians: list[int] = field(default_factory=list)
    changed: date | None = None  # the latest day on which the register changed something about the pupil

    @property
    def is_protected(self) -> bool:
        """Whether the pupil has protected personal data, wherever the mark stands."""
        return self.marking is not None

    def unit_in(self, grade_year: int) -> int:
        """Index of the unit where the pupil is or was in that grade year; −1 when there is none."""
        if self.form in ("GRAN", "GYAN"):
            return max(self.path)
        return self.path[min(max(grade_year - 1, 0) // 3, 3)]


@dataclass(slots=True)
class SchoolClass:
    """A class of the current school year."""

    index: int
    group_id: str
    unit: int
    form: str
    grade_year: int
    label: str
    programme: str | None = None


@dataclass(slots=True)
class Span:
    """A pupil's time in a class during the current school year; `last` is inclusive, none while it goes on."""

    pupil: int
    class_index: int
    first: date
    last: date | None = None


@dataclass(slots=True)
class SchoolYearOfStudies:
    """A pupil's school year in upper secondary school: its autumn, year of study, unit and study path."""

    autumn: int
    year: int
    unit: int
    programme: str
    last: date | None = None  # the day on which it ended, where it ended before its time


@dataclass(slots=True)
class Studies:
    """A pupil's way through upper secondary school; `spring` is the one in which it got a certificate, if it has."""

    pupil: Pupil
    years: list[SchoolYearOfStudies]
    spring: int | None = None
    is_former: bool = False


@dataclass(slots=True)
class Duty:
    """A post of a member of staff; `unit` −1 is the administration."""

    duty_id: str
    adult: int
    unit: int
    role: str
    percent: int
    mentor_of: int = -1


@dataclass
class World:
    """The municipality before it is written as extracts."""

    preset: Preset
    seed: int
    unit_ids: list[str] = field(default_factory=list)
    organisation_ids: dict[str, str] = field(default_factory=dict)
    pupils: list[Pupil] = field(default_factory=list)
    adults: list[Adult] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    classes: list[SchoolClass] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    unit_effect: list[float] = field(default_factory=list)
    newly_share: list[float] = field(default_factory=list)
    education_shift: list[float] = field(default_factory=list)
    unrecorded_share: list[float] = field(default_factory=list)
    moves: list[dict[str, str]] = field(default_factory=list)
    duplicates: list[tuple[int, str, str]] = field(default_factory=list)  # pupil, other person id, temporary number
    studies: list[Studies] = field(default_factory=list)  # in upper secondary school, of pupils now and of earlier ones

    @property
    def units(self) -> tuple[UnitSpec, ...]:
        """The school units, in the order of their index."""
        return self.preset.units

    def rng(self, part: str, *more: int) -> np.random.Generator:
        """A generator for one part, so that a change in one part leaves the others as they were."""
        return np.random.default_rng([self.seed, zlib.crc32(part.encode()), *more])

    def current_pupils(self) -> list[Pupil]:
        """The pupils of the current school year."""
        return [pupil for pupil in self.pupils if pupil.grade_year is not None]
