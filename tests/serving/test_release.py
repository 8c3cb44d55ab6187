"""What a night may publish, given what has been published before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dia_assets.errors import DiaError
from dia_assets.serving.release import Decision, cycle_of, release

from .lakehouse import Cell, suppressed, write_lakehouse

NIGHT = datetime(2026, 7, 2, 0, 0, tzinfo=UTC)
LATER = datetime(2026, 7, 20, 0, 0, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 8, 1, 0, 0, tzinfo=UTC)
UNITS = ["00000001", "00000002", "00000003"]


class Nights:
    """Publishes night after night into one released table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def publish(
        self, cells: list[Cell], now: datetime, marked_at: datetime | None = None
    ) -> tuple[dict[tuple[str, str], float | None], list[Decision]]:
        """One night: (unit, period) → published value, and what was decided."""
        self.count += 1
        database = write_lakehouse(self.folder / "lakehouse.duckdb", cells)
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"attach '{database}' as lakehouse (read_only)")
            number = f"{self.count:06d}-2026-07-02"
            decisions = release(
                connection,
                self.folder / "released",
                publication_id=number,
                run_id=f"run-{self.count}",
                now=now,
                marked_at=marked_at,
            )
            shown = connection.execute("select entity_code, period, value, n from published_cell").fetchall()
        return {(code, period): (value, n) for code, period, value, n in shown}, decisions

    @property
    def versions(self) -> int:
        return DeltaTable(str(self.folder / "released")).version()


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def cell(unit: str = UNITS[0], n: int = 40, value: float = 76.5, **more: object) -> Cell:
    return replace(Cell(entity_code=unit, n=n, value=value), **more)


def verdicts(decisions: list[Decision]) -> list[str]:
    return [decision.verdict for decision in decisions]


def test_a_closed_period_is_published_at_once(nights: Nights) -> None:
    shown, decisions = nights.publish([cell()], NIGHT)
    assert shown == {(UNITS[0], "2025/26"): (76.5, 40)}
    assert verdicts(decisions) == ["new"]


def test_the_same_figures_again_release_nothing(nights: Nights) -> None:
    first, _ = nights.publish([cell()], NIGHT)
    version = nights.versions
    again, decisions = nights.publish([cell()], NIGHT)
    assert again == first
    assert verdicts(decisions) == ["unchanged"]
    assert nights.versions == version


def test_a_late_protection_mark_moves_no_figure_within_the_month(nights: Nights) -> None:
    before, _ = nights.publish([cell(n=40, value=76.5)], NIGHT)
    after, decisions = nights.publish([cell(n=39, value=76.9)], LATER)
    assert after == before
    assert verdicts(decisions) == ["held"]
    assert decisions[0].reason_sv.startswith("Ändringen rör få elever")


def test_the_next_month_publishes_what_is_computed_then(nights: Nights) -> None:
    nights.publish([cell(n=40)], NIGHT)
    nights.publish([cell(n=39, value=76.9)], LATER)
    shown, decisions = nights.publish([cell(n=39, value=76.9)], NEXT_MONTH)
    assert shown == {(UNITS[0], "2025/26"): (76.9, 39)}
    assert verdicts(decisions) == ["cycle"]


def test_a_closed_period_is_not_computed_anew_because_of_a_mark(nights: Nights) -> None:
    """One pupil less in August than in July would be the pupil who was marked in between."""
    nights.publish([cell(n=40), cell(UNITS[1], n=50)], NIGHT)
    less = [cell(n=39, value=76.9), cell(UNITS[1], n=50)]
    for month in (8, 9, 10):
        shown, decisions = nights.publish(less, NEXT_MONTH.replace(month=month), marked_at=LATER)
        assert shown[UNITS[0], "2025/26"] == (76.5, 40)
        assert verdicts(decisions) == ["held"]
    many = [cell(n=34, value=76.9), cell(UNITS[1], n=50)]
    shown, decisions = nights.publish(many, NEXT_MONTH.replace(month=11), marked_at=LATER)
    assert shown[UNITS[0], "2025/26"] == (76.9, 34), "the pupil is among five others now"


