"""The inventory is read from the dbt sources; a wrong entry is named with file, dataset and key."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml

from dia_assets.contracts import STAGING, load_contracts
from dia_assets.errors import DiaError

CONTRACTS = load_contracts()


def test_there_is_a_contract_for_every_dataset_with_owner_law_and_purpose() -> None:
    assert len(CONTRACTS) == 18
    for contract in CONTRACTS.values():
        assert contract.owner and contract.steward and contract.legal_basis and contract.purpose, contract.key


def test_every_contract_has_a_staging_model_and_a_history_source() -> None:
    listed = yaml.safe_load((STAGING.parent / "master" / "_history__sources.yml").read_text(encoding="utf-8"))
    history = {table["name"] for source in listed["sources"] for table in source["tables"]}
    assert history == {contract.slug for contract in CONTRACTS.values()}
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
