"""The pages of a pull are read to the last one, and nothing of them is left lying about."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from unittest import mock

import duckdb
import pytest

from dia_assets import delta
from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.errors import DeliveryRefused
from dia_assets.identity.views import create_raw_views
from dia_assets.landing import members, raw
from dia_assets.landing.zone import land
from dia_assets.ledger import Delivery, DeliveryMode

from .support import MOMENT, Landing

ENROLMENTS = load_contracts()["ss12000.enrolment"]


def person(name: str, *units: str) -> dict[str, object]:
    return {
        "id": name,
        "enrolments": [{"enroledAt": {"id": unit}, "schoolType": "GR", "startDate": "2025-08-18"} for unit in units],
    }


def pull(path: Path, pages: Iterable[object], kind: str = "records") -> Path:
    index = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, page in enumerate(pages, 1):
            archive.writestr(f"{number}.json", page if isinstance(page, bytes) else json.dumps(page))
            index.append(json.dumps({"file": f"{number}.json", "kind": kind, "parameters": {"limit": "1"}}))
        archive.writestr("pages.jsonl", "\n".join(index))
    return path


def landed(landing: Landing, name: str, pages: Iterable[object], mode: DeliveryMode, kind: str = "records") -> Delivery:
    file = pull(landing.inbox / name, pages, kind)
    (delivery,) = land(landing.settings, landing.lake, landing.ledger, ENROLMENTS, [file], MOMENT, mode=mode)
    return delivery


def unpacked(landing: Landing) -> list[Path]:
    return list((landing.lake.work / "unpacked").rglob("*"))


@pytest.mark.parametrize("batch", [1, members.BATCH])
def test_every_page_is_read_and_no_unpacked_one_is_left(
    landing: Landing, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "BATCH", batch)
    pages = [{"data": [person(f"p{n}", "u1")]} for n in range(4)]
    delivery = landed(landing, "persons_1.pull.zip", pages, "full")
    candidate = raw.read_candidate(landing.settings, landing.lake, ENROLMENTS, delivery)
    rows = landing.candidate_rows(candidate)
    assert sorted((row["person_id"], row["_row"]) for row in rows) == [("p0", 1), ("p1", 2), ("p2", 3), ("p3", 4)]
    assert unpacked(landing) == []


@pytest.mark.parametrize("batch", [1, members.BATCH])
def test_nothing_is_left_of_a_pull_that_is_refused(
    landing: Landing, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "BATCH", batch)
    pages = [{"data": [person("p1", "u1")]}, {"error": "x"}, {"data": []}]
    delivery = landed(landing, "persons_1.pull.zip", pages, "full")
    with pytest.raises(DeliveryRefused):
        raw.read_candidate(landing.settings, landing.lake, ENROLMENTS, delivery)
    assert unpacked(landing) == []


def test_changes_note_every_record_whether_it_has_rows_or_not(landing: Landing) -> None:
    delivery = landed(landing, "persons_1.pull.zip", [{"data": [person("p1", "u1", "u2"), person("p2")]}], "changes")
    accepted(landing, delivery)
    assert noted(landing) == {("p1", delivery.load), ("p2", delivery.load)}


def test_deletions_note_the_records_and_add_no_row(landing: Landing) -> None:
    answer = {"data": {"persons": ["p1"], "groups": ["g1"]}}
    delivery = landed(landing, "persons_1.deleted.pull.zip", [answer], "changes", "deleted")
    assert accepted(landing, delivery).rows_read == 0
    assert noted(landing) == {("p1", delivery.load)}


def test_a_kill_between_the_records_and_raw_leaves_both_tables_whole(landing: Landing) -> None:
    delivery = landed(landing, "persons_1.pull.zip", [{"data": [person("p1", "u1")]}], "changes")
    real = delta.Writer.commit_files

    def killed(writer: delta.Writer, *more: object) -> int:
        if writer.table == landing.lake.raw(ENROLMENTS):
            raise KeyboardInterrupt
        return real(writer, *more)  # type: ignore[arg-type]

    with mock.patch.object(delta.Writer, "commit_files", killed), pytest.raises(KeyboardInterrupt):
        accepted(landing, delivery)
    raw.clean_up(landing.lake, landing.ledger, ENROLMENTS, MOMENT)
    raw.refuse(landing.lake, landing.ledger, ENROLMENTS, delivery, DeliveryRefused("x", "x", "x"))
    assert noted(landing) == {("p1", delivery.load)}, "harmless: no accepted delivery has that number"
    assert landing.ledger.deliveries(status="accepted") == []


def accepted(landing: Landing, delivery: Delivery) -> raw.Candidate:
    candidate = raw.read_candidate(landing.settings, landing.lake, ENROLMENTS, delivery)
    raw.accept(landing.lake, landing.ledger, ENROLMENTS, delivery, candidate, MOMENT)
    return candidate


def noted(landing: Landing, contract: DatasetContract = ENROLMENTS) -> set[tuple[str, int]]:
    """The records that deliveries of changes were about, as staging sees them."""

    with duckdb.connect() as connection:
        create_raw_views(connection, landing.lake, [contract])
        select = f"select person_id, _load from raw.{contract.slug} where _is_entity"
        return set(connection.execute(select).fetchall())
