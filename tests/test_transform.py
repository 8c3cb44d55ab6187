"""What dbt is run with; that its models give the right tables is tested in tests/dbt."""

from __future__ import annotations

from dbt_common.behavior_flags import Behavior, BehaviorFlagRendered

from dia_assets import transform


def test_behaviour_flags_work_without_a_walk_through_every_loaded_module() -> None:
    assert callable(BehaviorFlagRendered._default_source), "dbt's private name, replaced while dbt runs here"
    transform._quicken()
    flags = Behavior([{"name": "made_up", "default": False, "docs_url": "none"}], {"made_up": True})
    assert flags.made_up.no_warn is True
    assert BehaviorFlagRendered._default_source() == "dbt"