def test_a_mark_holds_nothing_that_did_not_change_and_nothing_that_was_released_after_it(nights: Nights) -> None:
    nights.publish([cell(n=40)], NIGHT)
    _, decisions = nights.publish([cell(n=40)], NEXT_MONTH, marked_at=LATER)
    assert verdicts(decisions) == ["cycle"]
    shown, decisions = nights.publish([cell(n=39)], NEXT_MONTH.replace(month=9), marked_at=LATER)
    assert shown == {(UNITS[0], "2025/26"): (76.5, 39)}
    assert verdicts(decisions) == ["cycle"]


TESTS = {"family": "test_vs_grade", "indicator_id": "IND-05.SV.HIGHER"}
THREE = {"family": "gy_throughput", "indicator_id": "IND-06.TIME3"}
FOUR = {"family": "gy_throughput_4", "indicator_id": "IND-06.TIME4"}


def test_what_is_protected_together_is_held_together(nights: Nights) -> None:
    nights.publish([cell(n=40), cell(n=30, **TESTS)], NIGHT)
    _, decisions = nights.publish([cell(n=40), cell(n=29, **TESTS)], LATER)
    assert [(d.family, d.verdict) for d in decisions] == [("leaving_results", "held"), ("test_vs_grade", "held")]
    _, decisions = nights.publish([cell(n=40), cell(n=36, **TESTS)], LATER)
    assert verdicts(decisions) == ["revised", "revised"]


def test_a_later_count_of_the_same_pupils_waits_for_the_month_in_which_the_earlier_one_may_change(
    nights: Nights,
) -> None:
    first = cell(n=40, period="2024/25", **THREE)
    nights.publish([first], NIGHT)
    both = [replace(first, n=39), cell(n=39, period="2025/26", **FOUR)]
    shown, decisions = nights.publish(both, LATER)
    assert verdicts(decisions) == ["held", "held"] and shown == {(UNITS[0], "2024/25"): (76.5, 40)}
    shown, decisions = nights.publish(both, NEXT_MONTH, marked_at=LATER)
    assert sorted(verdicts(decisions)) == ["cycle", "new"]
    assert shown == {(UNITS[0], "2024/25"): (76.5, 39), (UNITS[0], "2025/26"): (76.5, 39)}


def test_other_rules_are_used_at_once(nights: Nights) -> None:
    nights.publish([cell(policy_id="public-0")], NIGHT)
    shown, decisions = nights.publish([suppressed(cell())], LATER)
    assert shown == {(UNITS[0], "2025/26"): (None, None)}
    assert verdicts(decisions) == ["policy"]


def test_a_mark_set_in_the_middle_of_a_month_without_changes_is_held_too(nights: Nights) -> None:
    nights.publish([cell(n=40)], NIGHT)
    nights.publish([cell(n=40)], NEXT_MONTH)
    shown, decisions = nights.publish([cell(n=39)], NEXT_MONTH.replace(day=15))
    assert shown == {(UNITS[0], "2025/26"): (76.5, 40)}
    assert verdicts(decisions) == ["held"]


def test_a_correction_that_shows_many_pupils_is_published_at_once(nights: Nights) -> None:
    nights.publish([cell(n=40), cell(UNITS[1], n=50)], NIGHT)
    shown, decisions = nights.publish([cell(n=45, value=70.0), cell(UNITS[1], n=50)], LATER)
    assert shown[UNITS[0], "2025/26"] == (70.0, 45)
    assert verdicts(decisions) == ["revised"]


def test_one_small_change_holds_the_whole_block(nights: Nights) -> None:
    nights.publish([cell(n=40), cell(UNITS[1], n=50)], NIGHT)
    shown, decisions = nights.publish([cell(n=45, value=70.0), cell(UNITS[1], n=49)], LATER)
    assert shown[UNITS[0], "2025/26"] == (76.5, 40)
    assert verdicts(decisions) == ["held"]


