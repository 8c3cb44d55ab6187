"""The dbt project itself: its own tests, its contracts, and what no model may contain."""

from __future__ import annotations

import re

import pytest
import yaml

from dia_assets.contracts import load_contracts
from dia_assets.serving import access_decision
from dia_assets.settings import PROJECT
from tests.dbt.lake import DBT_PROJECT, Lake

MODELS = sorted((DBT_PROJECT / "models").rglob("*.sql"))


def test_all_tests_of_the_project_pass_on_the_golden_class(golden_lake: Lake) -> None:
    result = golden_lake.dbt("test")
    assert len(result.result.results) > 50


@pytest.fixture(scope="module")
def built(golden_lake: Lake) -> dict[str, list[str]]:
    """The columns of every table and view, by schema and name."""
    columns = golden_lake.query(
        "select schema_name, table_name, list(column_name order by column_index) as names"
        " from duckdb_columns() where not internal group by all"
    )
    return {f"{row['schema_name']}.{row['table_name']}": row["names"] for row in columns}


def test_every_dataset_has_a_staging_model_that_accounts_for_every_column(built: dict[str, list[str]]) -> None:
    drift = []
    for key, contract in load_contracts().items():
        meta = yaml.safe_load(
            (DBT_PROJECT / "models/staging" / contract.system / f"{contract.staging_model}.yml").read_text("utf-8")
        )["models"][0]
        left_out = set(meta["config"]["meta"]["dia"]["not_carried"])
        documented = [column["name"] for column in meta["columns"]]
        columns = built[f"staging.{contract.staging_model}"]
        drift += [f"{key}: {name} is in the YAML or the view, not both" for name in set(documented) ^ set(columns)]
        for column in contract.stored_columns:
            if (column.name in columns) == (column.name in left_out):
                drift.append(f"{key}: {column.name} must be carried or listed under not_carried")
    assert drift == []


def test_no_staging_model_carries_an_identifier_of_a_person() -> None:
    for key, contract in load_contracts().items():
        text = (DBT_PROJECT / "models/staging" / contract.system / f"{contract.staging_model}.yml").read_text("utf-8")
        carried = {column["name"] for column in yaml.safe_load(text)["models"][0]["columns"]}
        roles = ("person_identifier", "related_person_identifier", "direct_identifier", "security_marking")
        identifying = {column.name for column in contract.columns if column.role in roles or column.drop}
        assert not carried & identifying, key


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_every_model_is_described_beside_its_sql(model) -> None:
    described = yaml.safe_load(model.with_suffix(".yml").read_text("utf-8"))["models"]
    assert [item["name"] for item in described] == [model.stem]
    assert described[0]["description"].startswith("Grain: ")
    assert "Use this when" in described[0]["description"]


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_every_model_says_which_columns_it_has(model, built: dict[str, list[str]]) -> None:
    schema = model.relative_to(DBT_PROJECT / "models").parts[0]
    described = yaml.safe_load(model.with_suffix(".yml").read_text("utf-8"))["models"][0]
    assert [column["name"] for column in described["columns"]] == built[f"{schema}.{model.stem}"]


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_marts_never_read_staging_and_only_staging_reads_raw(model) -> None:
    text = model.read_text("utf-8")
    sources = set(re.findall(r"source\('(\w+)'", text))
    layer = model.relative_to(DBT_PROJECT / "models").parts[0]
    assert "ref('stg_" not in text
    assert sources <= ({"history", "recorded", "identity", "run"} if layer != "staging" else {model.parent.name})


def test_the_contract_of_every_model_that_is_published_is_enforced() -> None:
    """What a reader or an analyst gets has the columns and types that are written down, or the run breaks."""
    queries = "".join(path.read_text("utf-8") for path in sorted((PROJECT / "dia_assets" / "serving").glob("*.py")))
    read = set(re.findall(r"lakehouse\.(?:marts|master)\.(\w+)", queries)) | set(access_decision.TABLES)
    assert {"pub_indicator_value", "dim_school_unit", "fct_external_statistics", "mst_work_item"} <= read
    described = {path.stem: path for path in (DBT_PROJECT / "models").rglob("*.yml")}
    for name in sorted(read):
        (model,) = yaml.safe_load(described[name].read_text("utf-8"))["models"]
        assert model.get("config", {}).get("contract") == {"enforced": True}, name
        assert all(column.get("data_type") for column in model["columns"]), name


def test_seeds_name_all_290_municipalities(golden_lake: Lake) -> None:
    assert golden_lake.one("select count(*) from reference.ref_municipality") == 290


def test_published_tables_hold_no_person_key(golden_lake: Lake) -> None:
    columns = golden_lake.query(
        "select table_name from information_schema.columns"
        " where table_name like 'pub_%' and column_name like '%person%'"
    )
    assert columns == []
