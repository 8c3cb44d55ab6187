"""How fresh a dataset is, in its parts, and when its source says that there is nothing newer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.ledger import Contact, ContactOutcome, Delivery
from dia_assets.serving.freshness import FRESH, LATE, MISSING, Freshness, freshness

NOW = datetime(2026, 7, 2, 0, 0, tzinfo=UTC)
GRADES = load_contracts()["scb.final_grade_year9"]
BY_UNIT = GRADES.model_copy(update={"expected": GRADES.expected.model_copy(update={"part": "unit"})})
PERSONS = load_contracts()["ss12000.person"]
UNITS = [f"{number:08}" for number in range(1, 21)]


def delivery(contract: DatasetContract, load: int, file: str, status: str = "accepted", days_ago: int = 0) -> Delivery:
    received = NOW - timedelta(days=days_ago)
    return Delivery(
        load, contract.system, contract.name, file, "0" * 64, 1, received, Path("x"), status  # type: ignore[arg-type]
    )  # fmt: skip


def contact(outcome: ContactOutcome, confirmed_days_ago: int | None = None) -> Contact:
    confirmed = None if confirmed_days_ago is None else NOW - timedelta(days=confirmed_days_ago)
    return Contact("ss12000", "person", NOW, outcome, "Svarar inte.", confirmed)


def fresh(
    contract: DatasetContract, deliveries: list[Delivery], said: Contact | None = None, now: datetime = NOW
) -> Freshness:
    [found] = freshness({contract.key: contract}, deliveries, now, {contract.key: said} if said else {})
    return found


def test_one_corrupt_file_of_twenty_leaves_nineteen_units_fresh_and_one_stale_with_its_age() -> None:
    last_year = [delivery(BY_UNIT, n, f"betyg_ak9_2025_{unit}.txt", days_ago=370) for n, unit in enumerate(UNITS, 1)]
    this_year = [
        delivery(BY_UNIT, 100 + n, f"betyg_ak9_2026_{unit}.txt", "refused" if n == 7 else "accepted")
        for n, unit in enumerate(UNITS, 1)
    ]
    found = fresh(BY_UNIT, [*last_year, *this_year])
    assert (found.status, len(found.parts)) == (FRESH, 20)
    [stale] = found.stale_parts
    assert (stale.part, stale.age_days, stale.has_refused) == ("00000007", 370, True)


def test_a_unit_whose_file_was_refused_and_then_accepted_is_fresh() -> None:
    refused = delivery(BY_UNIT, 1, "betyg_ak9_2026_00000001.txt", "refused", days_ago=1)
    mended = delivery(BY_UNIT, 2, "betyg_ak9_2026_00000001_v2.txt")
    assert fresh(BY_UNIT, [refused, mended]).stale_parts == ()


def test_a_unit_that_never_had_an_accepted_file_is_stale_without_an_age() -> None:
    found = fresh(BY_UNIT, [delivery(BY_UNIT, 1, "betyg_ak9_2026_00000001.txt", "refused")])
    [stale] = found.stale_parts
    assert (stale.age_days, stale.status) == (None, MISSING)


def test_a_unit_that_is_late_is_told_until_it_must_be_taken_for_closed() -> None:
    limit = BY_UNIT.expected.every_days + BY_UNIT.expected.grace_days

    def stale(days_ago: int) -> list[str]:
        files = [
            delivery(BY_UNIT, 1, "betyg_ak9_2025_00000001.txt", days_ago=days_ago),
            delivery(BY_UNIT, 2, "betyg_ak9_2026_00000002.txt"),
        ]
        return [part.part for part in fresh(BY_UNIT, files).stale_parts]

    assert stale(limit) == []
    assert stale(limit + 1) == stale(limit + 60) == ["00000001"]
    assert stale(limit + 61) == []


def test_a_source_that_says_there_is_nothing_newer_keeps_what_was_delivered_fresh() -> None:
    old = [delivery(PERSONS, 1, "persons.json", days_ago=30)]
    assert fresh(PERSONS, old).status == LATE
    assert fresh(PERSONS, old, contact("nothing_new", confirmed_days_ago=0)).status == FRESH
    assert fresh(PERSONS, old, contact("unreachable", confirmed_days_ago=10)).age_days == 10


def test_a_source_that_has_nothing_and_never_had_is_missing() -> None:
    assert fresh(PERSONS, [], contact("nothing_new", confirmed_days_ago=0)).status == MISSING


def test_a_silent_source_is_told_with_what_it_said() -> None:
    found = fresh(PERSONS, [delivery(PERSONS, 1, "persons.json")], contact("unreachable"))
    assert (found.is_silent, found.source_message_sv, found.status) == (True, "Svarar inte.", FRESH)
    assert not fresh(PERSONS, [], contact("not_offered")).is_silent


def test_an_older_delivery_that_was_passed_over_is_no_open_refusal() -> None:
    newer = delivery(PERSONS, 1, "persons_2026-06-04.json")
    older = replace(delivery(PERSONS, 2, "persons_2026-06-03.json", "refused"), rule="superseded")
    assert not fresh(PERSONS, [newer, older]).has_refused
