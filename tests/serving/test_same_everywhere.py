"""One figure, one mark: what a publication says is the same in its database, its Parquet, its sheet and its pages."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from dia_assets.pages import swedish
from dia_assets.serving import tables, units
from dia_assets.settings import Settings

from .lakehouse import Cell, demo_cells, fill_ledger, night, suppressed

CODE = "00000001"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data=tmp_path_factory.mktemp("same") / "data", memory_limit="1GB", threads=2)
    fill_ledger(settings)
    own = [
        replace(cell, audience="unit", policy_id="unit-1")
        for cell in demo_cells()
        if (cell.audience, cell.level) == ("municipality", "unit")
    ]
    marks = [replace(Cell(), indicator_id="IND-04.YP", period="2019/20", value=None, mark="~100"),
             replace(Cell(), indicator_id="IND-04.ES", period="2019/20", value=None, mark=".", n=0)]  # fmt: skip
    night(settings, [*demo_cells(), *own, *marks])
    return settings


def folder(settings: Settings, audience: str) -> Path:
    return settings.lake.serving(audience) / "current"


def of_database(settings: Settings, audience: str, query: str) -> list[Row]:
    with duckdb.connect(folder(settings, audience) / "skoldata.duckdb", read_only=True) as connection:
        return connection.execute(query).to_arrow_table().to_pylist()


@pytest.mark.parametrize("audience", tables.AUDIENCES)
def test_every_cell_of_every_table_is_the_same_in_the_database_and_in_parquet(
    published: Settings, audience: str
) -> None:
    for table in tables.tables_for(audience):
        of_file = pq.read_table(folder(published, audience) / "parquet" / f"{table.name}.parquet").to_pylist()
        assert of_file == of_database(published, audience, f"from {table.name}"), table.name
    assert {row["mark"] for row in of_database(published, "public", "from indicator_value")} == {
        None,
        "..",
        "~100",
        ".",
    }


def _cells(html: str, table_id: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The lines of a table of a page: heading, and of each cell what is shown and what stands under it."""
    start = html.find(f'id="{table_id}"')
    body = html[start : html.find("</table>", start)] if start > 0 else ""
    for line in re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", body, re.DOTALL):
        head, *cells = line.split('<td class="num">')
        yield (
            unescape(re.sub(r"<span class=\"under\">.*?</span>|<[^>]+>", "", head)),
            [(_text(cell), _text("".join(re.findall(r"<span class=\"under\">(.*?)</span>", cell)))) for cell in cells],
        )


def _text(cell: str) -> str:
    bare = re.sub(r"<span class=\"(?:under|away)\">.*?</span>", "", cell) if "<span" in cell else cell
    return unescape(re.sub(r"<[^>]+>", "", bare)).strip()


def _shown(row: Row | None) -> str:
    if row is None:
        return "–"
    return str(row["mark"]) if row["value"] is None else swedish.number(row["value"], 1)


def _number(row: Row | None) -> str:
    if row is None:
        return ""
    return swedish.number(row["n"]) if row["n"] is not None else row["n_mark"] or ""


@pytest.mark.parametrize("audience", tables.AUDIENCES)
def test_every_cell_of_every_page_is_that_of_the_database(published: Settings, audience: str) -> None:
    found: dict[str, dict[Any, Row]] = defaultdict(dict)
    for row in of_database(published, audience, "from indicator_value"):
        name = "Hela kommunen" if row["level"] == "municipality" else row["entity_name"]
        found[row["indicator_id"]][name, row["breakdown_value"], row["period"]] = row
    compared = 0
    for indicator, rows in found.items():
        page = (folder(published, audience) / f"indikator-{_slug(indicator)}.html").read_text(encoding="utf-8")
        periods = sorted({period for *_, period in rows}, reverse=True)
        whole = {swedish.period(p): rows.get(("Hela kommunen", "all", p)) for p in periods}
        for when, ((value, _), (n, _)) in _cells(page, "kommunen"):
            assert (value, n) == (_shown(whole[when]), _number(whole[when])), (indicator, when)
            compared += 1
        for name, ((latest, _), (n, _), *earlier) in _cells(page, "enheter"):
            own = [rows.get((name, "all", period)) for period in periods[:5]]
            assert [latest, *(value for value, _ in earlier)] == [_shown(row) for row in own], (indicator, name)
            assert n == (_number(own[0]) or "–")
            compared += len(own)
        for name, (girls, boys, _) in _cells(page, "konen"):
            place = name if (name, "K", periods[0]) in rows else "Hela kommunen"
            for (value, _), sex in ((girls, "K"), (boys, "M")):
                assert value == _shown(rows.get((place, sex, periods[0]))), (indicator, name, sex)
                compared += 1
    assert compared > 300


