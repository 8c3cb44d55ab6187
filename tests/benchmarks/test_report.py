"""The page says what was measured against which target."""

import platform
from datetime import date

from benchmarks.city import CityResults
from benchmarks.compare import Comparison
from benchmarks.disclosure import DisclosureResults, Loss
from benchmarks.measure import Measured
from benchmarks.nightly import Days, LongHistory, NightlyResults
from benchmarks.report import (
    Section,
    city_section,
    disclosure_section,
    landing_section,
    nightly_section,
    page,
    small_nights_section,
    updated,
)

LOSS = Loss("public", "leaving_results", 1_000, 70, 128, 440, 200, 20, 100)
HIDDEN = DisclosureResults([LOSS], 61.0, Measured(63.0, 62.0, 300.0), {"public": [500, 90, 2]})
IDENTICAL = Comparison(100, 100, 0, 0, 0.0)


def results(full_seconds: float, comparison: Comparison = IDENTICAL) -> NightlyResults:
    one = Measured(10.0, 9.0, 300.0)
    return NightlyResults(
        empty=one,
        full=Measured(full_seconds, 50.0, 900.0),
        handwritten=Measured(20.0, 18.0, 800.0),
        handwritten_without_lessons=one,
        comparison=comparison,
        again=one,
        imported=[],
        days=Days(one, one),
        small=one,
        rows_small=1_000,
        rows_full=10_000,
    )


def test_the_cost_of_an_empty_night_is_taken_off_before_the_ratio() -> None:
    assert "Measured: 2.00 – met." in nightly_section(results(50.0), "enkoping").markdown()


def test_a_missed_target_is_plain_to_see() -> None:
    assert "Measured: 4.00 – **not met**." in nightly_section(results(90.0), "enkoping").markdown()


def test_cells_that_differ_are_not_explained_away() -> None:
    differing = Comparison(100, 90, 3, 0, 0.5)
    assert "leaves doubt about whose they" in nightly_section(results(50.0), "enkoping").markdown()
    text = nightly_section(results(50.0, differing), "enkoping").markdown()
    assert "90 have the same value" in text
    assert "3 are only in the product" in text
    assert "leaves doubt about whose they" not in text


def test_a_longer_history_is_compared_with_a_shorter_one() -> None:
    days = Days(Measured(11.0, 9.0, 300.0), Measured(90.0, 80.0, 300.0))
    long_history = LongHistory(50_000, Measured(200.0, 180.0, 1200.0), days)
    text = small_nights_section(results(50.0), long_history).markdown()
    assert "5.0 times the rows of one), a new day takes 1.10 times as long" in text


def test_landing_is_judged_by_the_largest_file() -> None:
    records = [
        {
            "benchmark": "landing/landing",
            "rows": rows,
            "seconds": 1.0,
            "rows_per_second": rows,
            "ratio_to_parse": ratio,
            "peak_mb": peak,
        }
        for rows, ratio, peak in ((20_000, 2.0, 900), (2_000, 9.0, 300))
    ]
    text = landing_section(records).markdown()
    assert "landing ÷ bare parse at most 3.5. Measured: 2.00 – met." in text
    assert "Measured: 3.00 – **not met**." in text


def test_the_marts_of_a_city_are_judged_by_their_models_and_differing_rows_are_told() -> None:
    one = Measured(10.0, 9.0, 300.0)
    product = Measured(20.0, 18.0, 400.0)
    text = city_section(
        CityResults(1_000_000, 390, one, HIDDEN, one, product, 16.0, product, 7, one, one, one)
    ).markdown()
    assert "attendance's marts ÷ bare SQL at most 1.5. Measured: 1.60 – **not met**." in text
    assert "with dbt's start and the tests of the marts it is 2.00" in text
    assert "7 rows are not the same in both" in text


def test_what_is_hidden_stands_beside_what_hiding_whole_lines_would_hide() -> None:
    text = disclosure_section(HIDDEN, "enkoping").markdown()
    assert "| public: leaving_results | 1,000 | 70 | 128 | 440 | 10.0 % | 50.0 % |" in text
    assert "Measured: 61.00 – **not met**." in text
    assert "128 cells are hidden, 440 if" in text
    assert "the audience public can read, 500 cells" in text and "of 90 numbers that are kept 2 can be" in text


def test_new_measurements_take_the_place_of_earlier_ones_and_leave_the_rest() -> None:
    earlier = Section("Landing a file", ("what", "seconds"), [("landing", "9.0")], measured_on=date(2026, 1, 2))
    old = page([earlier, Section("The whole night", ("what",), [("old",)])], "make bench", 1)
    text = updated(old, [Section("The whole night", ("what",), [("new",)]), Section("A large city", ("what",))])
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [
        "Landing a file",
        "The whole night",
        "A large city",
    ]
    assert "| landing | 9.0 |\n\nMeasured on 2026-01-02." in text
    assert "| new |" in text
    assert "| old |" not in text


def test_the_page_names_machine_and_versions_but_no_host_or_path() -> None:
    text = page([nightly_section(results(50.0), "enkoping")], "make bench", 1)
    assert "cores" in text
    assert "duckdb 1." in text
    assert platform.node() not in text
