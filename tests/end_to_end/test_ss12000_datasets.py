"""Every object of SS 12000, from files and pulls through every room to history, in one go."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.engine import connect
from dia_assets.history import tables
from dia_assets.history import write as history
from dia_assets.identity import vault
from dia_assets.landing.zone import land
from dia_assets.ledger import Ledger
from dia_assets.orchestration.ingest import take_in
from dia_assets.orchestration.lakehouse import Lakehouse
from dia_assets.orchestration.models import open_staging
from dia_assets.sources.folder import find_files
from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS
from dia_assets.synthetic.ss12000_objects import objects, planted
from dia_assets.synthetic.world import CANARY_COMMENT, CANARY_START_DATE, CANARY_STRING, World

CONTRACTS = {key: contract for key, contract in load_contracts().items() if contract.system == "ss12000"}
NEW = {key: contract for key, contract in CONTRACTS.items() if contract.optional}
Json = dict[str, Any]


def write_pull(path: Path, pages: Iterable[tuple[dict[str, str], list[Json]]]) -> None:
    """Pages as a source that is asked leaves them: the answers, and the request behind each."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        index = []
        for number, (parameters, data) in enumerate(pages):
            archive.writestr(f"{number}.json", json.dumps({"data": data, "pageToken": None}, ensure_ascii=False))
            index.append(json.dumps({"file": f"{number}.json", "parameters": parameters, "kind": "records"}))
        archive.writestr("pages.jsonl", "\n".join(index))


def by_month(events: Iterable[Json]) -> Iterator[tuple[dict[str, str], list[Json]]]:
    months: dict[str, list[Json]] = {}
    for event in events:
        months.setdefault(event["startTime"][:7], []).append(event)
    for month, data in months.items():
        yield {"window_start": f"{month}-01"}, data


def with_unreadable(resource: str, data: list[Json]) -> list[Json]:
    """One record that the contract or the steward's rule does not take in."""
    if resource == "grades":
        return [*data, {**data[-1], "id": "grade-without-value", "gradeValue": None}]
    if resource == "attendances":
        return [*data, {**data[0], "id": "less-than-nothing", "attendanceMinutes": -5}]
    return data


@dataclass
class Taken:
    """What went in, and the lakehouse that it is in."""

    world: World
    objects: dict[str, list[Json]]
    lakehouse: Lakehouse
    connection: duckdb.DuckDBPyConnection

    def rows(self, key: str, where: str = "true") -> int:
        found = self.connection.execute(f"select count(*) from history.{CONTRACTS[key].slug} where {where}").fetchone()
        assert found is not None
        return int(found[0])

    def held(self, contract: DatasetContract) -> list[Json]:
        path = self.lakehouse.lake.held(contract)
        if not tables.exists(path):
            return []
        return self.connection.execute(f"select * from read_parquet('{path}/*.parquet')").to_arrow_table().to_pylist()


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    root = tmp_path_factory.mktemp("ss12000") / "data"
    world = build_world(replace(PRESETS["tiny"], attendance_days=3), 7)
    lakehouse = Lakehouse(environment={"DIA_DATA": str(root), "DIA_NOW": "2026-06-04T02:00:00+00:00"})
    lake, settings = lakehouse.lake, lakehouse.settings
    lake.prepare()
    drop = lake.drop / "ss12000"
    drop.mkdir(parents=True, exist_ok=True)
    made = {name: with_unreadable(name, list(stream())) for name, stream in objects(world).items()}
    for name, data in made.items():
        if name == "calendarEvents":
            write_pull(drop / f"{name}_2026.pull.zip", by_month(data))
        elif name == "attendances":
            write_pull(drop / f"{name}_all.pull.zip", (({}, data[at : at + 500]) for at in range(0, len(data), 500)))
        else:
            (drop / f"{name}.json").write_text(json.dumps({"data": data}, ensure_ascii=False), encoding="utf-8")
    ledger = Ledger(lake.ledger)
    for contract in CONTRACTS.values():
        land(settings, lake, ledger, contract, find_files(drop, contract), lakehouse.moment)
        take_in(lakehouse, contract)
    vault.resolve(settings, lake, ledger, CONTRACTS.values(), lakehouse.moment)
    open_staging(lakehouse)
    with connect(settings, lake.working_db) as connection:
        layouts = {key: tables.layout(connection, contract) for key, contract in CONTRACTS.items()}
        for key, contract in CONTRACTS.items():
            history.append_new(connection, lake, ledger, contract, layouts[key])
        tables.create_history_views(connection, lake, CONTRACTS.values(), layouts)
        yield Taken(world, made, lakehouse, connection)


def records(taken: Taken, contract: DatasetContract) -> list[Json]:
    """The records of a dataset among the objects, by the contract's own path."""
    found: list[Any] = taken.objects[contract.fetch["resource"]]
    for step in (contract.format.records or "").split(".")[1:]:
        found = [inner for outer in found for inner in outer.get(step.removesuffix("[*]"), [])]
    return found


@pytest.mark.parametrize("key", NEW)
def test_every_record_is_taken_in_but_the_unreadable_one(taken: Taken, key: str) -> None:
    contract = CONTRACTS[key]
    [delivery] = taken.lakehouse.ledger.deliveries(key)
    unreadable = 1 if key in ("ss12000.grade", "ss12000.attendance") else 0
    assert delivery.status == "accepted", delivery.reason_sv
    assert delivery.rows_read == len(records(taken, contract)) > 0
    assert (delivery.rows_quarantined, delivery.rows_kept) == (unreadable, delivery.rows_read - unreadable)


