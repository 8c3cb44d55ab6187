"""The staging model that follows from a contract runs, says what it has, and is written as the project's SQL is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from jinja2 import Environment
from sqlfluff.core import FluffConfig, Linter

from dia_assets import scaffold
from dia_assets.cli import main
from dia_assets.contracts import Column, DatasetContract, load_contracts
from dia_assets.errors import DiaError
from dia_assets.settings import PROJECT
from tests.dbt.lake import Lake

CONTRACTS = load_contracts()
GRADE = CONTRACTS["ss12000.grade"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A staging view made of every contract, over empty raw tables; dbt itself builds the project's in tests/dbt."""
    lake = Lake(tmp_path_factory.mktemp("scaffold"))
    lake.make_raw("2026-06-04")
    macros = (PROJECT / "dbt_project" / "macros" / "typing.sql").read_text(encoding="utf-8")
    with lake.connection() as connection:
        connection.execute("create schema staging")
        for contract in CONTRACTS.values():
            model = scaffold.staging_model(contract)
            template = Environment().from_string(macros + model.sql)
            sql = template.render(source=lambda system, name: f"raw.{system}__{name}")
            connection.execute(f"create view staging.{model.name} as {sql}")
    return lake


@pytest.mark.parametrize("key", CONTRACTS)
def test_a_made_model_has_the_columns_that_its_description_names(built: Lake, key: str) -> None:
    model = scaffold.staging_model(CONTRACTS[key])
    described = yaml.safe_load(model.yml)["models"][0]
    columns = [row["column_name"] for row in built.query(f"describe staging.{model.name}")]
    assert [column["name"] for column in described["columns"]] == columns
    rule = described["config"]["meta"]["dia"]["history"]
    assert {name for names in rule.values() for name in names} <= set(columns)
    stored = {column.name for column in CONTRACTS[key].stored_columns}
    assert set(described["config"]["meta"]["dia"]["not_carried"]) == stored - set(columns)


def test_no_made_model_carries_what_tells_who_somebody_is() -> None:
    for contract in CONTRACTS.values():
        names = {
            column["name"] for column in yaml.safe_load(scaffold.staging_model(contract).yml)["models"][0]["columns"]
        }
        assert not names & {column.name for column in contract.columns if column.role or column.drop}, contract.key


def test_made_sql_is_formed_as_the_rest() -> None:
    linter = Linter(config=FluffConfig.from_path(str(PROJECT)))
    assert linter.lint_string(scaffold.staging_model(GRADE).sql).get_violations() == []


@pytest.mark.parametrize(
    "key", [key for key, contract in CONTRACTS.items() if contract.optional and contract.system == "ss12000"]
)
def test_models_that_nobody_had_to_change_are_as_the_contract_says(key: str) -> None:
    model = scaffold.staging_model(CONTRACTS[key])
    folder = scaffold.staging_folder(CONTRACTS[key])
    assert (folder / f"{model.name}.sql").read_text(encoding="utf-8") == model.sql


def with_column(column: Column) -> DatasetContract:
    return GRADE.model_copy(update={"columns": (*GRADE.columns, column)})


def test_a_related_person_who_may_be_missing_does_not_decide_where_the_row_is_kept() -> None:
    assert "_person_is_protected as _is_protected" in scaffold.staging_model(GRADE).sql
    always = Column(
        name="owner_id", description="Owner", source="owner.id", type="text", required=True,
        role="related_person_identifier", identifier="source_id", classification="direct_identifier",
    )  # fmt: skip
    sql = scaffold.staging_model(with_column(always)).sql
    assert "_owner_id_key as owner_person_key" in sql and "_person_is_protected" not in sql


def test_the_forms_of_a_date_go_with_it() -> None:
    column = Column(
        name="day", description="Day", source="d", type="date", formats=("%d/%m/%Y",), classification="none"
    )  # fmt: skip
    assert "{{ as_date('day', ['%d/%m/%Y']) }} as day" in scaffold.staging_model(with_column(column)).sql


def test_a_model_that_exists_is_never_written_over(tmp_path: Path) -> None:
    model = scaffold.staging_model(GRADE)
    written = model.write(tmp_path)
    written[0].write_text("-- by hand", encoding="utf-8")
    with pytest.raises(DiaError, match=model.name):
        model.write(tmp_path)
    assert written[0].read_text(encoding="utf-8") == "-- by hand"


def test_the_command_shows_a_model_and_says_what_there_is(tmp_path: Path) -> None:
    run = CliRunner(env={"DIA_DATA": str(tmp_path)})
    shown = run.invoke(main, ["dataset", "staging", "ss12000.grade"])
    assert shown.exit_code == 0 and scaffold.staging_model(GRADE).sql in shown.output
    unknown = run.invoke(main, ["dataset", "staging", "ss12000.betyg"])
    assert unknown.exit_code == 1 and "ingen datamängd ss12000.betyg" in unknown.output
