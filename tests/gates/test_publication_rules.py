"""The rules that stand between a figure and its publication: each stops what it is there to stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dia_assets.gates.suites import load_suites
from dia_assets.gates.table_gate import gate_tables, stops
from dia_assets.settings import Settings

COLUMNS = [
    "audience",
    "indicator_id",
    "indicator_version",
    "family",
    "level",
    "entity_code",
    "breakdown",
    "breakdown_value",
    "period",
    "period_closed_on",
    "value",
    "mark",
    "n",
    "n_mark",
    "policy_id",
]
CELLS = """
    insert into marts.pub_indicator_value values
    ('public', 'IND-03', 1, 'f', 'unit', '00000001', 'all', 'all', '2024/25', '2025-07-01', 75.5, null, 40, null, 'p1'),
    ('public', 'IND-03', 1, 'f', 'unit', '00000002', 'all', 'all', '2024/25', '2025-07-01', null, '..', null, '..',
     'p1'),
    ('public', 'IND-03', 1, 'f', 'municipality', '0381', 'sex', 'K', '2024/25', '2025-07-01', 80, null, 20, null, 'p1'),
    ('public', 'IND-03', 1, 'f', 'municipality', '0381', 'sex', 'M', '2024/25', '2025-07-01', 70, null, 24, null, 'p1')
"""
INTERNAL = """
    create table marts.fct_indicator_value as select * from (values
    ('IND-03', 'unit', '00000001', 'all', '2024/25', 40), ('IND-03', 'unit', '00000002', 'all', '2024/25', 4),
    ('IND-03', 'municipality', '0381', 'K', '2024/25', 20), ('IND-03', 'municipality', '0381', 'M', '2024/25', 24)
    ) as t(indicator_id, level, entity_code, breakdown_value, period, n_denominator)
"""
HIDDEN, GIRLS = "entity_code = '00000002'", "breakdown_value = 'K'"
UPDATE = "update marts.pub_indicator_value set "


@pytest.fixture
def gate(settings: Settings, tmp_path: Path, write_suite: Callable[..., Path]) -> Callable[[str], list[str]]:
    (published,) = [suite for suite in load_suites("marts") if suite.table == "pub_indicator_value"]
    rules = [rule.model_dump(mode="json", exclude_none=True) for rule in published.rules]
    suites = write_suite("marts", "pub_indicator_value", *rules)

    def stopped_by(change: str) -> list[str]:
        database = tmp_path / "working.duckdb"
        with duckdb.connect(str(database)) as connection:
            connection.execute("create schema marts; create schema reference")
            connection.execute("create table reference.run_clock as select date '2026-06-04' as today")
            connection.execute(
                "create table reference.ref_suppression_policy as select 'p1' as policy_id, 'public' as audience,"
                " 10 as k_min, 20 as n_family, '~100' as near_all_mark, '~0' as near_none_mark,"
                " '..' as suppressed_mark, false as sees_pupils"
            )
            connection.execute(
                "create table reference.ref_least_number as from"
                " (values ('p1', 'teachers', 5), ('p1', 'units', 1)) as t(policy_id, counts, least)"
            )
            connection.execute(
                "create table reference.ref_indicator as select * from"
                " (values ('IND-03', 'pupils', 'percent', 'share', 'public municipality'),"
                " ('IND-09', 'teachers', 'percent', 'ratio', 'public'), ('IND-13', 'pupils', 'percent', 'share',"
                " 'municipality'), ('IND-05', 'pupils', 'percentage_points', 'mean', 'municipality public'),"
                " ('LIKA', 'units', 'scale_1_4', 'mean', 'public'),"
                " ('SELFIE', 'respondents', 'scale_1_5', 'mean', 'public'))"
                " as t(indicator_id, counts, unit, kind, audiences)"
            )
            types = {"indicator_version": "bigint", "period_closed_on": "date", "value": "double", "n": "bigint"}
            columns = ", ".join(f"{name} {types.get(name, 'varchar')}" for name in COLUMNS)
            connection.execute(f"create table marts.pub_indicator_value ({columns})")
            connection.execute(CELLS)
            connection.execute(INTERNAL)
            connection.execute(change)
        return [result.rule_id for result in stops(gate_tables(settings, database, "marts", suites))]

    return stopped_by


def test_what_follows_the_rules_is_not_stopped(gate: Callable[[str], list[str]]) -> None:
    assert gate("select 1") == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (f"{UPDATE} n = 9, n_mark = null where {HIDDEN}", "no_small_number_of_pupils"),
        (f"{UPDATE} n = 1, n_mark = null where {HIDDEN}", "no_small_number_of_pupils"),
        (f"{UPDATE} value = 50, mark = null where {HIDDEN}", "no_value_of_a_small_group"),
        (f"{UPDATE} value = 50 where {HIDDEN}", "what_has_a_mark_has_no_value"),
        (f"{UPDATE} n = 50 where {HIDDEN}", "what_has_a_mark_has_no_value"),
        (f"{UPDATE} mark = null where {HIDDEN}", "what_has_no_value_has_a_mark"),
        (f"{UPDATE} value = null, mark = '..' where {GIRLS}", "both_sexes_or_neither"),
        (f"{UPDATE} value = null, mark = '~100' where {GIRLS}", "both_sexes_or_neither"),
        (
            f"{UPDATE} value = null, mark = '~100', n = 19 where entity_code = '00000001'",
            "no_near_mark_in_a_small_group",
        ),
        (f"{UPDATE} period_closed_on = '2026-07-01' where {GIRLS}", "only_closed_periods"),
        (f"{UPDATE} value = 100.1 where {GIRLS}", "percent_and_points_within_scale"),
        (f"insert into marts.pub_indicator_value from marts.pub_indicator_value where {GIRLS}", "one_row_per_key"),
        ("alter table marts.pub_indicator_value add column person_key varchar", "only_the_agreed_columns"),
    ],
)
def test_a_breach_of_disclosure_control_stops_the_publication(
    gate: Callable[[str], list[str]], change: str, rule: str
) -> None:
    assert rule in gate(change)


@pytest.mark.parametrize(
    ("indicator", "value", "n", "stopped"),
    [
        ("IND-09", 90, 7, []),
        ("IND-09", 90, 4, ["no_small_number_of_pupils"]),
        ("IND-05", -12.5, 40, []),
        ("IND-05", -100.5, 40, ["percent_and_points_within_scale"]),
        ("IND-03", 80, 7, ["no_small_number_of_pupils"]),
        ("IND-13", 6, 40, ["only_to_the_audiences_of_the_indicator"]),
        ("LIKA", 3.2, 1, []),
        ("LIKA", 4.1, 12, ["percent_and_points_within_scale"]),
        ("SELFIE", 4.1, 12, []),
        ("SELFIE", 0.9, 12, ["percent_and_points_within_scale"]),
        ("SELFIE", 4.1, 9, ["no_small_number_of_pupils"]),
    ],
)
def test_each_indicator_has_its_own_least_number_scale_and_audiences(
    gate: Callable[[str], list[str]], indicator: str, value: float, n: int, stopped: list[str]
) -> None:
    place = f"'public', '{indicator}', 1, 'f', 'unit', '00000009', 'all', 'all', '2024/25', '2025-07-01'"
    row = f"({place}, {value}, null, {n}, null, 'p1')"
    assert gate(f"insert into marts.pub_indicator_value values {row}") == stopped


def test_an_empty_group_may_say_that_it_has_no_pupils(gate: Callable[[str], list[str]]) -> None:
    assert gate(f"{UPDATE} mark = '.', n = 0, n_mark = null where {HIDDEN}") == []
