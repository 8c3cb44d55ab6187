"""How dbt opens the working database."""

from __future__ import annotations

import yaml

from dia_assets.transform import DBT_PROJECT


def test_memory_and_spill_folder_are_given_when_the_file_is_opened() -> None:
    """DuckDB refuses a spill folder that comes as a later setting once it has spilled: a large night would break."""
    profile = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    output = profile["dia"]["outputs"]["working"]
    assert {"memory_limit", "temp_directory"} <= set(output["config_options"])
    assert not {"memory_limit", "temp_directory"} & set(output["settings"])
