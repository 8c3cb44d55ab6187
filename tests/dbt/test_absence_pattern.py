"""Long and scattered absence: the mart against a count by hand, of a made municipality and of absence by chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from dia_assets.synthetic.absence import delivered_days
from dia_assets.synthetic.attendance import BLANK, AttendanceMaker
from dia_assets.synthetic.attendance_files import write_attendance
from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS
from dia_assets.synthetic.truth import Truth
from tests.dbt import golden
from tests.dbt.lake import Lake

Key = tuple[str, str, str]  # pupil, unit, term
LATE_MINUTES, WINDOW = 15, timedelta(days=28)


@dataclass(frozen=True)
class Lesson:
    """A lesson that was given: with nothing recorded, or with its minutes."""

    pupil: str
    unit: str
    day: date
    minutes: float
    recorded: bool
    present: float
    valid: float
    invalid: float


def term_of(day: date) -> str:
    return f"{'VT' if day.month < 7 else 'HT'}{day.year}"


def longest(marks: Iterable[bool]) -> int:
    best = run = 0
    for mark in marks:
        run = run + 1 if mark else 0
        best = max(best, run)
    return best


def highest_share(lessons: list[Lesson]) -> float | None:
    of_month: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for lesson in lessons:
        sums = of_month[lesson.day.year * 12 + lesson.day.month]
        sums[0] += lesson.invalid
        sums[1] += lesson.minutes
    pairs = [(of_month[month], of_month[month + 1]) for month in sorted(of_month) if month + 1 in of_month]
    return max(((one[0] + two[0]) / (one[1] + two[1]) for one, two in pairs), default=None)


def by_hand(lessons: list[Lesson]) -> dict[Key, tuple[int, int, int, int, float | None]]:
    """Recorded days, longest runs, most days with an invalid lesson, highest share: one pupil, unit, term at a time."""
    grouped: dict[Key, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        grouped[lesson.pupil, lesson.unit, term_of(lesson.day)].append(lesson)
    found = {}
    for key, group in grouped.items():
        known = [lesson for lesson in group if lesson.recorded]
        days: dict[date, list[Lesson]] = defaultdict(list)
        for lesson in sorted(known, key=lambda lesson: lesson.day):
            days[lesson.day].append(lesson)
        away = [not any(x.present for x in day) and any(x.valid + x.invalid for x in day) for day in days.values()]
        without_leave = [gone and not any(x.valid for x in day) for gone, day in zip(away, days.values(), strict=True)]
        truant = sorted(
            {x.day for x in known if x.invalid >= LATE_MINUTES or (x.invalid and x.invalid >= x.minutes)}
        )  # fmt: skip
        most = max((sum(first <= day < first + WINDOW for day in truant) for first in truant), default=0)
        found[key] = (len(days), longest(away), longest(without_leave), most, highest_share(known))
    return found


def set_lessons(lake: Lake, lessons: list[Lesson], load: int = 1) -> None:
    """Put lessons in the place of history's; the ones of a load have it as their number."""
    columns = {
        "person_key": [x.pupil for x in lessons],
        "school_unit_code": [x.unit for x in lessons],
        "lesson_id": [str(number) for number in range(len(lessons))],
        "lesson_date": [x.day for x in lessons],
        "scheduled_minutes": pa.array([x.minutes for x in lessons], pa.float64()),
        "present_minutes": pa.array([x.present for x in lessons], pa.float64()),
        "valid_absence_minutes": pa.array([x.valid for x in lessons], pa.float64()),
        "invalid_absence_minutes": pa.array([x.invalid for x in lessons], pa.float64()),
        "is_recorded": [x.recorded for x in lessons],
        "_load": pa.array([load] * len(lessons), pa.int64()),
    }
    with lake.connection() as connection:
        connection.register("given", pa.table(columns))
        connection.execute("create or replace table history.given_lessons as select * from given")
        connection.execute(
            "create or replace view history.narvaro__lesson_attendance as"
            " select *, '08:00' as start_time, '7A' as class_label, 'MA' as subject_code from history.given_lessons"
        )


def patterns(lake: Lake) -> dict[Key, tuple[int, int, int, int, float | None]]:
    lake.dbt("run", "--select", "fct_attendance_lesson", "fct_attendance_month", "fct_absence_pattern")
    rows = lake.query("select * from marts.fct_absence_pattern")
    return {
        (row["person_key"], row["school_unit_code"], row["term_code"]): (
            row["recorded_days"],
            row["longest_absence_run"],
            row["longest_invalid_run"],
            row["most_days_with_invalid_lesson"],
            row["highest_invalid_share"],
        )
        for row in rows
    }


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(Path(tmp_path_factory.mktemp("absence")))
    lake.deliver("ss12000.organisation", golden.organisation_rows())
    lake.deliver("ss12000.person", golden.person_rows())
    lake.build(today="2026-07-01", only=["fct_absence_pattern"])
    return lake


