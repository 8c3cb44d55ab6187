"""What every run does beside its steps, however it is started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dia_assets import clock
from dia_assets.orchestration.lakehouse import Lakehouse


@pytest.fixture
def lakehouse(tmp_path: Path) -> Lakehouse:
    return Lakehouse(environment={"DIA_DATA": str(tmp_path), "DIA_RUN_LOG_DAYS": "1"})


@dg.asset
def step(lakehouse: Lakehouse) -> None:
    """A step like any other."""


def test_a_run_deletes_the_logs_of_runs_that_are_older_than_the_setting(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:

        def run() -> str:
            return dg.materialize([step], instance=instance, resources={"lakehouse": lakehouse}).run_id

        first = run()
        between = datetime.now(UTC)
        second = run()
        assert instance.get_run_by_id(first) is not None
        monkeypatch.setattr(clock, "real_now", lambda: between + timedelta(days=1))
        third = run()
        assert instance.get_run_by_id(first) is None
        assert instance.all_logs(first) == []
        assert {record.dagster_run.run_id for record in instance.get_run_records()} == {second, third}