def _slug(code: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in code.lower())


def test_every_figure_of_a_unit_is_the_same_in_its_parquet_its_sheet_and_on_its_page(published: Settings) -> None:
    current = published.lake.serving(tables.UNIT) / CODE / "current"
    figures = pq.read_table(current / units.FIGURES).to_pylist()
    with (current / units.SHEET).open(encoding="utf-8-sig", newline="") as file:
        sheet = list(csv.DictReader(file, delimiter=";"))
    assert len(sheet) == len(figures) > 50
    for row, line in zip(figures, sheet, strict=True):
        value = None if line["Värde"] == "" else float(line["Värde"].replace(",", "."))
        n = None if line["Antal"] == "" else int(line["Antal"])
        assert (line["Indikator"], line["Period"]) == (row["indicator_id"], swedish.period(row["period"]))
        assert (value, line["Tecken"] or None, n, line["Tecken för antal"] or None) == (
            row["value"], row["mark"], row["n"], row["n_mark"]
        )  # fmt: skip
    page = (current / "index.html").read_text(encoding="utf-8")
    latest = max(row["period"] for row in figures if row["family"] == "leaving_results")
    lines = {name: cells for table in (1, 2) for name, cells in _cells(page, f"familj-{table}")}
    told = [r for r in figures if r["scope"] == "own" and r["period"] == latest and r["breakdown"] == "all"]
    assert len(told) == 6
    for row in told:
        assert lines[row["name_sv"]][0] == (_shown(row), _number(row)), row["indicator_id"]


def test_a_value_that_is_kept_back_is_in_no_chart_tooltip_or_text_for_those_who_hear_it(settings: Settings) -> None:
    """It was published once, so that it is in the memory of what was released; now it is a mark."""
    planted = 63.7
    base = Cell(level="municipality", entity_code="0381", n=400)
    years = [
        replace(base, period=f"{year}/{(year + 1) % 100}", period_closed_on=date(year + 1, 7, 1), value=value)
        for year, value in ((2022, 81.2), (2023, planted), (2024, 82.4), (2025, 83.6))
    ]
    night(settings, years)
    page = folder(settings, "public") / "indikator-ind-03.html"
    assert "63,7" in page.read_text(encoding="utf-8"), "the plant is seen while it is published"
    later = datetime(2026, 8, 2, tzinfo=UTC)
    night(settings, [suppressed(c) if c.value == planted else c for c in years], run_id="run-2", now=later)
    html = page.read_text(encoding="utf-8")
    charts = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    spoken = re.findall(r"(?:title|alt|aria-label|aria-description|desc|data-[a-z]+)=\"([^\"]*)\"", html)
    spoken += re.findall(r"<(?:title|desc|figcaption)[^>]*>(.*?)</", html, re.DOTALL)
    assert len(charts) == 2 and len(spoken) > 3
    for text in (*charts, *spoken, html):
        assert not re.search(r"63[.,]7", text)
    drawn = {value for chart in charts for value in re.findall(r'class="value"[^>]*>([^<]+)<', chart)}
    assert drawn == {"81,2", "82,4", "83,6"}
    assert all(chart.count("<circle") == 3 and 'class="mark"' in chart for chart in charts)
