"""What each page says, as plain values prepared from the publication's own tables and the contracts; no HTML here.

Whatever is not in the publication cannot be on a page, since pages are made from nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dia_assets.contracts import DatasetContract
from dia_assets.pages import chart, swedish, words

Row = dict[str, Any]
Rows = Callable[[str], list[Row]]
PERIODS_SHOWN = 5
NARROW, WIDE = 330, 860
WHOLE_FROM = 10_000  # so large a number is a sum of money, and its decimals say nothing
HIGHEST = {"index": 10, "scale_1_4": 4, "scale_1_5": 5}  # the end of a scale, by unit


@dataclass(frozen=True)
class Site:
    """What the pages need to know besides the publication: whose data it is, and the data inventory."""

    municipality: str
    is_synthetic: bool
    contracts: Mapping[str, DatasetContract]


@dataclass(frozen=True)
class Cell:
    """One published figure as a reader sees it; `explanation` is read out for a mark."""

    text: str
    n: str = ""
    explanation: str = ""
    is_uncertain: bool = False


@dataclass(frozen=True)
class UnitLine:
    """One school unit's line: the latest period with n, then earlier periods."""

    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class Indicator:
    """Everything an indicator's page shows."""

    register: Row
    slug: str
    unit: str
    periods: list[str]
    municipality: list[tuple[str, Cell]]
    charts: tuple[str, str]
    new_versions: dict[str, str]  # the periods from which another version of the definition holds
    units: list[UnitLine]
    sex_groups: list[str]
    sexes: list[tuple[str, list[Cell], str]]
    parts: list[tuple[str, list[Cell]]]  # of the municipality: kinds of principal and homes, each period
    latest: Cell | None
    quality: int | None
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The indicator's Swedish name."""
        return str(self.register["name_sv"])


def indicators(rows: Rows) -> list[Indicator]:
    """Every indicator of the publication with its figures, in the register's order."""
    values: dict[str, list[Row]] = defaultdict(list)
    for row in rows("indicator_value"):
        values[row["indicator_id"]].append(row)
    gaps = {(row["indicator_id"], row["entity_code"], row["period"]): row["gap"] for row in rows("sex_gap")}
    newest = {row["indicator_id"]: row for row in rows("indicator")}
    return [_indicator(row, values[code], gaps) for code, row in newest.items()]


def _indicator(register: Row, values: list[Row], gaps: Mapping[tuple[str, str, str], float]) -> Indicator:
    shares = register["unit"] in ("percent", "share")
    unit = "%" if shares else words.UNITS.get(register["unit"], register["unit"] or "")
    factor = 100 if register["unit"] == "share" else 1
    periods = sorted({row["period"] for row in values}, reverse=True)
    found = {(r["entity_code"], r["breakdown"], r["breakdown_value"], r["period"]): r for r in values}

    def cell(code: str, group: str, period: str) -> Cell:
        return cell_of(found.get((code, "all" if group == "all" else "sex", group, period)), factor)

    whole = sorted((r for r in values if r["level"] == "municipality" and r["breakdown"] == "all"), key=_period)
    points = [
        chart.Point(
            swedish.short_period(r["period"]),
            None if r["value"] is None else r["value"] * factor,
            r["mark"],
            str(r["indicator_version"]),
        )
        for r in whole
    ]
    units = _units(values)
    shown = periods[:PERIODS_SHOWN]
    by_sex = [r for r in values if r["breakdown"] == "sex"]
    groups = sorted({r["breakdown_value"] for r in by_sex})
    with_sex = {r["entity_code"] for r in by_sex}
    named = {**{r["entity_code"]: r["entity_name"] for r in whole}, **units}
    return Indicator(
        register=register,
        slug=slug(register["indicator_id"]),
        unit=unit,
        periods=shown,
        municipality=[(r["period"], cell_of(r, factor)) for r in reversed(whole)],
        charts=_charts(register, points, unit),
        new_versions={whole[place]["period"]: points[place].version for place in chart.breaks(points)},
        units=[UnitLine(name, [cell(code, "all", p) for p in shown]) for code, name in units.items()],
        sex_groups=groups,
        sexes=[
            (
                name,
                [cell(code, group, periods[0]) for group in groups],
                _gap(gaps.get((register["indicator_id"], code, periods[0])), factor),
            )
            for code, name in named.items()
            if code in with_sex
        ],
        parts=_parts(values, shown, factor),
        latest=cell_of(whole[-1], factor) if whole else None,
        quality=(whole or values)[-1]["quality_percent"] if values else None,
        marks={
            mark: text for mark, text in words.MARKS.items() if any(mark in (r["mark"], r["n_mark"]) for r in values)
        },
    )


def _parts(values: Sequence[Row], periods: Sequence[str], factor: int) -> list[tuple[str, list[Cell]]]:
    """What is told of the municipality's kinds of principal and homes, where a definition is broken down so."""
    found = {(r["breakdown_value"], r["period"]): r for r in values if r["breakdown"] in ("principal", "home")}
    told = [group for group in words.GROUPS if any((group, period) in found for period in periods)]
    return [
        (words.GROUPS[group], [cell_of(found.get((group, period)), factor) for period in periods]) for group in told
    ]


def _gap(gap: float | None, factor: int) -> str:
    """Girls minus boys; nothing where the value of either is kept back."""
    return "–" if gap is None else swedish.number(gap * factor, 1)


