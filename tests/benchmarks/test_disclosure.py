"""What is hidden is counted on a small publication of which every cell is known."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.disclosure import information_loss

PLACE = (
    "'leaving_results' as family, 'IND-03' as indicator_id, level, entity_code, breakdown_value, '2025/26' as period"
)
CELLS = """
    ('municipality', '0381', 'all', 70, 40), ('municipality', '0381', 'K', 28, 14),
    ('municipality', '0381', 'M', 42, 26),
    ('unit', 'Alfa', 'all', 15, 8), ('unit', 'Alfa', 'K', 3, 2), ('unit', 'Alfa', 'M', 12, 6),
    ('unit', 'Beta', 'all', 31, 18), ('unit', 'Beta', 'K', 14, 6), ('unit', 'Beta', 'M', 17, 12),
    ('unit', 'Gamma', 'all', 24, 14), ('unit', 'Gamma', 'K', 11, 6), ('unit', 'Gamma', 'M', 13, 8)
"""


def test_a_small_number_costs_a_rectangle_and_naively_its_whole_row_and_column(tmp_path: Path) -> None:
    database = tmp_path / "lakehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"""
            create schema marts; create schema reference;
            create table marts.given as from (values {CELLS}) as t (level, entity_code, breakdown_value, n, x);
            create table marts.fct_indicator_value as
            select {PLACE}, true as is_share, n as n_denominator, x as n_numerator from marts.given;
            create table marts.ind_marked_value as
            select
                'municipality' as audience, 'municipality-1' as policy_id, {PLACE},
                case when n >= 5 then round(100.0 * x / n, 1) end as value, case when n < 5 then '..' end as mark,
                case when n >= 5 then n end as n, case when n < 5 then '..' end as n_mark
            from marts.given;
            create schema master;
            create table master.mst_own_municipality_unit as
            select null::varchar as school_unit_code, null::varchar as principal_type where false;
            create table reference.ref_suppression_policy as
            select
                'municipality-1' as policy_id, 5 as k_min, 3 as k_comp, 5 as k_mean, '..' as suppressed_mark,
                '~100' as near_all_mark, '~0' as near_none_mark, '.' as absent_mark;
            create table reference.ref_least_number as
            select 'municipality-1' as policy_id, 'teachers' as counts, 5 as least;
            create table reference.ref_indicator as
            select
                'IND-03' as indicator_id, 'share' as kind, 'pupils' as counts, false as is_sensitive,
                unnest([null::varchar]) as nested_group, null::varchar as count_indicator_id,
                null::varchar as implies_indicator_id, null::varchar as excludes_indicator_id,
                null::varchar as split_group,
                null::varchar as part_of_indicator_id, null::varchar as among_indicator_id,
                null::varchar as later_of_indicator_id, null::integer as later_years,
                'leaving_results' as family, null::varchar as shown_with;
        """)
    (loss,), _ = information_loss(database)
    assert (loss.cells, loss.hidden_by_rules) == (12, 1)
    assert loss.hidden == 4, "girls and boys of Alfa and of the smallest other unit"
    assert loss.hidden_naively == 5, "Alfa in all three columns, and the girls of every unit"
    assert (loss.pupils, loss.pupils_hidden, loss.pupils_hidden_naively) == (70, 0, 15)
