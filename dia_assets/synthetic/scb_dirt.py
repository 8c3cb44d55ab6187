"""Puts believable defects into the rows of the SCB files and notes each in the truth file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dia_assets.synthetic.truth import CHECK, QUARANTINE, REPAIR, Truth

if TYPE_CHECKING:
    from dia_assets.synthetic.scb import ResultFile
    from dia_assets.synthetic.world import World

Row = list[str]
Change = Callable[[Row, tuple[str, ...]], str | None]  # changes the row, answers with the column, or none: does not fit

_GRADE_COLUMNS = ("EN", "MA", "IDH", "GE", "BI", "MA_PROVB", "EN_PROVB")
# A defect that makes a row unreadable is put into larger files only: a small school's file must not be refused for it.
_SMALLEST_FILE_WITH_UNREADABLE_ROWS = 45


def _number(write: Callable[[str], str]) -> Change:
    def change(row: Row, columns: tuple[str, ...]) -> str | None:
        number = row[3]
        if len(number) != 12 or not number.isdigit():
            return None
        row[3] = write(number)
        return "PersonNr"

    return change


def _grade(write: Callable[[str], str]) -> Change:
    def change(row: Row, columns: tuple[str, ...]) -> str | None:
        for column in _GRADE_COLUMNS:
            if column in columns and row[columns.index(column)] in "ABCDEF":
                place = columns.index(column)
                row[place] = write(row[place])
                return column
        return None

    return change


def _dash(row: Row, columns: tuple[str, ...]) -> str | None:
    """An en dash from a word processor where SCB's file has 9."""
    if "BL" not in columns and "NO_PROV" not in columns:
        return None
    for column in columns[8:]:
        if row[columns.index(column)] == "9":
            row[columns.index(column)] = "–"
            return column
    return None


def _both_swedish(row: Row, columns: tuple[str, ...]) -> str | None:
    if "SVA" not in columns:
        return None
    sv, sva = columns.index("SV"), columns.index("SVA")
    row[sv if row[sv] == "2" else sva] = "E"
    return "SVA"


def _label(row: Row, columns: tuple[str, ...]) -> str | None:
    if "Klass" not in columns:
        return None
    label = row[5]
    row[5] = (f"{label[0]} {label[1].lower()}", f"0{label}", f"{label} (gamla 8{label[1]})")[len(row[6]) % 3]
    return "Klass"


def _points(row: Row, columns: tuple[str, ...]) -> str | None:
    """The letter O for a zero in the points of a test in year 3 or 6."""
    for column in columns:
        counted = column.endswith("_POANG") or (column.endswith("_PRP") and "SV_A_DELT" in columns)
        if counted and row[columns.index(column)] not in ("77", "88", "99"):
            row[columns.index(column)] = "1O"
            return column
    return None


def _missing_key(row: Row, columns: tuple[str, ...]) -> str | None:
    row[3] = ""
    return "PersonNr"


def _cut(row: Row, columns: tuple[str, ...]) -> str | None:
    del row[len(columns) // 2 :]
    return ""


def _extra(row: Row, columns: tuple[str, ...]) -> str | None:
    row.append("x")
    return ""


def _wrong_check_digit(number: str) -> str:
    return number[:11] + str((int(number[11]) + 1) % 10)


# name: (share of the rows, what is expected, change)
DEFECTS: dict[str, tuple[float, str, Change]] = {
    "number_ten_digits": (0.006, REPAIR, _number(lambda n: n[2:])),
    "number_with_hyphen": (0.008, REPAIR, _number(lambda n: f"{n[:8]}-{n[8:]}")),
    "number_wrong_check_digit": (0.005, CHECK, _number(_wrong_check_digit)),
    "grade_lower_case": (0.008, REPAIR, _grade(str.lower)),
    "grade_trailing_space": (0.006, REPAIR, _grade(lambda g: f"{g} ")),
    "grade_unknown": (0.001, CHECK, _grade(lambda g: "IG")),
    "grade_en_dash": (0.005, REPAIR, _dash),
    "sv_and_sva": (0.005, CHECK, _both_swedish),
    "class_label_drift": (0.01, REPAIR, _label),
    "missing_key": (0.001, QUARANTINE, _missing_key),
    "too_few_fields": (0.0005, QUARANTINE, _cut),
    "too_many_fields": (0.0005, QUARANTINE, _extra),
    "points_unknown": (0.002, CHECK, _points),
}


def add_dirt(world: World, kind: str, columns: tuple[str, ...], files: list[ResultFile], truth: Truth) -> None:
    """Change rows of one kind of file in place, one or more per defect that fits; protected pupils are spared."""
    rng = world.rng(f"dirt-{kind}")
    places = [
        (file, place)
        for file in files
        for place, pupil in enumerate(file.pupils)
        if not pupil.is_protected and not pupil.role
    ]
    free = [places[i] for i in rng.permutation(len(places))]
    unreadable: set[int] = set()
    for name, (share, expected, change) in DEFECTS.items():
        wanted = max(1, round(share * world.preset.dirt_factor * len(places)))
        kept = []
        for file, place in free:
            fits = wanted > 0
            if fits and expected == QUARANTINE:
                fits = len(file.rows) >= _SMALLEST_FILE_WITH_UNREADABLE_ROWS and id(file) not in unreadable
            column = change(file.rows[place], columns) if fits else None
            if column is None:
                kept.append((file, place))
                continue
            wanted -= 1
            if expected == QUARANTINE:
                unreadable.add(id(file))
            truth.add(file.name(world), name, expected, column, [place + 1])
        free = kept