def headlines(shown: Sequence[Indicator]) -> list[Indicator]:
    """What the start page shows: the register's headlines, or everything where none is published."""
    return [indicator for indicator in shown if indicator.register["is_headline"]] or list(shown)


def _period(row: Row) -> str:
    return str(row["period"])


def _units(values: Sequence[Row]) -> dict[str, str]:
    """Code and name of the school units, in Swedish alphabetical order and no other."""
    units = {r["entity_code"]: r["entity_name"] for r in values if r["level"] == "unit"}
    return dict(sorted(units.items(), key=lambda item: (swedish.sort_key(item[1]), item[0])))


def cell_of(row: Row | None, factor: int = 1) -> Cell:
    """A published figure as a reader sees it; a share of 1 is shown times `factor`."""
    if row is None:
        return Cell("–", explanation="Ingen uppgift för perioden")
    n = swedish.number(row["n"]) if row["n"] is not None else (row["n_mark"] or "")
    if row["value"] is None:
        mark = row["mark"] or "–"
        return Cell(mark, n, words.MARKS.get(mark, ""))
    text = swedish.number(row["value"] * factor, 0 if row["value"] * factor >= WHOLE_FROM else 1)
    return Cell(text, n, is_uncertain=bool(row.get("is_uncertain")))


def _charts(register: Row, points: list[chart.Point], unit: str) -> tuple[str, str]:
    title = f"{register['name_sv']}, hela kommunen, {unit}. Värdena står i tabellen intill."
    narrow, wide = (
        chart.line(
            points[-keep:],
            title=title,
            identity=f"{slug(register['indicator_id'])}-{width}",
            width=width,
            unit=unit,
            limit=100 if unit == "%" else HIGHEST.get(register["unit"]),
        )
        for width, keep in ((NARROW, 6), (WIDE, 12))
    )
    return narrow, wide


def slug(code: str) -> str:
    """An indicator's code as part of a file name and address."""
    return "".join(c if c.isalnum() else "-" for c in code.lower())


def by_family(shown: Sequence[Indicator]) -> list[tuple[str, list[Indicator]]]:
    """Indicators under the heading of their family."""
    grouped: dict[str, list[Indicator]] = defaultdict(list)
    for indicator in shown:
        grouped[indicator.register["family"]].append(indicator)
    return [(words.FAMILIES.get(family, family), group) for family, group in grouped.items()]


def table_list(rows: Rows) -> list[Row]:
    """Every table of the publication with its columns."""
    columns: dict[str, list[Row]] = defaultdict(list)
    for column in rows("column_description"):
        columns[column["table_name"]].append(column)
    shown = sorted(rows("table_description"), key=lambda row: swedish.sort_key(row["label_sv"]))
    return [{**row, "columns": columns[row["table_name"]]} for row in shown]


def quality_by_dataset(rows: Rows) -> list[Row]:
    """One line per dataset: its lowest level and the level of each dimension."""
    grouped: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in rows("quality"):
        grouped[row["layer"], row["label_sv"]][row["dimension"]] = row["level_percent"]
    lines = [
        {"layer": words.LAYERS.get(layer, layer), "label_sv": label, "levels": levels, "lowest": min(levels.values())}
        for (layer, label), levels in grouped.items()
    ]
    order = list(words.LAYERS.values())
    return sorted(lines, key=lambda line: (order.index(str(line["layer"])), swedish.sort_key(str(line["label_sv"]))))


def rules(rows: Rows) -> tuple[list[Row], list[Row]]:
    """Rules that do not hold (worst first) and rules that do."""
    severity = list(words.SEVERITIES)
    layers = list(words.LAYERS)

    def order(row: Row) -> tuple[int, int, str, str]:
        where = layers.index(row["layer"])
        return severity.index(row["severity"]), where, swedish.sort_key(row["label_sv"]), row["rule_id"]

    shown = sorted(rows("quality_rule"), key=order)
    return [row for row in shown if not row["passed"]], [row for row in shown if row["passed"]]


def work_items(rows: Rows, site: Site) -> list[Row]:
    """What the steward has to put right in the sources, most rows first; datasets under their Swedish names."""

    def named(datasets: str | None) -> str:
        keys = (datasets or "").split(", ")
        return ", ".join(site.contracts[key].label_sv if key in site.contracts else key for key in keys)

    return [{**row, "where": named(row["dataset"])} for row in sorted(rows("work_item"), key=lambda r: -r["row_count"])]


def freshness(rows: Rows) -> list[tuple[str, list[Row]]]:
    """Datasets under the heading of their source system."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows("freshness"):
        grouped[row["system_label_sv"]].append(row)
    return list(grouped.items())


def inventory(site: Site) -> list[tuple[DatasetContract, list[tuple[str, list[str]]]]]:
    """The data inventory: each contract with its columns grouped by how sensitive they are."""
    shown = []
    for contract in sorted(site.contracts.values(), key=lambda c: swedish.sort_key(c.label_sv)):
        groups: dict[str, list[str]] = {}
        for key, label in words.CLASSIFICATIONS.items():
            names = [column.name for column in contract.columns if column.classification == key]
            if names:
                groups[label] = names
        shown.append((contract, list(groups.items())))
    return shown
