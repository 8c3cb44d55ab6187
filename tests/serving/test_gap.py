"""Girls minus boys: of unrounded values where both are shown, and as still as the figures themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from dia_assets.settings import Settings

from .lakehouse import NOW, Cell, night, suppressed

WHOLE = Cell(level="municipality", entity_code="0381", indicator_id="IND-02", n=57, value=178.0)
GIRLS = replace(WHOLE, breakdown="sex", breakdown_value="K", value=222.0, n=29)
BOYS = replace(WHOLE, breakdown="sex", breakdown_value="M", value=121.3, exact=121.25, n=28)


def gaps(settings: Settings, audience: str = "public") -> list[tuple[Any, ...]]:
    file = settings.lake.serving(audience) / "current" / "skoldata.duckdb"
    with duckdb.connect(file, read_only=True) as connection:
        return connection.execute("select indicator_id, level, entity_code, period, gap from sex_gap").fetchall()


def on_page(settings: Settings) -> str:
    page = settings.lake.serving("public") / "current" / "indikator-ind-02.html"
    html = page.read_text(encoding="utf-8")
    table = html[html.index('id="konen"') :]
    return table[: table.index("</table>")].rsplit('<td class="num">', 1)[1].split("<")[0]


def test_the_gap_of_the_golden_class_is_of_its_unrounded_means(settings: Settings) -> None:
    """222.0 and 121.25 are 100.75 apart, 100.8 when rounded; 222.0 and the shown 121.3 would be 100.7."""
    night(settings, [WHOLE, GIRLS, BOYS])
    assert gaps(settings) == [("IND-02", "municipality", "0381", "2025/26", 100.8)]
    assert on_page(settings) == "100,8"


def test_a_gap_of_shares_is_in_percentage_points_and_may_be_below_zero(settings: Settings) -> None:
    girls = replace(GIRLS, indicator_id="IND-03", value=66.7, exact=200 / 3)
    boys = replace(BOYS, indicator_id="IND-03", value=71.4, exact=500 / 7)
    night(settings, [girls, boys])
    assert [gap for *_, gap in gaps(settings)] == [-4.8], "the shown shares are 4.7 apart"


@pytest.mark.parametrize("hidden", ["K", "M"])
def test_there_is_no_gap_where_either_is_kept_back(settings: Settings, hidden: str) -> None:
    night(settings, [WHOLE, *(suppressed(c) if c.breakdown_value == hidden else c for c in (GIRLS, BOYS))])
    assert gaps(settings) == []
    assert on_page(settings) == "–"


def test_where_a_number_is_kept_back_the_gap_says_no_more_than_the_shown_values(settings: Settings) -> None:
    night(settings, [WHOLE, GIRLS, replace(BOYS, n=None, n_mark="..")])
    assert [gap for *_, gap in gaps(settings)] == [100.7]


@pytest.mark.parametrize(
    "later", [replace(BOYS, exact=121.349), replace(BOYS, value=121.9, exact=121.88, n=29)], ids=["hidden", "held"]
)
def test_a_gap_stands_as_long_as_its_figures_and_follows_them_in_the_next_month(
    settings: Settings, later: Cell
) -> None:
    night(settings, [WHOLE, GIRLS, BOYS])
    night(settings, [WHOLE, GIRLS, later], run_id="run-2", now=NOW + timedelta(days=1))
    assert [gap for *_, gap in gaps(settings)] == [100.8], "what is held must not be seen in the gap"
    night(settings, [WHOLE, GIRLS, later], run_id="run-3", now=datetime(2026, 8, 2, tzinfo=UTC))
    assert later.exact is not None
    assert [gap for *_, gap in gaps(settings)] == [round(222.0 - later.exact, 1)]


def test_a_change_by_many_is_published_with_its_gap_at_once(settings: Settings) -> None:
    night(settings, [WHOLE, GIRLS, BOYS])
    many = [replace(WHOLE, n=69), replace(GIRLS, n=35), replace(BOYS, value=130.0, exact=130.04, n=34)]
    night(settings, many, run_id="run-2", now=NOW + timedelta(days=1))
    assert [gap for *_, gap in gaps(settings)] == [92.0]
