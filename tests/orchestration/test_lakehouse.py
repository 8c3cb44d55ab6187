"""What every run does beside its steps, however it is started."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dia_assets import clock
from dia_assets.errors import TransientError
from dia_assets.nightly import _failures
from dia_assets.orchestration import lakehouse as room
from dia_assets.orchestration.lakehouse import Lakehouse, guarded


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


@pytest.mark.parametrize(("bad_tries", "succeeds"), [(3, True), (4, False)])
def test_what_is_tried_again_is_told_of_when_the_tries_are_used_up(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch, bad_tries: int, succeeds: bool
) -> None:
    monkeypatch.setattr(room, "RETRY_SECONDS", 0)
    tries = []

    @dg.multi_asset(specs=[dg.AssetSpec("asked")])
    @guarded
    def asked(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> Iterator[dg.MaterializeResult]:
        tries.append(context.retry_number)
        if len(tries) <= bad_tries:
            raise TransientError("The server is busy.", "Servern är upptagen.")
        yield dg.MaterializeResult()

    job = dg.Definitions(
        assets=[asked], jobs=[dg.define_asset_job("job")], resources={"lakehouse": lakehouse}
    ).resolve_job_def("job")
    result = job.execute_in_process(raise_on_error=False)
    assert result.success is succeeds
    assert tries == [0, 1, 2, 3]
    assert _failures(result) == ([] if succeeds else ["Servern är upptagen."])
