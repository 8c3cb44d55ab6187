"""Everything that an audience can read of a night's publication, in the hands of one attacker."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.one_system import attack_everything
from dia_assets.nightly import Night


@pytest.mark.parametrize(("audience", "at_least"), [("public", 50), ("municipality", 100)])
def test_no_number_can_be_worked_out_from_all_tables_and_periods_together(
    night_of_faults: tuple[Path, Night, str], audience: str, at_least: int
) -> None:
    root = night_of_faults[0]
    attacked = attack_everything(root / "internal" / "lakehouse.duckdb", root / "serving", audience)
    assert attacked.asked >= at_least
    assert [item.question.variable for item in attacked.narrowed] == []
    assert attacked.contradicting == []
