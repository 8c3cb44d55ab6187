"""A line over time as inline SVG. What is drawn also stands in a table beside it.

A gap is a value not published, or a definition that changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from dia_assets.pages import swedish

STEPS = [step * 100**power for power in range(5) for step in (1, 2, 5, 10, 20, 25, 50)]


@dataclass(frozen=True)
class Point:
    """One period on the line: a value, or the mark that stands instead of it, by a version of the definition."""

    label: str
    value: float | None
    mark: str | None = None
    version: str = ""


@dataclass(frozen=True)
class Scale:
    """The value axis: lowest and highest tick and the step between ticks."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """The values that get a line."""
        return [self.low + i * self.step for i in range(round((self.high - self.low) / self.step) + 1)]


def scale(values: Sequence[float], smallest_span: float, limit: float | None) -> Scale:
    """Round limits around the values, at least `smallest_span` wide so that small changes are not blown up."""
    low, high = min(values), max(values)
    missing = max(0.0, smallest_span - (high - low))
    low, high = low - missing / 2 if low < 0 else max(0.0, low - missing / 2), high + missing / 2
    step = next((s for s in STEPS if (high - low) / s <= 5), STEPS[-1])
    top = math.ceil(high / step) * step
    return Scale(math.floor(low / step) * step, min(top, limit) if limit else top, step)


def line(
    points: Sequence[Point], *, title: str, identity: str, width: int, unit: str, limit: float | None = None
) -> Markup:
    """The chart, or nothing when no point has a value. `width` in pixels; `limit` is the highest possible value."""
    values = [point.value for point in points if point.value is not None]
    if not values:
        return Markup("")
    axis = scale(values, smallest_span=20 if unit == "%" else limit or 40, limit=limit)
    longest = max(len(swedish.number(tick)) for tick in axis.ticks)
    height, left, right, top, bottom = 240, max(46, 14 + 7 * longest), 24, 18, 34
    inner = width - left - right

    def x(index: int) -> float:
        return left + (inner / 2 if len(points) == 1 else 10 + index * (inner - 20) / (len(points) - 1))

    def y(value: float) -> float:
        return top + (axis.high - value) / (axis.high - axis.low) * (height - top - bottom)

    parts = [
        f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y(t):.1f}" y2="{y(t):.1f}"/>'
        f'<text class="tick" x="{left - 8}" y="{y(t) + 4:.1f}" text-anchor="end">{swedish.number(t)}</text>'
        for t in axis.ticks
    ]
    parts += _line_parts(points, x, y)
    for index in breaks(points):
        middle = (x(index - 1) + x(index)) / 2
        parts.append(
            f'<line class="break" x1="{middle:.1f}" x2="{middle:.1f}" y1="{top}" y2="{height - bottom}"/>'
            f'<text class="tick" x="{middle:.1f}" y="{top - 5}" text-anchor="middle">ny definition</text>'
        )
    labels_every = math.ceil(len(points) * 62 / inner)
    for index, point in enumerate(points):
        place = f'x="{x(index):.1f}" text-anchor="middle"'
        if (len(points) - 1 - index) % labels_every == 0:
            parts.append(f'<text class="tick" {place} y="{height - 10}">{escape(point.label)}</text>')
        if point.value is None:
            parts.append(f'<text class="mark" {place} y="{height - bottom - 6}">{escape(point.mark or "")}</text>')
        elif len(points) * 48 <= inner or index == len(points) - 1:
            parts.append(
                f'<text class="value" {place} y="{y(point.value) - 10:.1f}">{swedish.number(point.value, 1)}</text>'
            )
    return Markup(
        f'<svg role="img" aria-labelledby="{identity}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" xmlns="http://www.w3.org/2000/svg"><title id="{identity}">{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )


def breaks(points: Sequence[Point]) -> list[int]:
    """The places of points by another version of the definition than the point before."""
    return [index for index in range(1, len(points)) if points[index].version != points[index - 1].version]


def _line_parts(points: Sequence[Point], x: Callable[[int], float], y: Callable[[float], float]) -> list[str]:
    parts: list[str] = []
    stretch: list[str] = []
    anew = breaks(points)
    for index, point in enumerate([*points, Point("", None)]):
        if point.value is None or index in anew:
            if len(stretch) > 1:
                parts.append(f'<polyline class="line" points="{" ".join(stretch)}"/>')
            stretch = []
        if point.value is not None:
            stretch.append(f"{x(index):.1f},{y(point.value):.1f}")
    parts += [
        f'<circle class="dot" cx="{x(i):.1f}" cy="{y(p.value):.1f}" r="4"/>'
        for i, p in enumerate(points)
        if p.value is not None
    ]
    return parts