def test_a_made_municipality_has_the_long_absences_of_its_truth_file_and_no_other_figures_than_a_count_by_hand(
    lake: Lake, tmp_path: Path
) -> None:
    world, truth = build_world(PRESETS["tiny"], 7), Truth()
    write_attendance(world, tmp_path, truth)
    lessons = made_lessons(AttendanceMaker(world))
    set_lessons(lake, lessons, load=1)
    found = patterns(lake)
    assert found == by_hand(lessons)
    planted = truth.facts["long_absences"]
    assert {item["is_valid"] for item in planted} == {True, False}
    for item in planted:
        runs = [figures[1 if item["is_valid"] else 2] for key, figures in found.items() if key[0] == item["person_id"]]
        assert max(runs) >= item["school_days"] - 1, "a day on which nothing was recorded is the only one to be lost"
    month_long = {key[0] for key, figures in found.items() if figures[2] >= 20}
    assert month_long == {item["person_id"] for item in planted if not item["is_valid"]}
    assert any(figures[3] >= 5 for figures in found.values())


def made_lessons(maker: AttendanceMaker) -> list[Lesson]:
    """All delivered days of a made municipality, without defects."""
    pupils, units = maker.world.pupils, maker.world.units
    found = []
    for day in delivered_days(maker.world.preset):
        rows = maker.day(day)
        minutes = [
            np.where(part < BLANK, part, 0) / 2 for part in (rows.scheduled, rows.present, rows.valid, rows.invalid)
        ]
        found += [
            Lesson(pupils[pupil].person_id, units[unit].code, day, scheduled, bool(recorded), present, valid, invalid)
            for pupil, unit, recorded, scheduled, present, valid, invalid in zip(
                rows.pupil.tolist(), rows.unit.tolist(), rows.recorded.tolist(), *(part.tolist() for part in minutes),
                strict=True,
            )
        ]  # fmt: skip
    return found


@pytest.mark.parametrize("seed", range(4))
def test_absence_by_chance_over_two_terms_is_what_a_count_by_hand_gives(lake: Lake, seed: int) -> None:
    lessons = lessons_by_chance(np.random.default_rng(seed))
    set_lessons(lake, lessons, load=2 + seed)
    found = patterns(lake)
    assert found == by_hand(lessons)
    assert len({figures[1] for figures in found.values()}) > 8


def lessons_by_chance(rng: np.random.Generator) -> list[Lesson]:
    """Forty pupils, each with an own chance of whole days and single lessons away, and of nothing being recorded."""
    found = []
    for number in range(40):
        away, truant, unknown, stays = rng.uniform(0, 0.95), rng.uniform(0, 0.9), rng.uniform(0, 0.4), 0.85
        is_away = False
        for offset in range(0, 300, 1 + number % 3):
            day = date(2025, 9, 1) + timedelta(days=offset)
            is_away = is_away if rng.random() < stays else rng.random() < away
            for _ in range(2):
                minutes = float(rng.choice([10, 20, 40]))
                gone = minutes if is_away else float(rng.choice([0, 0, 10, 14.5, 15])) if rng.random() < 0.2 else 0.0
                gone = min(gone, minutes)
                invalid = gone if rng.random() < truant else 0.0
                unit = golden.UNIT if number % 5 else f"0000000{rng.integers(1, 3)}"
                recorded = bool(rng.random() >= unknown)
                found.append(
                    Lesson(f"P{number}", unit, day, minutes, recorded, minutes - gone, gone - invalid, invalid)
                )
    return found


def test_only_the_term_that_a_delivery_touches_is_computed_anew(lake: Lake) -> None:
    autumn, spring = (Lesson("p", golden.UNIT, date(*day), 60, True, 0, 0, 60) for day in ((2025, 9, 1), (2026, 3, 2)))
    set_lessons(lake, [autumn, spring], load=10)
    assert patterns(lake) == by_hand([autumn, spring])
    with lake.connection() as connection:
        connection.execute("update marts.fct_absence_pattern set recorded_days = -1")
    later = Lesson("p", golden.UNIT, date(2026, 4, 1), 60, True, 0, 60, 0)
    set_lessons(lake, [autumn, spring], load=10)
    with lake.connection() as connection:
        connection.execute(
            "insert into history.given_lessons by name select * replace (date '2026-04-01' as lesson_date, 'n' as"
            " lesson_id, 60 as valid_absence_minutes, 0 as invalid_absence_minutes, 11 as _load)"
            " from history.given_lessons where lesson_date = '2026-03-02'"
        )
    found = patterns(lake)
    assert found["p", golden.UNIT, "HT2025"][0] == -1
    assert found["p", golden.UNIT, "VT2026"] == by_hand([spring, later])["p", golden.UNIT, "VT2026"]


def test_a_pupil_who_is_taken_out_leaves_every_term(lake: Lake) -> None:
    rows = [Lesson(pupil, golden.UNIT, date(2025, 9, 1), 60, True, 60, 0, 0) for pupil in ("stays", "goes")]
    set_lessons(lake, rows, load=20)
    assert len(patterns(lake)) == 2
    set_lessons(lake, rows[:1], load=20)
    assert set(patterns(lake)) == {("stays", golden.UNIT, "HT2025")}


def test_compiling_the_model_deletes_nothing(lake: Lake) -> None:
    set_lessons(lake, [Lesson("p", golden.UNIT, date(2025, 9, 1), 60, True, 60, 0, 0)], load=30)
    before = patterns(lake)
    with lake.connection() as connection:
        connection.execute("delete from marts.fct_attendance_month")
    lake.dbt("compile", "--select", "fct_absence_pattern")
    assert lake.one("select count(*) from marts.fct_absence_pattern") == len(before) == 1
