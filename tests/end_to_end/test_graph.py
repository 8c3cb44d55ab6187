"""The asset graph: an unbroken path from every landed dataset to what is published, and what Dagster shows of it."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from dia_assets.contracts import load_contracts
from dia_assets.definitions import build_defs
from dia_assets.nightly import Night, dagster_instance
from dia_assets.orchestration import jobs
from dia_assets.serving.tables import AUDIENCES
from dia_assets.settings import Lake

from .nights import environment

CONTRACTS = {key: contract for key, contract in load_contracts().items() if not contract.optional}


@pytest.fixture(scope="module")
def definitions(first_night: tuple[Path, Night, str]) -> dg.Definitions:
    with environment(first_night[0]):
        return build_defs()


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[dg.AssetKey, dg.AssetSpec]:
    return {spec.key: spec for spec in definitions.resolve_all_asset_specs()}


def upstream(specs: dict[dg.AssetKey, dg.AssetSpec], key: dg.AssetKey) -> set[dg.AssetKey]:
    found: set[dg.AssetKey] = set()
    waiting = [key]
    while waiting:
        for dep in specs[waiting.pop()].deps:
            if dep.asset_key not in found:
                found.add(dep.asset_key)
                waiting.append(dep.asset_key)
    return found


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("dataset", sorted(CONTRACTS))
def test_every_dataset_reaches_every_publication(
    specs: dict[dg.AssetKey, dg.AssetSpec], dataset: str, audience: str
) -> None:
    contract = CONTRACTS[dataset]
    reached = upstream(specs, dg.AssetKey(["serving", audience]))
    for layer in ("landing", "raw", "history"):
        assert dg.AssetKey([layer, contract.system, contract.name]) in reached
    assert dg.AssetKey(["staging", contract.system, contract.staging_model]) in reached


def test_no_asset_depends_on_one_that_does_not_exist(specs: dict[dg.AssetKey, dg.AssetSpec]) -> None:
    missing = {dep.asset_key.to_user_string() for spec in specs.values() for dep in spec.deps} - {
        key.to_user_string() for key in specs
    }
    assert missing == set()


def test_every_asset_has_a_group_an_owner_a_kind_a_description_and_a_sensitivity(
    specs: dict[dg.AssetKey, dg.AssetSpec],
) -> None:
    for key, spec in specs.items():
        told = key.to_user_string()
        assert spec.group_name == key.path[0], told
        assert spec.owners and spec.kinds and spec.description, told
        assert spec.tags["sensitivity"] in ("open", "internal", "pseudonymised", "personal", "protected"), told


@pytest.mark.parametrize(
    ("asset", "sensitivity"),
    [
        ("raw/ss12000/person", "personal"),
        ("raw/scb/final_grade_year9", "personal"),
        ("raw/elevstod/support_decision", "protected"),
        ("history/elevstod/support_decision", "pseudonymised"),
        ("vault/person", "protected"),
        ("staging/scb/stg_scb__final_grade_year9", "pseudonymised"),
        ("staging/skolverket/stg_skolverket__final_grade_statistics", "internal"),
        ("history/ss12000/person", "pseudonymised"),
        ("history/ss12000/organisation", "open"),
        ("reference/ref_subject", "open"),
        ("master/mst_person", "pseudonymised"),
        ("master/mst_school_unit", "internal"),
        ("marts/dim_school_unit", "open"),
        ("marts/fct_leaving", "pseudonymised"),
        ("marts/fct_indicator_value", "pseudonymised"),
        ("marts/fct_external_statistics", "internal"),
        ("marts/pub_indicator_value", "personal"),
        ("internal/lakehouse", "pseudonymised"),
        ("serving/public", "open"),
        ("serving/municipality", "internal"),
        ("serving/unit", "personal"),
    ],
)
def test_the_sensitivity_of_an_asset_is_that_of_what_it_holds(
    specs: dict[dg.AssetKey, dg.AssetSpec], asset: str, sensitivity: str
) -> None:
    assert specs[dg.AssetKey(asset.split("/"))].tags["sensitivity"] == sensitivity


def test_the_run_is_in_the_instance_with_row_counts_and_checks(first_night: tuple[Path, Night, str]) -> None:
    root, ended, _ = first_night
    with environment(root), dagster_instance(Lake(root)) as instance:
        records = instance.get_run_records()
        assert [record.dagster_run.run_id for record in records] == [ended.run_id]
        assert records[0].dagster_run.job_name == jobs.NIGHTLY
        event = instance.get_latest_materialization_event(dg.AssetKey(["marts", "fct_leaving"]))
        assert event is not None and event.asset_materialization is not None
        assert int(str(event.asset_materialization.metadata["dagster/row_count"].value)) > 0
        checks = instance.all_logs(ended.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        assert len(checks) > 100


def test_gates_of_master_and_marts_block_and_those_of_raw_do_not(definitions: dg.Definitions) -> None:
    blocking = {
        spec.asset_key.path[0]
        for checks in definitions.asset_checks or []
        for spec in checks.check_specs
        if spec.blocking
    }
    assert blocking == {"master", "marts"}
    graph = definitions.resolve_asset_graph()
    raw = [
        spec for key in graph.asset_check_keys if key.asset_key.path[0] == "raw" for spec in [graph.get_check_spec(key)]
    ]
    assert raw and not any(spec.blocking for spec in raw)


def test_the_night_runs_at_two_in_swedish_time_when_switched_on(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("nightly_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "Europe/Stockholm")
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


def test_the_drop_folder_starts_a_run_once_its_files_are_complete(
    definitions: dg.Definitions, tmp_path: Path, first_night: tuple[Path, Night, str]
) -> None:
    sensor = definitions.resolve_sensor_def("drop_folder_sensor")
    drop = tmp_path / "drop" / "narvaro"
    with environment(tmp_path):
        assert _requests(sensor, None) == (0, None)
        drop.mkdir(parents=True)
        (drop / "notes.txt").write_text("no contract knows this file")
        assert _requests(sensor, None) == (0, None)
        (drop / "lektionsnarvaro_2026-06-04.csv").write_text("half a file")
        runs, cursor = _requests(sensor, None)
        assert (runs, bool(cursor)) == (0, True)
        assert _requests(sensor, cursor)[0] == 1
        (drop / "lektionsnarvaro_2026-06-04.csv").write_text("half a file and then some more")
        assert _requests(sensor, cursor)[0] == 0


def _requests(sensor: dg.SensorDefinition, cursor: str | None) -> tuple[int, str | None]:
    with dg.build_sensor_context(cursor=cursor) as context:
        result = sensor.evaluate_tick(context)
    return len(result.run_requests or []), result.cursor
