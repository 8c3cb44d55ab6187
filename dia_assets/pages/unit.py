"""What a school unit's own page says: each indicator's periods, girls and boys, classes, and the municipality."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dia_assets.pages import swedish, words
from dia_assets.pages.context import Cell, Row, cell_of

PERIODS_SHOWN = 3


@dataclass(frozen=True)
class Line:
    """One indicator: the unit's cells of the family's periods, of girls and boys, of classes; the municipality's."""

    name: str
    unit: str
    periods: list[Cell]
    sexes: list[Cell]
    municipality: Cell
    classes: list[Cell]


@dataclass(frozen=True)
class Family:
    """Indicators with the same periods, the latest first; `is_open` where that period has not ended."""

    title: str
    periods: list[str]
    is_open: bool
    has_sexes: bool
    counts: str
    lines: list[Line]
    municipality_period: str
    classes: list[str]  # of the latest period, in the order of each line's cells
    reading: list[str]  # how the figures are to be read, each caution once


def families(rows: Sequence[Row], today: date) -> list[Family]:
    """Every family of which the unit has figures, in the order of the pages' words."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["family"]].append(row)
    order = {family: place for place, family in enumerate(words.FAMILIES)}
    return [_family(name, grouped[name], today) for name in sorted(grouped, key=lambda f: order.get(f, len(order)))]


def _place(class_name: str) -> tuple[int, str]:
    """Where a class stands among others: by its grade year, so that 10A comes after 9B."""
    digits = re.search(r"\d+", class_name)
    return (int(digits[0]) if digits else 0, class_name)


def _family(name: str, rows: Sequence[Row], today: date) -> Family:
    own = [row for row in rows if row["scope"] == "own"]
    found = {(r["scope"], r["indicator_id"], r["breakdown_value"], r["period"]): r for r in rows}
    periods = sorted({row["period"] for row in own if row["n"] or row["n_mark"]}, reverse=True)[:PERIODS_SHOWN]
    latest = periods[0] if periods else ""
    whole = {row["period"] for row in rows if row["scope"] == "municipality"}
    beside = next((period for period in periods if period in whole), latest)
    names = {row["indicator_id"]: row for row in own}
    by_sex = {row["indicator_id"] for row in own if row["breakdown"] == "sex" and row["period"] == latest}
    in_classes = [row for row in own if row["breakdown"] == "class" and row["period"] == latest]
    classes = sorted({row["breakdown_value"] for row in in_classes}, key=_place)
    by_class = {row["indicator_id"] for row in in_classes}
    lines = [
        Line(
            name=register["name_sv"],
            unit="%" if register["unit"] == "percent" else words.UNITS.get(register["unit"], str(register["unit"])),
            periods=[cell_of(found.get(("own", code, "all", period))) for period in periods],
            sexes=[cell_of(found.get(("own", code, sex, latest))) for sex in ("K", "M")] if code in by_sex else [],
            municipality=cell_of(found.get(("municipality", code, "all", beside))),
            classes=[cell_of(found.get(("own", code, name, latest))) for name in classes] if code in by_class else [],
        )
        for code, register in names.items()
        if any(("own", code, "all", period) in found for period in periods)
    ]
    closed = [row["period_closed_on"] for row in own if row["period"] == latest]
    return Family(
        title=words.FAMILIES.get(name, name),
        periods=[swedish.period(period) for period in periods],
        is_open=any(day is None or day > today for day in closed),
        has_sexes=bool(by_sex),
        counts=words.COUNTS.get(own[0]["counts"], "elever"),
        lines=lines,
        classes=classes,
        municipality_period=swedish.period(beside),
        reading=list(dict.fromkeys(register["read_sv"] for register in names.values())),
    )
