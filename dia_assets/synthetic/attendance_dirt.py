"""Puts believable defects into a day's attendance rows and lines, and notes each in the truth file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dia_assets.synthetic.attendance import BLANK, NUMBER_FORMS, TEXT, AttendanceWriter, DayRows
from dia_assets.synthetic.truth import CHECK, QUARANTINE, REPAIR, Truth
from dia_assets.synthetic.world import World

Places = NDArray[np.int64]

# name: (share of the rows, what is expected, column). Low shares: seven million rows make many of each all the same.
DEFECTS: dict[str, tuple[float, str, str]] = {
    "minutes_do_not_add_up": (0.002, CHECK, "Giltig frånvaro"),
    "zero_minutes": (0.0005, CHECK, "Lektionsminuter"),
    "number_with_hyphen": (0.002, REPAIR, "Personnummer"),
    "number_ten_digits": (0.001, REPAIR, "Personnummer"),
    "number_wrong_check_digit": (0.0002, CHECK, "Personnummer"),
    "class_label_drift": (0.002, REPAIR, "Klass"),
    "text_in_minutes": (0.00005, QUARANTINE, "Närvarominuter"),
    "missing_number": (0.00003, QUARANTINE, "Personnummer"),
    "missing_lesson_id": (0.00002, QUARANTINE, "LektionsID"),
    "double_registered_identical": (0.0005, REPAIR, ""),
    "double_registered_differing": (0.0005, CHECK, ""),
    "too_few_fields": (0.00002, QUARANTINE, ""),
    "too_many_fields": (0.00002, QUARANTINE, ""),
}
_RAGGED = ("too_few_fields", "too_many_fields")


@dataclass
class Spot:
    """Where a day's rows stand: the file and the number of data rows before them."""

    file: str
    rows_before: int


class AttendanceDirt:
    """Chooses rows and changes them; every defect occurs at least once on the day given as `complete_on`."""

    def __init__(self, world: World, writer: AttendanceWriter, truth: Truth, complete_on: date) -> None:
        self._world, self._writer, self._truth, self._complete_on = world, writer, truth, complete_on
        count = len(world.pupils)
        self._usable = np.array([not p.is_protected and not p.role and p.number.isdigit() for p in world.pupils])
        self._pupils, self._classes = count, len(world.classes)

    def dirty_lines(self, day: date, rows: DayRows, spot: Spot) -> pa.Array:
        """The day's lines with defects; rows double-registered by a substitute come last."""
        rng = self._world.rng("attendance-dirt", day.toordinal())
        usable = self._usable[rows.pupil] & (rows.recorded == 1) & (rows.present < BLANK) & (rows.comment == 0)
        candidates = rng.permutation(np.flatnonzero(usable))
        chosen: dict[str, Places] = {}
        taken = 0
        for name, (share, expected, column) in DEFECTS.items():
            count = int(rng.poisson(share * self._world.preset.dirt_factor * len(rows)))
            if day == self._complete_on:
                count = max(count, 1)
            chosen[name] = np.sort(candidates[taken : taken + count])
            taken += count
            if not name.startswith("double"):
                self._truth.add(spot.file, name, expected, column, (chosen[name] + spot.rows_before + 1).tolist())
        for name, change in self._changes(rows).items():
            change(chosen[name])
        rows = self._double(rows, chosen, spot)
        return self._ragged(self._writer.lines(day, rows), chosen)

    def _changes(self, rows: DayRows) -> dict[str, Callable[[Places], None]]:
        def add(column: NDArray[np.int32], amount: int) -> Callable[[Places], None]:
            def change(places: Places) -> None:
                column[places] += amount

            return change

        def put(value: int, *columns: NDArray[np.int32]) -> Callable[[Places], None]:
            def change(places: Places) -> None:
                for column in columns:
                    column[places] = value

            return change

        return {
            "minutes_do_not_add_up": add(rows.valid, 20),
            "zero_minutes": put(0, rows.scheduled, rows.present, rows.valid, rows.invalid),
            "number_with_hyphen": add(rows.number, NUMBER_FORMS.index("hyphen") * self._pupils),
            "number_ten_digits": add(rows.number, NUMBER_FORMS.index("ten_digits") * self._pupils),
            "number_wrong_check_digit": add(rows.number, NUMBER_FORMS.index("wrong_check_digit") * self._pupils),
            "class_label_drift": self._drift(rows),
            "text_in_minutes": put(TEXT, rows.present),
            "missing_number": put(self._writer.missing_number, rows.number),
            "missing_lesson_id": put(self._writer.missing_lesson, rows.lesson),
        }

    def _drift(self, rows: DayRows) -> Callable[[Places], None]:
        def change(places: Places) -> None:
            rows.label[places] += (1 + places % 3).astype(np.int32) * self._classes

        return change

    def _double(self, rows: DayRows, chosen: dict[str, Places], spot: Spot) -> DayRows:
        for name in ("double_registered_identical", "double_registered_differing"):
            if not len(chosen[name]):
                continue
            copies = rows.take(chosen[name])
            if name.endswith("differing"):
                whole = copies.present == copies.scheduled
                copies.present = np.where(whole, 0, copies.scheduled).astype(np.int32)
                copies.valid = np.zeros_like(copies.valid)
                copies.invalid = np.where(whole, copies.scheduled, 0).astype(np.int32)
            first = spot.rows_before + len(rows) + 1
            numbers = list(range(first, first + len(copies)))
            self._truth.add(spot.file, name, DEFECTS[name][1], DEFECTS[name][2], numbers)
            rows = rows.join(copies)
        return rows

    @staticmethod
    def _ragged(lines: pa.Array, chosen: dict[str, Places]) -> pa.Array:
        places = np.concatenate([chosen[name] for name in _RAGGED])
        if not len(places):
            return lines
        order = np.argsort(places)
        texts = []
        for place, is_short in zip(
            places[order], (np.arange(len(places)) < len(chosen[_RAGGED[0]]))[order], strict=True
        ):
            line = lines[int(place)].as_py()
            ending = "\r\n" if line.endswith("\r\n") else "\n"
            bare = line.removesuffix(ending)
            texts.append((";".join(bare.split(";")[:7]) if is_short else f"{bare};x;y") + ending)
        mask = np.zeros(len(lines), dtype=bool)
        mask[places] = True
        return pc.replace_with_mask(lines, pa.array(mask), pa.array(texts))
