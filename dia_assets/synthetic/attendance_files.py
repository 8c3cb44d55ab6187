"""Writes the attendance system's files: one per closed month, one per day of the open month."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dia_assets.synthetic.absence import LongAbsence, delivered_days
from dia_assets.synthetic.attendance import HEADER, AttendanceMaker, AttendanceWriter, DayRows, line_bytes, plant_canary
from dia_assets.synthetic.attendance_dirt import AttendanceDirt, Spot
from dia_assets.synthetic.presets import TODAY
from dia_assets.synthetic.school_calendar import EPIPHANY, school_days
from dia_assets.synthetic.truth import CHECK, Truth
from dia_assets.synthetic.world import World


def file_name(period: str, correction: bool = False) -> str:
    """Name of the file of a month (YYYY-MM) or a day."""
    return f"lektionsnarvaro_{period}{'_rattelse' if correction else ''}.csv"


def encoding_of(period: str) -> str:
    """Odd months come in cp1252, even months in UTF-8: the system was upgraded and back again."""
    return "cp1252" if int(period[5:7]) % 2 else "utf-8"


def newline_of(period: str) -> str:
    """Line ends follow the encoding."""
    return "\r\n" if encoding_of(period) == "cp1252" else "\n"


def periods(days: list[date], today: date) -> dict[str, list[date]]:
    """The days by file: whole closed months, and each day of the month that is still open."""
    by_period: dict[str, list[date]] = {}
    for day in days:
        is_open = (day.year, day.month) == (today.year, today.month)
        by_period.setdefault(day.isoformat() if is_open else f"{day:%Y-%m}", []).append(day)
    return by_period


def write_attendance(world: World, folder: Path, truth: Truth) -> None:
    """Write every file delivered before today; one day is in memory at a time."""
    days = delivered_days(world.preset)
    if not days:
        return
    folder.mkdir(parents=True, exist_ok=True)
    maker = AttendanceMaker(world)
    truth.facts["long_absences"] = [_told(world, absence) for absence in maker.absence.long_absences]
    canary_planted = False
    for period, period_days in periods(days, TODAY).items():
        writer = AttendanceWriter(world, newline_of(period))
        dirt = AttendanceDirt(world, writer, truth, complete_on=days[0])
        name, count = file_name(period), 0
        with (folder / name).open("wb") as file:
            file.write(f"{HEADER}{newline_of(period)}".encode(encoding_of(period)))
            for day in period_days:
                rows = maker.day(day)
                canary_planted = canary_planted or plant_canary(world, rows)
                lines = dirt.dirty_lines(day, rows, Spot(name, count))
                file.write(_encoded(line_bytes(lines), period))
                count += len(lines)
            if period == f"{EPIPHANY:%Y-%m}":
                held = _lessons_on_a_holiday(maker)
                truth.add(name, "lesson_on_holiday", CHECK, "Datum", list(range(count + 1, count + len(held) + 1)))
                file.write(_encoded(line_bytes(writer.lines(EPIPHANY, held)), period))


def _told(world: World, absence: LongAbsence) -> dict[str, object]:
    return {
        "person_id": world.pupils[absence.pupil].person_id,
        "first": absence.first.isoformat(),
        "last": absence.last.isoformat(),
        "school_days": len(school_days(absence.first, absence.last)),
        "is_valid": absence.is_valid,
    }


def write_day(
    world: World, maker: AttendanceMaker, folder: Path, day: date, rows: DayRows, correction: bool = False
) -> str:
    """Write one day's rows, without defects, and answer with the file's name."""
    period = day.isoformat()
    name = file_name(period, correction)
    body = line_bytes(AttendanceWriter(world, newline_of(period)).lines(day, rows)).decode()
    (folder / name).write_bytes(f"{HEADER}{newline_of(period)}{body}".encode(encoding_of(period)))
    return name


def _encoded(text: bytes, period: str) -> bytes:
    return text if encoding_of(period) == "utf-8" else text.decode().encode(encoding_of(period))


def _lessons_on_a_holiday(maker: AttendanceMaker) -> DayRows:
    """One class registered on Epiphany."""
    rows = maker.day(EPIPHANY)
    protected = {pupil.index for pupil in maker.world.pupils if pupil.is_protected or pupil.role}
    for label in sorted(set(rows.label.tolist())):
        members = rows.take(rows.label == label)
        if not protected.intersection(members.pupil.tolist()):
            return members
    return rows.take(rows.label < 0)
