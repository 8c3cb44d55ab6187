"""Makes lesson attendance day by day: one row per pupil and lesson, as arrays, never as Python objects.

Each random variable of a day has a generator of its own, so that a day can be made again, also after new pupils have
been added at the end, with the same outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dia_assets.synthetic.absence import AbsenceModel
from dia_assets.synthetic.names import COMMENTS
from dia_assets.synthetic.timetable import SLOTS, make_timetable
from dia_assets.synthetic.world import CANARY_COMMENT, CANARY_MINUTES, World

Ints = NDArray[np.int32]

HEADER = (
    "Skolenhetskod;Personnummer;Klass;Ämne;Datum;Start;LektionsID;Lektionsminuter;Närvarominuter;"
    "Giltig frånvaro;Ogiltig frånvaro;Rapporterad;Kommentar"
)
# Codes of minutes: 0–300 are half minutes, the others stand for what is no ordinary number.
BLANK, TEXT, CANARY = 301, 302, 303
NUMBER_FORMS = ("twelve", "hyphen", "ten_digits", "wrong_check_digit")  # code of a number = form × pupils + pupil
LABEL_FORMS = ("usual", "small", "zero", "former")


@dataclass
class DayRows:
    """A day's rows as codes into the lists of `AttendanceWriter`; `comment` 0 is no comment."""

    unit: Ints
    number: Ints
    label: Ints
    subject: Ints
    start: Ints
    lesson: Ints
    scheduled: Ints
    present: Ints
    valid: Ints
    invalid: Ints
    recorded: Ints
    comment: Ints
    pupil: Ints

    def __len__(self) -> int:
        return len(self.unit)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> DayRows:
        """Some of the rows."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def join(self, other: DayRows) -> DayRows:
        """These rows followed by the other's."""
        return replace(
            self, **{f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)}
        )


