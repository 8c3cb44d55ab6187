"""Compares the product's indicator values with those of the hand-written script, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

SAME = 1e-6  # the product adds posts and grade points as decimals of eight places, the script as binary numbers


@dataclass(frozen=True)
class Comparison:
    """Cells of both sides: indicator × unit or municipality × sex or class × period.

    `equal`: same value and same pupils.
    """

    cells: int
    equal: int
    only_ours: int
    only_theirs: int
    largest_difference: float

    @property
    def is_identical(self) -> bool:
        """Whether both sides have the same cells with the same content."""
        return self.cells == self.equal and not self.only_ours and not self.only_theirs


def compare(lakehouse: Path, handwritten: Path) -> Comparison:
    """Compare `marts.fct_indicator_value` of the last accepted database with the script's table.

    Empty cells are left out: the product lists them, the script has no row for them.
    """
    with duckdb.connect() as db:
        db.execute(f"attach '{lakehouse}' as ours (read_only); attach '{handwritten}' as theirs (read_only)")
        row = db.execute(
            f"""
            with ours as (
                select indicator_id, entity_code, breakdown_value, period, value, n_denominator, n_numerator
                from ours.marts.fct_indicator_value where n_denominator > 0
            ),
            theirs as (
                select indicator_id, entity_code, breakdown_value, period, value, n_denominator, n_numerator
                from theirs.indicator_value where n_denominator > 0
            ),
            cells as (
                select o.indicator_id is null as only_theirs, t.indicator_id is null as only_ours,
                    abs(o.value - t.value) as difference,
                    o.value is not distinct from t.value or difference < {SAME} as same_value,
                    (o.n_denominator, o.n_numerator) is not distinct from (t.n_denominator, t.n_numerator) as same_n
                from ours as o
                full join theirs as t using (indicator_id, entity_code, breakdown_value, period)
            )
            select count(*), count(*) filter (where same_n and same_value), count(*) filter (where only_ours),
                count(*) filter (where only_theirs), coalesce(max(difference), 0)::double
            from cells
            """
        ).fetchone()
    assert row is not None
    return Comparison(*row)