def test_a_changed_value_with_the_same_n_is_one_pupils_and_is_held(nights: Nights) -> None:
    nights.publish([cell(value=76.5)], NIGHT)
    shown, decisions = nights.publish([cell(value=79.0)], LATER)
    assert shown[UNITS[0], "2025/26"] == (76.5, 40)
    assert verdicts(decisions) == ["held"]


def test_a_figure_that_would_appear_or_vanish_is_held(nights: Nights) -> None:
    nights.publish([suppressed(cell()), cell(UNITS[1])], NIGHT)
    _, appearing = nights.publish([cell(n=10), cell(UNITS[1])], LATER)
    _, vanishing = nights.publish([suppressed(cell())], LATER)
    assert verdicts(appearing) == verdicts(vanishing) == ["held"]


def test_a_new_period_is_published_while_an_old_one_is_held(nights: Nights) -> None:
    nights.publish([cell()], NIGHT)
    june = cell(family="attendance", indicator_id="IND-07.PRESENCE", period="2026-06", value=92.0)
    shown, decisions = nights.publish([cell(n=39), june], LATER)
    assert shown == {(UNITS[0], "2025/26"): (76.5, 40), (UNITS[0], "2026-06"): (92.0, 40)}
    assert verdicts(decisions) == ["new", "held"]


def test_what_is_published_stays_when_its_period_is_no_longer_computed(nights: Nights) -> None:
    nights.publish([cell()], NIGHT)
    shown, decisions = nights.publish([cell(period="2026/27")], NEXT_MONTH)
    assert shown[UNITS[0], "2025/26"] == (76.5, 40)
    assert verdicts(decisions) == ["kept", "new"]


def test_audiences_are_decided_one_by_one(nights: Nights) -> None:
    both = [cell(n=40), cell(n=40, audience="municipality", policy_id="municipality-1")]
    nights.publish(both, NIGHT)
    _, decisions = nights.publish([cell(n=36), cell(n=36, audience="municipality", policy_id="municipality-1")], LATER)
    assert {d.audience: d.verdict for d in decisions} == {"public": "held", "municipality": "revised"}


def test_what_the_register_lets_an_audience_have_no_longer_is_published_to_it_no_more(nights: Nights) -> None:
    support = cell(indicator_id="IND-13.SUPPORT.PROGRAMME", family="support", value=6.0)
    other = cell(unit=UNITS[1], indicator_id="IND-13.SUPPORT.PROGRAMME", family="support", value=4.0)
    shown, _ = nights.publish([support, replace(other, audience="municipality", policy_id="municipality-1")], NIGHT)
    assert shown == {(UNITS[1], "2025/26"): (4.0, 40)}


def test_an_audience_without_limits_stops_the_publication(nights: Nights) -> None:
    with pytest.raises(DiaError, match="ref_suppression_policy"):
        nights.publish([cell(audience="press")], NIGHT)


def test_a_figure_in_two_rows_stops_the_publication(nights: Nights) -> None:
    with pytest.raises(DiaError, match="more than one row"):
        nights.publish([cell(), cell(value=1.0)], NIGHT)


def test_the_publication_month_is_the_month_in_sweden() -> None:
    assert cycle_of(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == "2026-07"


figures = st.lists(st.tuples(st.integers(10, 60), st.integers(0, 100)), min_size=3, max_size=3)


@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=figures, changes=st.lists(figures, min_size=1, max_size=3))
def test_no_night_within_a_month_shows_a_change_of_few_pupils(
    tmp_path_factory: pytest.TempPathFactory, first: list[tuple[int, int]], changes: list[list[tuple[int, int]]]
) -> None:
    nights = Nights(tmp_path_factory.mktemp("nights"))
    before = {}
    for day, night in enumerate([first, *changes], start=1):
        cells = [cell(unit, n=n, value=float(v)) for unit, (n, v) in zip(UNITS, night, strict=True)]
        shown, _ = nights.publish(cells, NIGHT.replace(day=day))
        for place, (value, n) in before.items():
            new_value, new_n = shown[place]
            assert (value, n) == (new_value, new_n) or abs(n - new_n) >= 5
        before = shown
