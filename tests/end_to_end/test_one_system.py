"""Everything that an audience can read of a night's publication, in the hands of one attacker."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
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


HIDDEN, ABSENT = "..", "."


@pytest.mark.parametrize("audience", ["public", "municipality"])
def test_no_hidden_mean_is_the_only_one_that_is_missing_on_its_line(
    night_of_faults: tuple[Path, Night, str], audience: str
) -> None:
    """Girls and boys are all, units are the municipality: with all other means and numbers the last would follow."""
    root = night_of_faults[0]
    with duckdb.connect(str(root / "serving" / audience / "current" / "skoldata.duckdb"), read_only=True) as connection:
        connection.execute(f"attach '{root / 'internal' / 'lakehouse.duckdb'}' as lakehouse (read_only)")
        means = connection.execute(
            "select indicator_id, period, level, entity_code, breakdown_value, value, n, mark from indicator_value"
            " semi join (from lakehouse.reference.ref_indicator where kind in ('mean', 'ratio')) using (indicator_id)"
        ).fetchall()
    lines: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for indicator, period, level, entity, group, *told in means:
        lines[indicator, period, "sexes", level, entity].append((group == "all", *told))
        lines[indicator, period, "units", group].append((level == "municipality", *told))
    hidden = [line for line in lines.values() if any(mark == HIDDEN for *_, mark in line)]
    assert len(hidden) > 20
    for line in hidden:
        missing = [cell for cell in line if cell[3] != ABSENT and (cell[1] is None or cell[2] is None)]
        has_whole = any(is_whole for is_whole, *_ in line)
        assert len(missing) > 1 or len(line) == 1 or not has_whole
