"""The model of absence: how much each pupil is away in a term, and on which days and lessons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dia_assets.synthetic.population import ANOMALY_ABSENCE
from dia_assets.synthetic.presets import TODAY, Preset
from dia_assets.synthetic.school_calendar import school_days, school_days_before
from dia_assets.synthetic.timetable import stage
from dia_assets.synthetic.world import World

Floats = NDArray[np.float64]

# Mean absence of a term and the concentration of the Beta distribution that gives the usual share above 15 %.
_TERM_ABSENCE = {
    "low": (0.06, 13.5),
    "middle": (0.065, 14.0),
    7: (0.08, 8.0),
    8: (0.095, 14.5),
    9: (0.105, 16.5),
    "GY": (0.12, 36.0),
}
_VALID_SHARE = {"low": 0.92, "middle": 0.92, 7: 0.88, 8: 0.84, 9: 0.80, "GY": 0.70}
_WHOLE_DAYS = 0.7  # the part of the absence that is whole days; the rest is single lessons
_CORRELATION = -0.35
# Long absences: the part of the pupils that has one (at least one pupil), and how many school days it lasts.
_LONG_INVALID_SHARE, _LONG_INVALID_DAYS = 0.0017, (25, 25)
_LONG_VALID_SHARE, _LONG_VALID_DAYS = 0.012, (10, 20)


@dataclass(frozen=True)
class LongAbsence:
    """School days in a row on which a pupil is away all day, the last one included."""

    pupil: int
    first: date
    last: date
    is_valid: bool


def delivered_days(preset: Preset) -> list[date]:
    """The school days whose attendance has been delivered before today."""
    if preset.attendance_days:
        return school_days_before(TODAY, preset.attendance_days)
    if preset.attendance_from is None:
        return []
    return [day for day in school_days(preset.attendance_from) if day < TODAY]


def _group(form: str, grade_year: int) -> str | int:
    name = stage(form, grade_year)
    if name == "high":
        return grade_year
    return {"FKLASS": "low", "GRAN": "middle", "GYAN": "GY"}.get(name, name)


class AbsenceModel:
    """Chances of absence per pupil; arrays have one place per pupil of the world."""

    def __init__(self, world: World) -> None:
        rng = world.rng("absence")
        count = len(world.pupils)
        self.rate: Floats = np.zeros(count)
        self.valid_share: Floats = np.full(count, 0.9)
        groups: dict[str | int, list[int]] = {}
        for pupil in world.current_pupils():
            form = world.classes[pupil.class_index].form
            groups.setdefault(_group(form, pupil.grade_year or 0), []).append(pupil.index)
        theta = np.array([pupil.theta for pupil in world.pupils])
        for name, members in sorted(groups.items(), key=str):
            mean, concentration = _TERM_ABSENCE[name]
            rates = np.sort(rng.beta(mean * concentration, (1 - mean) * concentration, len(members)))
            tendency = _CORRELATION * theta[members] + np.sqrt(1 - _CORRELATION**2) * rng.standard_normal(len(members))
            self.rate[np.array(members)[np.argsort(tendency)]] = rates
            self.valid_share[members] = _VALID_SHARE[name]
        days = school_days()
        self._norm = float(np.mean([_day_factor(day) for day in days]))
        self.long_absences = _long_absences(world)
        self._rising = np.zeros(count, dtype=bool)
        if world.preset.anomalies:
            unit = [spec.code for spec in world.units].index(ANOMALY_ABSENCE)
            self._rising[[p.index for p in world.current_pupils() if p.unit_in(p.grade_year or 0) == unit]] = True

    def whole_day(self, day: date) -> Floats:
        """The chance that each pupil is away the whole day."""
        return np.minimum(_WHOLE_DAYS * self.rate * _day_factor(day) / self._norm, 0.95)

    def single_lesson(self, day: date) -> Floats:
        """The chance of being away from a lesson for pupils who are not away the whole day."""
        chance: Floats = (1 - _WHOLE_DAYS) * self.rate * _day_factor(day) / self._norm / 1.05
        return chance / np.maximum(1 - self.whole_day(day), 0.05)

    def valid(self, day: date) -> Floats:
        """The share of the absence that is valid; in one planted unit it falls week by week from week 40."""
        weeks = max(0, (day - date(2025, 9, 29)).days // 7)
        return np.where(self._rising, self.valid_share - min(0.02 * weeks, 0.5), self.valid_share)

    def long_absence(self, day: date, *, valid: bool) -> NDArray[np.bool_]:
        """Pupils in the middle of a long absence, valid or invalid."""
        result = np.zeros(len(self.rate), dtype=bool)
        result[[a.pupil for a in self.long_absences if a.is_valid == valid and a.first <= day <= a.last]] = True
        return result


def _long_absences(world: World) -> list[LongAbsence]:
    """One each for some pupils of those who are in the same class on all days that are delivered."""
    rng, days = world.rng("long-absence"), delivered_days(world.preset)
    if not days:
        return []
    there = {span.pupil for span in world.spans if span.first <= days[0] and (span.last or days[-1]) >= days[-1]}
    pupils = [pupil.index for pupil in world.current_pupils() if pupil.index in there and not pupil.role]
    if not pupils:
        return []
    chosen = iter(rng.permutation(pupils).tolist())
    found = []
    for is_valid, share, (least, most) in (
        (False, _LONG_INVALID_SHARE, _LONG_INVALID_DAYS),
        (True, _LONG_VALID_SHARE, _LONG_VALID_DAYS),
    ):
        for _ in range(max(1, round(share * len(pupils)))):
            length = min(int(rng.integers(least, most + 1)), len(days))
            start = int(rng.integers(0, len(days) - length + 1))
            found.append(LongAbsence(next(chosen), days[start], days[start + length - 1], is_valid))
    return found


def _day_factor(day: date) -> float:
    """Mondays and Fridays have more absence, February and November much more."""
    return (1.15 if day.weekday() in (0, 4) else 1.0) * (1.4 if day.month in (2, 11) else 1.0)
