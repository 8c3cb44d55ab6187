"""The inventory is read from the dbt sources; a wrong entry is named with file, dataset and key."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest
import yaml
from jinja2 import Environment

from dia_assets.contracts import STAGING, load_contracts
from dia_assets.contracts.model import Klassa
from dia_assets.errors import DiaError
from dia_assets.settings import PROJECT

CONTRACTS = load_contracts()


def test_there_is_a_contract_for_every_dataset_with_owner_law_and_purpose() -> None:
    assert sum(not contract.optional for contract in CONTRACTS.values()) == 25
    for contract in CONTRACTS.values():
        assert contract.owner and contract.steward and contract.legal_basis and contract.purpose, contract.key


def test_a_contract_takes_the_klassa_levels_of_the_list_and_no_others() -> None:
    with (PROJECT / "dbt_project" / "seeds" / "ref_klassa_level.csv").open(encoding="utf-8") as file:
        levels = list(csv.DictReader(file))
    fields = Klassa.model_json_schema()["properties"]
    for aspect, schema in fields.items():
        handled = {int(row["level"]) for row in levels if row["aspect"] == aspect and row["is_handled"] == "true"}
        assert handled == set(range(schema["minimum"], schema["maximum"] + 1))
        assert {int(row["level"]) for row in levels if row["aspect"] == aspect} == {0, 1, 2, 3, 4}
    assert {row["aspect"] for row in levels} == set(fields)


def test_every_contract_has_a_staging_model_and_a_history_source() -> None:
    listed = yaml.safe_load((STAGING.parent / "master" / "_history__sources.yml").read_text(encoding="utf-8"))
    history = {table["name"] for source in listed["sources"] for table in source["tables"]}
    assert history >= {contract.slug for contract in CONTRACTS.values() if not contract.optional}
    assert history <= {contract.slug for contract in CONTRACTS.values()}
    for contract in CONTRACTS.values():
        assert (STAGING / contract.system / f"{contract.staging_model}.sql").is_file()


@pytest.mark.parametrize(
    ("dataset", "column", "text", "typed"),
    [
        ("narvaro.lesson_attendance", "scheduled_minutes", "42,5", 42.5),
        ("narvaro.lesson_attendance", "scheduled_minutes", "many", None),
        ("narvaro.lesson_attendance", "is_recorded", "J", True),
        ("narvaro.lesson_attendance", "is_recorded", "n", False),
        ("narvaro.lesson_attendance", "class_label", " ", None),
        ("ss12000.enrolment", "school_year", "7", 7),
    ],
)
def test_a_raw_text_is_cast_by_its_contract(dataset: str, column: str, text: str, typed: object) -> None:
    contract = CONTRACTS[dataset]
    found = duckdb.execute(f"select {contract.column(column).typed_sql('$text')}", {"text": text}).fetchone()
    assert found == (typed,)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-06-04T08:00:00+02:00", "2026-06-04 06:00:00"),
        ("2026-06-04T08:00:00Z", "2026-06-04 08:00:00"),
        ("2026-06-04T08:00:00.5+0200", "2026-06-04 06:00:00.5"),
        ("2026-06-04T08:00:00", "2026-06-04 06:00:00"),
        ("2026-01-15 08:00", "2026-01-15 07:00:00"),
        ("2026-06-04", "2026-06-03 22:00:00"),
        ("i morgon", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_a_time_is_read_by_its_zone_and_without_one_as_swedish_time(text: str, utc: str | None, zone: str) -> None:
    moment = CONTRACTS["ss12000.absence"].column("start_time").typed_sql("$text")
    macro = (PROJECT / "dbt_project" / "macros" / "typing.sql").read_text(encoding="utf-8")
    staged = Environment().from_string(macro + "{{ as_utc_timestamp('$text') }}").render().strip()
    with duckdb.connect() as connection:
        connection.execute(f"set TimeZone = '{zone}'")
        for sql in (moment, staged):
            found = connection.execute(f"select (({sql}) at time zone 'UTC')::varchar", {"text": text}).fetchone()
            assert found == (utc,), sql


def test_what_holds_for_a_system_is_said_once_for_all_of_its_files(tmp_path: Path) -> None:
    document = yaml.safe_load((STAGING / "skolverket" / "_skolverket__sources.yml").read_text(encoding="utf-8"))
    more = {
        "sources": [{**document["sources"][0], "tables": [{**document["sources"][0]["tables"][0], "name": "more"}]}]
    }
    del more["sources"][0]["config"]
    (tmp_path / "skolverket").mkdir()
    for name, content in (("_skolverket__sources", document), ("_skolverket_more__sources", more)):
        (tmp_path / "skolverket" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    one, other = load_contracts(tmp_path).values()
    assert other.name == "more" and other.system_label_sv == one.system_label_sv and other.owner == one.owner


def broken(folder: Path, **changes: object) -> Path:
    original = next(iter((STAGING / "skolverket").glob("_*__sources.yml")))
    document = yaml.safe_load(original.read_text(encoding="utf-8"))
    meta = document["sources"][0]["tables"][0]["config"]["meta"]["dia"]
    meta.update(changes)
    (folder / "skolverket").mkdir()
    (folder / "skolverket" / original.name).write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"load": {"mode": "sometimes", "key": ["school_unit_code"]}}, r"load\.mode"),
        ({"load": {"mode": "period", "key": ["school_unit_code"]}}, "needs `scope`"),
        ({"load": {"mode": "full", "key": ["no_such_column"]}}, "no_such_column"),
        ({"klassa": {"confidentiality": 4, "integrity": 1, "availability": 1, "traceability": 1}}, "confidentiality"),
        ({"files": "without_group.csv"}, "named group"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_contract_is_named(tmp_path: Path, changes: dict[str, object], named: str) -> None:
    with pytest.raises(DiaError, match=named) as error:
        load_contracts(broken(tmp_path, **changes))
    assert "skolverket.final_grade_statistics" in str(error.value)