@pytest.mark.parametrize("key", NEW)
def test_history_and_held_have_every_record_once(taken: Taken, key: str) -> None:
    contract = CONTRACTS[key]
    [delivery] = taken.lakehouse.ledger.deliveries(key)
    assert taken.rows(key) + len(taken.held(contract)) == delivery.rows_kept


@pytest.mark.parametrize("key", [key for key, contract in NEW.items() if contract.person_identifiers])
def test_persons_are_keys_of_the_vault_and_the_protected_are_only_held(taken: Taken, key: str) -> None:
    contract = CONTRACTS[key]
    known = "person_key in (select person_key from vault.alias)"
    protected = "person_key in (select person_key from vault.protected)"
    assert taken.rows(key, f"not ({known})") == 0
    assert taken.rows(key, protected) == 0
    assert taken.rows(key) > 0
    held = taken.held(contract)
    assert {row["_hold_reason"] for row in held} <= {"protected"}
    marked = {
        column.name: records(taken, contract)
        for column in contract.security_markings
        if (column.marks or contract.person_identifiers[0].name) == contract.person_identifiers[0].name
    }
    [(name, rows)] = marked.items()
    path = (contract.column(name).source or "").split(".")
    if path[0] != "^":
        assert len(held) >= sum(1 for row in rows if value(row, path)) - 1


def value(row: Json, path: list[str]) -> Any:
    for step in path:
        row = row.get(step) or {}
    return row


def test_the_same_pupil_has_the_same_key_in_every_dataset(taken: Taken) -> None:
    persons = "select person_key from history.ss12000__enrolment"
    for key in ("ss12000.grade", "ss12000.attendance", "ss12000.absence", "ss12000.placement"):
        assert taken.rows(key, f"person_key not in ({persons})") == 0, key


def test_a_grade_by_a_protected_teacher_stays_while_the_teacher_is_protected(taken: Taken) -> None:
    staff = {duty.adult for duty in taken.world.duties}
    [teacher] = [adult for place, adult in enumerate(taken.world.adults) if adult.marking and place in staff]
    pupils = {pupil.person_id for pupil in taken.world.pupils if pupil.is_protected}
    by_teacher = [
        grade["id"] for grade in taken.objects["grades"]
        if teacher.person_id in (grade["registeredBy"]["id"], grade["gradingTeacher"]["id"])
        and grade["student"]["id"] not in pupils and grade["gradeValue"]
    ]  # fmt: skip
    assert by_teacher
    listed = ", ".join(f"'{grade}'" for grade in by_teacher)
    assert taken.rows("ss12000.grade", f"grade_id in ({listed})") == len(by_teacher)
    key = taken.connection.execute(
        "select person_key from vault.alias where value = ?", [teacher.person_id]
    ).fetchone()  # fmt: skip
    assert key in taken.connection.execute("select person_key from vault.protected").fetchall()


def test_monthly_sums_are_those_of_the_lessons(taken: Taken) -> None:
    lessons = taken.connection.execute(
        "select sum(present_minutes), sum(valid_absence_minutes), sum(invalid_absence_minutes)"
        " from history.ss12000__attendance"
    ).fetchall()
    sums = taken.connection.execute(
        "select sum(present_minutes), sum(valid_absence_minutes), sum(invalid_absence_minutes)"
        " from history.ss12000__aggregated_attendance"
    ).fetchall()
    assert lessons == sums


def test_lessons_are_at_the_same_moment_as_the_source_says(taken: Taken) -> None:
    first = taken.objects["calendarEvents"][0]
    found = taken.connection.execute(
        "select start_time = ?::timestamptz, end_time = ?::timestamptz, window_start"
        " from history.ss12000__calendar_event where calendar_event_id = ?",
        [first["startTime"], first["endTime"], first["id"]],
    ).fetchall()
    assert found == [(True, True, date.fromisoformat(f"{first['startTime'][:7]}-01"))]


def test_unknown_values_are_told_of_and_taken_in(taken: Taken) -> None:
    unknown = [entry for entry in planted(taken.world) if entry.defect == "unknown_enumeration_value"]
    assert {entry.resource for entry in unknown} == {"syllabuses", "activities"}
    for key, rule in (("ss12000.syllabus", "curriculum_is_known"), ("ss12000.activity", "activity_type_is_known")):
        broken = [check for check in taken.lakehouse.ledger.load_checks(key) if check.rule_id == rule]
        assert [(check.failed, check.severity) for check in broken] == [(1, "warn")]


def test_no_other_rule_about_values_is_broken(taken: Taken) -> None:
    broken = {
        (key, check.rule_id)
        for key in NEW
        for check in taken.lakehouse.ledger.load_checks(key)
        if not check.passed and not re.search("is_known$", check.rule_id)
    }
    planted_here = {
        ("ss12000.attendance", "no_negative_minutes"),
        ("ss12000.attendance", "one_row_per_pupil_and_lesson"),
    }
    assert broken == planted_here


def test_free_text_and_the_canary_are_nowhere_in_raw_or_in_history(taken: Taken) -> None:
    lake, never = taken.lakehouse.lake, (CANARY_COMMENT,)
    canary = (*never, CANARY_STRING, CANARY_START_DATE.isoformat())
    for contract in NEW.values():
        looked_at = {lake.raw(contract): never, lake.quarantine(contract): never, lake.history(contract): canary}
        for folder, texts in looked_at.items():
            for file in folder.glob("*.parquet"):
                rows = taken.connection.execute(f"select * from read_parquet('{file}')").fetchall()
                said = "\n".join(str(cell) for row in rows for cell in row)
                assert not [text for text in texts if text in said], (contract.key, folder.parent.name)
    assert CANARY_START_DATE in {row["start_date"] for row in taken.held(CONTRACTS["ss12000.study_plan"])}
