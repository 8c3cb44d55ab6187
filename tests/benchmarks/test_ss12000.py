"""The pull is measured against a loop over the same pages, and the page says how it went."""

from benchmarks.report import ss12000_section
from benchmarks.ss12000 import PAGE, measure, rendered


def record(what: str, persons: int, ratio: float, peak: float) -> dict[str, float | str]:
    return {"what": what, "persons": persons, "megabytes": 1.0, "seconds": 2.0, "ratio_to_bare": ratio, "peak_mb": peak}


def test_the_largest_register_is_judged_and_the_growth_of_memory_shown() -> None:
    text = ss12000_section([record("pull", 100, 3.0, 100), record("pull", 1_000, 4.0, 150)]).markdown()
    assert "pull ÷ bare loop at most 5. Measured: 4.00 – met." in text
    assert "Measured: 1.50 – **not met**." in text


def test_every_person_is_on_one_page() -> None:
    pages = rendered(PAGE + 1)
    assert len(pages) == 2 and sum(page.count(b'"givenName"') for page in pages) == PAGE + 1


def test_a_small_register_is_really_pulled_both_ways() -> None:
    results = {str(item["what"]): item for item in measure((PAGE + 1,), repeat=1)}
    assert set(results) == {"bare", "pull", "increment"}
    assert results["bare"]["megabytes"] == sum(map(len, rendered(PAGE + 1))) / 1e6
    sizes = [float(results[what]["megabytes"]) for what in ("increment", "pull", "bare")]
    assert sizes == sorted(sizes) and 0 < sizes[0] < sizes[1] / 10
