"""The line over time."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from dia_assets.pages import chart
from dia_assets.pages.chart import Point


def draw(points: list[Point], unit: str = "%") -> ET.Element:
    limit = 100 if unit == "%" else None
    return ET.fromstring(chart.line(points, title="Närvaro", identity="x", width=700, unit=unit, limit=limit))


def texts(svg: ET.Element, kind: str) -> list[str]:
    return [e.text or "" for e in svg.iter() if e.get("class") == kind]


def test_a_chart_has_a_title_that_screen_readers_find() -> None:
    svg = draw([Point("2024/25", 80.0), Point("2025/26", 84.0)])
    title = next(e for e in svg.iter() if e.tag.endswith("title"))
    assert svg.get("aria-labelledby") == title.get("id")
    assert title.text == "Närvaro"


def test_a_suppressed_point_leaves_a_gap_with_its_mark() -> None:
    points = [Point("a", 80.0), Point("b", 81.0), Point("c", None, ".."), Point("d", 82.0), Point("e", 83.0)]
    svg = draw(points)
    assert texts(svg, "mark") == [".."]
    assert len([e for e in svg.iter() if e.get("class") == "line"]) == 2
    assert len([e for e in svg.iter() if e.get("class") == "dot"]) == 4


def test_a_new_definition_breaks_the_line_and_says_so() -> None:
    old = [Point("a", 80.0, version="1"), Point("b", 81.0, version="1")]
    svg = draw([*old, Point("c", 60.0, version="2"), Point("d", 61.0, version="2")])
    lines = [e.get("points", "").count(",") for e in svg.iter() if e.get("class") == "line"]
    [mark] = [e for e in svg.iter() if e.get("class") == "break"]
    dots = [float(e.get("cx", 0)) for e in svg.iter() if e.get("class") == "dot"]
    assert lines == [2, 2]
    assert dots[1] < float(mark.get("x1", 0)) < dots[2]
    assert texts(svg, "tick").count("ny definition") == 1
    assert "ny definition" not in texts(draw(old), "tick")


def test_a_short_scale_fills_the_chart() -> None:
    svg = ET.fromstring(
        chart.line([Point("a", 2.2), Point("b", 2.6)], title="LIKA", identity="x", width=700, unit="steg", limit=4)
    )
    assert [text for text in texts(svg, "tick") if text.isdigit()] == ["0", "1", "2", "3", "4"]


def test_no_values_give_no_chart() -> None:
    assert not chart.line([Point("a", None, "..")], title="", identity="x", width=700, unit="%")


@pytest.mark.parametrize("values", [[99.0, 100.0], [0.5], [84.1, 84.2, 84.3]])
def test_a_share_never_gets_an_axis_beyond_a_hundred_and_small_changes_stay_small(values: list[float]) -> None:
    axis = chart.scale(values, smallest_span=20, limit=100)
    assert axis.low >= 0
    assert axis.high <= 100
    assert axis.low <= min(values) <= max(values) <= axis.high
    assert len(axis.ticks) <= 8


def test_labels_are_thinned_when_they_would_collide() -> None:
    points = [Point(f"{m:02d}", 90.0 + m / 10) for m in range(1, 25)]
    labels = [t for t in texts(draw(points), "tick") if len(t) == 2 and t.startswith(("0", "1", "2"))]
    assert "24" in labels
    assert len(labels) <= 11


def test_sums_of_money_have_few_lines_and_room_for_their_labels() -> None:
    svg = draw([Point("2025", 10_000_000.0), Point("2026", 12_400_000.0)], unit="kronor")
    ticks = [e for e in svg.iter() if e.get("class") == "tick" and e.get("text-anchor") == "end"]
    assert 3 <= len(ticks) <= 8
    assert all(float(tick.get("x", "0")) >= 6.5 * len(tick.text or "") for tick in ticks)


def test_a_value_below_zero_is_within_its_axis() -> None:
    svg = draw([Point("2025", -6.0), Point("2026", 3.0)], unit="procentenheter")
    heights = [float(e.get("cy", "0")) for e in svg.iter() if e.get("class") == "dot"]
    assert len(heights) == 2
    assert all(0 < height < 240 - 30 for height in heights)
