"""How fresh and how good the data is said to be."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dia_assets.contracts import load_contracts
from dia_assets.ledger import CheckResult, CheckState, Delivery
from dia_assets.register import SEED
from dia_assets.serving import night
from dia_assets.serving.freshness import FRESH, LATE, MISSING, freshness, open_refusals

NOW = datetime(2026, 7, 2, 0, 0, tzinfo=UTC)
ATTENDANCE = load_contracts()["narvaro.lesson_attendance"]
GRADES = load_contracts()["scb.final_grade_year9"]


def delivery(load: int, file: str, status: str, days_ago: int = 0, dataset: str = "lesson_attendance") -> Delivery:
    system = "narvaro" if dataset == "lesson_attendance" else "scb"
    return Delivery(
        load, system, dataset, file, "0" * 64, 1, NOW - timedelta(days=days_ago), Path("x"), status  # type: ignore[arg-type]
    )  # fmt: skip


def state(
    failed: int, checked: int, dimension: str = "riktighet", dataset: str = "scb.final_grade_year9"
) -> CheckState:
    result = CheckResult(
        f"{dimension}{failed}", "raw", dataset, dimension, "warn", failed == 0, checked, failed, "", "", ""  # type: ignore[arg-type]
    )  # fmt: skip
    return CheckState(result, NOW)


def status(*deliveries: Delivery) -> str:
    [row] = freshness({ATTENDANCE.key: ATTENDANCE}, deliveries, NOW)
    return row.status


def test_a_dataset_is_late_the_day_after_its_grace() -> None:
    assert status(delivery(1, "lektionsnarvaro_2026-06-28.csv", "accepted", days_ago=4)) == FRESH
    assert status(delivery(1, "lektionsnarvaro_2026-06-27.csv", "accepted", days_ago=5)) == LATE


def test_a_dataset_that_never_came_is_missing() -> None:
    assert status() == MISSING
    assert status(delivery(1, "lektionsnarvaro_2026-06-28.csv", "refused")) == MISSING


def test_a_refused_delivery_is_open_until_the_same_period_is_accepted() -> None:
    refused = delivery(1, "lektionsnarvaro_2026-06-28.csv", "refused")
    other_day = delivery(2, "lektionsnarvaro_2026-06-29.csv", "accepted")
    same_day = delivery(3, "lektionsnarvaro_2026-06-28_rattelse1.csv", "accepted")
    assert open_refusals(ATTENDANCE, [refused, other_day], NOW) == [refused]
    assert open_refusals(ATTENDANCE, [refused, other_day, same_day], NOW) == []


def test_one_refused_unit_among_many_is_told_even_if_the_others_came_later() -> None:
    refused = delivery(1, "betyg_ak9_2026_00000001.txt", "refused", dataset="final_grade_year9")
    others = [delivery(n, f"betyg_ak9_2026_0000000{n}.txt", "accepted", dataset="final_grade_year9") for n in (2, 3)]
    told = night.deliveries_to_tell({GRADES.key: GRADES}, [refused, *others], NOW)
    assert [row["load"] for row in told] == [1, 3]


def test_a_refusal_that_nobody_has_acted_on_is_no_longer_news_after_two_months() -> None:
    refused = delivery(1, "lektionsnarvaro_2026-04-28.csv", "refused", days_ago=61)
    assert open_refusals(ATTENDANCE, [refused], NOW) == []


def test_the_quality_level_is_rounded_down_so_that_one_deviation_shows() -> None:
    [row] = night.quality([state(1, 1_000_000), state(0, 1_000_000)], {})
    assert row["level_percent"] == 99
    assert row["rules"] == 2


def test_a_family_is_as_good_as_the_weakest_dimension_of_its_datasets() -> None:
    levels = night.family_quality([state(0, 100), state(20, 100, "fullständighet"), state(9, 10, dataset="other")])
    assert levels == {"leaving_results": 80, "test_vs_grade": 80}  # both rest on final grades


def test_every_family_of_the_register_has_its_datasets() -> None:
    known = load_contracts()
    with SEED.open(encoding="utf-8", newline="") as file:
        assert {row["family"] for row in csv.DictReader(file)} == set(night.FAMILY_DATASETS)
    assert all(dataset in known for datasets in night.FAMILY_DATASETS.values() for dataset in datasets)
