from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from dia_assets.contracts import load_contracts
from dia_assets.errors import DiaError
from dia_assets.landing import zone
from dia_assets.landing.zone import empty_drop_folder, land

from .support import ENROLMENTS, LESSONS, MOMENT, YEARLY, Landing


def _landed_files(landing: Landing) -> list[Path]:
    return [path for path in landing.lake.landing.rglob("*") if path.is_file()]


def test_bytes_land_unchanged_under_their_hash(landing: Landing) -> None:
    delivery = landing.land(LESSONS, "lessons_1.csv", b"\x00\xff anything")[0]
    assert delivery.landed_path.read_bytes() == b"\x00\xff anything"
    assert delivery.landed_path.parent.name == delivery.sha256[:16]
    assert delivery.status == "landed"


def test_the_same_file_twice_is_one_delivery(landing: Landing) -> None:
    assert len(landing.land(LESSONS, "lessons_1.csv", "a")) == 1
    assert landing.land(LESSONS, "lessons_1.csv", "a") == []
    assert landing.land(LESSONS, "lessons_1_again.csv", "a") == [], "another name for the same period is no news"
    assert len(landing.ledger.deliveries()) == 1


def test_an_unchanged_file_is_not_read_again(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.land(LESSONS, "lessons_1.csv", "a")
    monkeypatch.setattr(zone, "_stream", lambda *_: pytest.fail("the file was read again"))
    assert (
        land(landing.settings, landing.lake, landing.ledger, LESSONS, [landing.inbox / "lessons_1.csv"], MOMENT) == []
    )


def test_the_same_bytes_for_another_period_are_a_delivery_of_their_own(landing: Landing) -> None:
    first = landing.land(YEARLY, "grades_2025_1.txt", "1;a;A\n")
    again = landing.land(YEARLY, "grades_2026_1.txt", "1;a;A\n")
    assert len(first) == len(again) == 1
    assert landing.land(YEARLY, "grades_2026_1.txt", "1;a;A\n") == []


def test_an_unchanged_register_under_a_new_date_is_no_news(landing: Landing) -> None:
    landing.land(ENROLMENTS, "persons_1.json", "{}")
    assert landing.land(ENROLMENTS, "persons_2.json", "{}") == []


def test_a_file_that_feeds_several_datasets_lies_there_once(landing: Landing) -> None:
    file = landing.inbox / "persons.json"
    file.write_text('{"data": []}', encoding="utf-8")
    for name in ("person", "enrolment", "responsible"):
        dataset = load_contracts()[f"ss12000.{name}"]
        assert len(land(landing.settings, landing.lake, landing.ledger, dataset, [file], MOMENT)) == 1
    assert len(_landed_files(landing)) == 1


def test_a_file_that_changes_while_it_is_copied_is_left_for_next_time(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = zone._stream

    def growing(source: object, target: object) -> str:
        sha256 = stream(source, target)  # type: ignore[arg-type]
        with (landing.inbox / "lessons_1.csv").open("a") as file:
            file.write("more")
        return sha256

    monkeypatch.setattr(zone, "_stream", growing)
    assert landing.land(LESSONS, "lessons_1.csv", "a") == []
    assert _landed_files(landing) == []


def test_a_full_disk_is_told_of_and_leaves_nothing_half(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(zone, "_stream", full)
    with pytest.raises(DiaError) as caught:
        landing.land(LESSONS, "lessons_1.csv", "a")
    assert "full" in caught.value.message and "Disken" in caught.value.message_sv
    assert _landed_files(landing) == [] and landing.ledger.deliveries() == []


def test_a_file_larger_than_allowed_is_refused_and_not_copied(landing: Landing) -> None:
    landing.settings = landing.settings.model_copy(update={"max_bytes": 3})
    landing.land(LESSONS, "lessons_1.csv", "abcd")
    assert [item.rule for item in landing.ledger.deliveries(status="refused")] == ["too_large"]
    assert _landed_files(landing) == []


def test_the_drop_folder_loses_only_what_every_reader_has_landed(landing: Landing) -> None:
    contracts = [load_contracts()["ss12000.person"], load_contracts()["ss12000.enrolment"]]
    file = landing.inbox / "persons.json"
    file.write_text("{}", encoding="utf-8")
    late = landing.inbox / "persons_2026-06-04.json"
    late.write_text("{ }", encoding="utf-8")
    for count, dataset in enumerate(contracts):
        assert empty_drop_folder(landing.ledger, landing.inbox, contracts) == [], f"{count} readers have it"
        land(landing.settings, landing.lake, landing.ledger, dataset, [file], MOMENT)
    assert empty_drop_folder(landing.ledger, landing.inbox, contracts) == [file]
    assert late.exists()
