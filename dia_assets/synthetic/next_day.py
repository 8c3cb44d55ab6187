"""The next school day's deliveries: attendance, a correction, and a register with a move and a late mark."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from dia_assets.errors import DiaError
from dia_assets.synthetic.attendance import BLANK, AttendanceMaker, DayRows
from dia_assets.synthetic.attendance_files import write_day
from dia_assets.synthetic.municipality import Municipality, protected_entry
from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS, TODAY
from dia_assets.synthetic.register import groups, persons, write_list
from dia_assets.synthetic.school_calendar import next_school_day, school_days_before
from dia_assets.synthetic.truth import Truth
from dia_assets.synthetic.world import SECRECY_MARK, Pupil, Span, World

CORRECTED_DAYS_BACK = 2


def next_day(out: Path) -> Municipality:
    """Add the deliveries of the municipality's today and move its today to the next school day.

    Raises `DiaError` when there is no municipality in `out`, when it has no pupils, or when the school year is over.
    """
    municipality = Municipality.read(out)
    today = municipality.today_date
    tomorrow = next_school_day(today)
    world = build_world(PRESETS[municipality.preset], municipality.seed)
    if tomorrow is None or not world.pupils:
        raise DiaError(
            "the synthetic municipality has no further school day: make a new one with `dia generate`",
            "Den påhittade kommunen har inga fler skoldagar. Skapa en ny med `dia generate`.",
        )
    day, facts = TODAY, {}
    for number in range(1, municipality.days_added + 2):
        facts = _live_through(world, day, number)
        day = next_school_day(day) or tomorrow
    truth = Truth.read(out / "truth.json")
    _deliver(world, out / "extracts", today, facts)
    if "late_mark" in facts:
        truth.facts["protected"].append(facts["late_mark"])
    truth.facts.setdefault("days", []).append(facts)
    truth.write(out / "truth.json")
    following = replace(municipality, today=tomorrow.isoformat(), days_added=municipality.days_added + 1)
    following.write(out)
    return following


def _live_through(world: World, day: date, number: int) -> dict[str, object]:
    """What happens to the pupils on a day: one moves, one gets protected personal data."""
    rng = world.rng("next-day", number)
    facts: dict[str, object] = {"date": day.isoformat()}
    ongoing = [
        span for span in world.spans
        if span.last is None and not world.pupils[span.pupil].is_protected and not world.pupils[span.pupil].role
    ]  # fmt: skip
    order = rng.permutation(len(ongoing))
    for chosen in order:
        if move := _move(world, ongoing[chosen], day, rng):
            facts["move"] = move
            break
    marked = next(world.pupils[ongoing[chosen].pupil] for chosen in order[::-1] if ongoing[chosen].last is None)
    _mark(marked, day)
    facts["late_mark"] = protected_entry(world, marked)
    return facts


def _move(world: World, span: Span, day: date, rng: np.random.Generator) -> dict[str, str] | None:
    """Move the pupil to another unit; in a municipality of one unit the pupil leaves. None if no class fits."""
    own = world.classes[span.class_index]
    fitting = [c for c in world.classes if c.unit != own.unit and (c.form, c.grade_year) == (own.form, own.grade_year)]
    if not fitting and len(world.units) > 1:
        return None
    span.last = day - timedelta(1)
    pupil = world.pupils[span.pupil]
    pupil.changed = day
    move = {"person_id": pupil.person_id, "from_unit": world.units[own.unit].code, "date": day.isoformat()}
    if fitting:
        target = fitting[int(rng.integers(len(fitting)))]
        world.spans.append(Span(span.pupil, target.index, day))
        move["to_unit"] = world.units[target.unit].code
    return move


def _mark(pupil: Pupil, day: date) -> None:
    pupil.marking, pupil.changed = SECRECY_MARK, day


def _deliver(world: World, extracts: Path, today: date, facts: dict[str, object]) -> None:
    """Write the day's files and note their names."""
    register = extracts / "ss12000"
    write_list(register / f"persons_{today}.json", persons(world))
    write_list(register / f"groups_{today}.json", groups(world))
    maker = AttendanceMaker(world)
    facts["attendance_file"] = write_day(world, maker, extracts / "narvaro", today, maker.day(today))
    earlier = school_days_before(today, CORRECTED_DAYS_BACK)[0]
    rows = maker.day(earlier)
    unit = int(world.rng("correction", today.toordinal()).choice(np.unique(rows.unit)))
    rows = rows.take(rows.unit == unit)
    facts["corrected_unit"] = world.units[unit].code
    facts["corrected_rows"] = _correct(rows)
    facts["correction_file"] = write_day(world, maker, extracts / "narvaro", earlier, rows, correction=True)


def _correct(rows: DayRows) -> list[int]:
    """Excuse some invalid absence and record some lessons late; answers with the changed rows, counted from 1."""
    excused = np.flatnonzero((rows.invalid > 0) & (rows.invalid < BLANK))[::2]
    rows.valid[excused] = rows.invalid[excused]
    rows.invalid[excused] = 0
    late = np.flatnonzero(rows.recorded == 0)
    rows.recorded[late] = 1
    rows.present[late] = rows.scheduled[late]
    rows.valid[late] = rows.invalid[late] = 0
    changed = np.concatenate([excused, late])
    if not len(changed):
        whole = np.flatnonzero(rows.present == rows.scheduled)[:1]
        rows.valid[whole], rows.present[whole] = rows.present[whole], 0
        changed = whole
    return sorted(int(place) + 1 for place in changed)
