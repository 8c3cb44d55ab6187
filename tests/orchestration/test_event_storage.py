"""Dagster's event log with its files kept open holds what Dagster's own would hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from dia_assets.orchestration.event_storage import FOLDER, KeptOpenEventLogStorage

SETTINGS = """
telemetry: {enabled: false}
event_log_storage:
  module: dia_assets.orchestration.event_storage
  class: KeptOpenEventLogStorage
  config: {base_dir: {env: DAGSTER_HOME}}
"""


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text(SETTINGS, encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        yield made


@dg.multi_asset(
    name="step",
    specs=[dg.AssetSpec(f"table_{n}") for n in range(5)],
    check_specs=[dg.AssetCheckSpec("is_right", asset=f"table_{n}") for n in range(5)],
)
def step() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    for n in range(5):
        yield dg.MaterializeResult(asset_key=f"table_{n}", metadata={"rows": n})
        yield dg.AssetCheckResult(asset_key=f"table_{n}", check_name="is_right", passed=n != 3)


def _told(storage: object, run_id: str) -> list[str]:
    return [str(record.event_log_entry.dagster_event_type) for record in storage.get_records_for_run(run_id).records]  # type: ignore[attr-defined]


def test_dagsters_own_storage_reads_the_same_events_checks_and_assets(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    run = dg.materialize([step], instance=instance)
    storage = instance.event_log_storage
    assert isinstance(storage, KeptOpenEventLogStorage)
    own = SqliteEventLogStorage(str(tmp_path / FOLDER / "runs"))
    told = _told(storage, run.run_id)
    assert told == _told(own, run.run_id)
    assert told.count("DagsterEventType.ASSET_MATERIALIZATION_PLANNED") == 5
    assert told.count("DagsterEventType.ASSET_CHECK_EVALUATION") == 5
    key = dg.AssetCheckKey(dg.AssetKey("table_3"), "is_right")
    [execution] = own.get_asset_check_execution_history(key, limit=5)
    assert execution.status.value == "FAILED"
    latest = own.get_latest_materialization_events([dg.AssetKey("table_4")])[dg.AssetKey("table_4")]
    assert latest is not None and latest.run_id == run.run_id


def test_a_batch_is_stored_whole_or_not_at_all(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    run = dg.materialize([step], instance=instance)
    storage = instance.event_log_storage
    entries = [record.event_log_entry for record in storage.get_records_for_run(run.run_id).records]
    before = len(entries)
    real, seen = storage.store_event, []

    def breaks_at_the_third(entry: dg.EventLogEntry) -> None:
        seen.append(entry)
        if len(seen) == 3:
            raise OSError("no space left")
        real(entry)

    monkeypatch.setattr(storage, "store_event", breaks_at_the_third)
    with pytest.raises(OSError, match="no space"):
        storage.store_event_batch(entries)
    monkeypatch.undo()
    assert len(_told(storage, run.run_id)) == before
    storage.store_event_batch(entries[:4])
    assert len(_told(storage, run.run_id)) == before + 4


def test_many_runs_do_not_keep_many_files_open_and_a_deleted_run_is_gone(instance: dg.DagsterInstance) -> None:
    runs = [dg.materialize([step], instance=instance).run_id for _ in range(10)]
    storage = instance.event_log_storage
    assert isinstance(storage, KeptOpenEventLogStorage)
    assert len(storage._engines) <= 9
    instance.delete_run(runs[0])
    assert _told(storage, runs[0]) == []
    assert _told(storage, runs[1]) == _told(storage, runs[9])
