"""What dbt is run with; that its models give the right tables is tested in tests/dbt."""

from __future__ import annotations

from pathlib import Path

import duckdb
from dbt_common.behavior_flags import Behavior, BehaviorFlagRendered

from dia_assets import transform
from dia_assets.settings import Settings


def test_behaviour_flags_work_without_a_walk_through_every_loaded_module() -> None:
    assert callable(BehaviorFlagRendered._default_source), "dbt's private name, replaced while dbt runs here"
    transform.quicken()
    flags = Behavior([{"name": "made_up", "default": False, "docs_url": "none"}], {"made_up": True})
    assert flags.made_up.no_warn is True
    assert BehaviorFlagRendered._default_source() == "dbt"


def test_seeds_are_loaded_into_any_new_data_root_whether_they_are_kept_or_not(tmp_path: Path) -> None:
    for name in ("first", "kept by now"):
        settings = Settings(data=tmp_path / name)
        transform.load_seeds(settings)
        with duckdb.connect(str(settings.lake.working_db), read_only=True) as connection:
            assert connection.execute("select count(*) from reference.ref_municipality").fetchone() == (290,)


def test_a_dataset_that_is_not_connected_is_there_and_empty_for_a_model_that_reads_its_versions(tmp_path: Path) -> None:
    read = transform.datasets_read(Settings(data=tmp_path))
    assert "ss12000__grade" in read, "read as all versions only"
    assert "ss12000__syllabus" in read, "read as present versions only"
    assert "ss12000__activity" not in read