class AttendanceMaker:
    """Makes the rows of any school day of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.timetable = make_timetable(world)
        self.absence = AbsenceModel(world)
        self._class_unit = np.array([c.unit for c in world.classes], dtype=np.int32)
        self._pupil = np.array([span.pupil for span in world.spans], dtype=np.int32)
        self._class = np.array([span.class_index for span in world.spans], dtype=np.int32)
        self._first = np.array([span.first.toordinal() for span in world.spans])
        self._last = np.array([(span.last or date.max).toordinal() for span in world.spans])
        per_span = self.timetable.lessons[self._class]
        self._row_span = np.repeat(np.arange(len(world.spans)), per_span)
        starts = np.repeat(np.cumsum(per_span) - per_span, per_span)
        self._row_slot = (np.arange(len(self._row_span)) - starts).astype(np.int32)
        self._filled_when_unrecorded = np.array([share == 0.25 for share in world.unrecorded_share])

    def _rng(self, day: date, variable: str) -> np.random.Generator:
        return self.world.rng(f"attendance-{variable}", day.toordinal())

    def day(self, day: date) -> DayRows:
        """The rows of a day, without any defect."""
        world, table, weekday = self.world, self.timetable, min(day.weekday(), 4)
        span, slot = self._row_span, self._row_slot
        pupil, school_class = self._pupil[span], self._class[span]
        unit = self._class_unit[school_class]
        scheduled = table.half_minutes[school_class, weekday, slot]
        whole, single = self.absence.whole_day(day), self.absence.single_lesson(day)
        long_valid, long_invalid = (self.absence.long_absence(day, valid=valid) for valid in (True, False))
        is_away = (self._rng(day, "day").random(len(whole)) < whole) | long_valid | long_invalid
        last_lesson = slot == table.lessons[school_class] - 1
        chance = single[pupil] * np.where(last_lesson, 1.3, 1.0)
        is_single = ~is_away[pupil] & (self._rng(day, "lesson").random(len(pupil)) < chance)
        is_late = is_single & (self._rng(day, "late").random(len(pupil)) < 0.3)
        valid_chance = self.absence.valid(day)
        day_valid = (self._rng(day, "valid-day").random(len(whole)) < valid_chance) & ~long_invalid | long_valid
        lesson_valid = self._rng(day, "valid-lesson").random(len(pupil)) < valid_chance[pupil]
        is_valid = np.where(is_away[pupil], day_valid[pupil], lesson_valid)
        away = np.where(is_late, np.minimum(10 + pupil % 21, scheduled), scheduled) * (is_away[pupil] | is_single)
        unrecorded = self._rng(day, "unrecorded").random((len(world.classes), SLOTS))
        recorded = unrecorded[school_class, slot] >= np.array(world.unrecorded_share)[unit]
        blank = ~recorded & ~self._filled_when_unrecorded[unit]
        present = np.where(recorded, scheduled - away, scheduled)
        rows = DayRows(
            unit=unit, number=pupil, label=school_class, subject=table.subject[school_class, weekday, slot],
            start=table.start[school_class, weekday, slot], lesson=school_class * SLOTS + slot, scheduled=scheduled,
            present=np.where(blank, BLANK, present).astype(np.int32),
            valid=np.where(blank, BLANK, away * is_valid * recorded).astype(np.int32),
            invalid=np.where(blank, BLANK, away * ~is_valid * recorded).astype(np.int32),
            recorded=recorded.astype(np.int32), comment=self._comments(day, len(pupil)), pupil=pupil,
        )  # fmt: skip
        on_day = (self._first[span] <= day.toordinal()) & (self._last[span] >= day.toordinal())
        return rows if on_day.all() else rows.take(on_day)

    def _comments(self, day: date, size: int) -> Ints:
        draw = self._rng(day, "comment").random(size)
        return np.where(draw < 0.004, 1 + (draw * 1e6).astype(np.int32) % len(COMMENTS), 0).astype(np.int32)


def plant_canary(world: World, rows: DayRows) -> bool:
    """Give one recorded, fully attended lesson of the canary pupil its number, and the next row its comment."""
    canary = next(pupil.index for pupil in world.pupils if pupil.role == "canary")
    found = np.flatnonzero((rows.pupil == canary) & (rows.recorded == 1) & (rows.present == rows.scheduled))
    if not len(found):
        return False
    rows.scheduled[found[0]] = rows.present[found[0]] = CANARY
    rows.comment[0 if found[0] else 1] = len(COMMENTS) + 1
    return True


class AttendanceWriter:
    """Turns a day's codes into lines of text."""

    def __init__(self, world: World, newline: str) -> None:
        numbers = [pupil.number or pupil.person_id for pupil in world.pupils]
        labels = [c.label for c in world.classes]
        self._newline = newline
        self._units = pa.array([unit.code for unit in world.units])
        self._numbers = pa.array(
            numbers + [f"{n[:8]}-{n[8:]}" for n in numbers] + [n[2:] for n in numbers]
            + [n[:-1] + str((int(n[-1], 16) + 1) % 10) for n in numbers] + [""]
        )  # fmt: skip
        self._labels = pa.array(
            labels + [label.lower() for label in labels] + [f"0{label}" for label in labels]
            + [f"{label} (gamla 8A)" for label in labels]
        )  # fmt: skip
        table = make_timetable(world)
        self._subjects, self._starts = pa.array(table.subjects), pa.array(table.starts)
        half = [f"{n // 2},5" if n % 2 else str(n // 2) for n in range(BLANK)]
        self._minutes = pa.array([*half, "", "hela", str(CANARY_MINUTES).replace(".", ",")])
        self._recorded = pa.array(["N", "J"])
        self._comments = pa.array([text + newline for text in ("", *COMMENTS, CANARY_COMMENT)])
        self._lesson_count = len(world.classes) * SLOTS
        self.missing_number = len(numbers) * len(NUMBER_FORMS)
        self.missing_lesson = self._lesson_count

    def lines(self, day: date, rows: DayRows) -> pa.Array:
        """One line per row, newline included."""
        stamp = f"{day:%y%m%d}"
        lessons = pa.array([f"L{n // SLOTS:04d}{stamp}{n % SLOTS + 1}" for n in range(self._lesson_count)] + [""])
        columns = [
            self._units.take(pa.array(rows.unit)),
            self._numbers.take(pa.array(rows.number)),
            self._labels.take(pa.array(rows.label)),
            self._subjects.take(pa.array(rows.subject)),
            pa.scalar(day.isoformat()),
            self._starts.take(pa.array(rows.start)),
            lessons.take(pa.array(rows.lesson)),
            *(self._minutes.take(pa.array(part)) for part in (rows.scheduled, rows.present, rows.valid, rows.invalid)),
            self._recorded.take(pa.array(rows.recorded)),
            self._comments.take(pa.array(rows.comment)),
        ]
        return pc.binary_join_element_wise(*columns, ";")


def line_bytes(lines: pa.Array) -> bytes:
    """The lines of an array one after the other, as UTF-8; they already end in a newline."""
    data = pc.cast(lines, pa.large_string())
    offsets = np.frombuffer(data.buffers()[1], dtype=np.int64)[data.offset : data.offset + len(data) + 1]
    return bytes(memoryview(data.buffers()[2])[offsets[0] : offsets[-1]]) if len(data) else b""
