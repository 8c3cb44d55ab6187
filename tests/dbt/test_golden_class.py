"""The golden class of twelve pupils: every pupil's result, every aggregate, and what the public gets of it."""

from __future__ import annotations

import pytest

from tests.dbt import golden
from tests.dbt.lake import Lake

FLAGS = "has_passed_all, has_passed_all_strict, is_eligible_yp, is_eligible_es, is_eligible_ekhusa, is_eligible_nate"


@pytest.mark.parametrize("pupil", sorted(golden.EXPECTED))
def test_each_pupil_has_the_known_merit_value_and_eligibility(golden_lake: Lake, pupil: str) -> None:
    rows = golden_lake.query(
        f"select merit_value_16, merit_value_17, {FLAGS}, is_eligible_imv from marts.fct_leaving where person_key = ?",
        [pupil],
    )
    assert [tuple(row.values()) for row in rows] == [golden.EXPECTED[pupil]]


def test_an_integrated_pupil_of_anpassad_grundskola_is_in_no_figure(golden_lake: Lake) -> None:
    assert golden_lake.one("select count(*) from marts.fct_leaving where person_key = 'P12'") == 0


@pytest.mark.parametrize(
    ("indicator", "breakdown_value", "value", "pupils"),
    [
        ("IND-02", "all", 177.2, 9),
        ("IND-02-16", "all", 171.7, 9),
        ("IND-03", "all", 45.5, 11),
        ("IND-03.STRICT", "all", 36.4, 11),
        ("IND-04.YP", "all", 63.6, 11),
        ("IND-04.ES", "all", 54.5, 11),
        ("IND-04.EKHUSA", "all", 45.5, 11),
        ("IND-04.NATE", "all", 45.5, 11),
        ("IND-04.IMV", "all", 9.1, 11),
        ("IND-02", "K", 222.0, 5),
        ("IND-02", "M", 121.3, 4),
    ],
)
@pytest.mark.parametrize(("level", "entity"), [("unit", golden.UNIT), ("municipality", "0381")])
def test_each_aggregate_is_the_known_one_at_unit_and_municipality(
    golden_lake: Lake, indicator: str, breakdown_value: str, value: float, pupils: int, level: str, entity: str
) -> None:
    [row] = golden_lake.query(
        "select round(case when is_share then 100 * value else value end + 1e-9, 1) as value, n_denominator"
        " from marts.fct_indicator_value where indicator_id = ? and breakdown_value = ? and level = ?"
        " and entity_code = ? and period = '2024/25'",
        [indicator, breakdown_value, level, entity],
    )
    assert (row["value"], row["n_denominator"]) == (value, pupils)


def test_a_class_has_figures_at_its_unit_which_only_its_principal_gets(golden_lake: Lake) -> None:
    rows = golden_lake.query(
        "select audience, level, entity_code, value, n from marts.pub_indicator_value"
        " where breakdown_value = 'Klass 9A' and indicator_id = 'IND-03' and period = '2024/25'"
    )
    assert [tuple(row.values()) for row in rows] == [("unit", "unit", golden.UNIT, 45.5, 11)]
    assert (
        golden_lake.one("select count(*) from marts.fct_indicator_value where breakdown = 'class' and level <> 'unit'")
        == 0
    )


def test_the_share_that_passed_swedish_english_and_mathematics_is_known(golden_lake: Lake) -> None:
    assert golden_lake.one("select count(*) filter (where has_passed_core) from marts.fct_leaving") == 7


def test_the_public_gets_the_number_of_pupils_and_nothing_else(golden_lake: Lake) -> None:
    rows = golden_lake.query(
        "select indicator_id, breakdown, value, mark, n, n_mark from marts.pub_indicator_value"
        " where audience = 'public' and family = 'leaving_results'"
    )
    assert rows
    assert {row["value"] for row in rows} == {None}
    expected = [row for row in rows if row["indicator_id"].startswith("IND-10")]
    assert {row["mark"] for row in expected} == {"."}, "a class of eleven has no expected value"
    assert {row["mark"] for row in rows if row not in expected} == {".."}
    everyone = [row for row in rows if row["breakdown"] in ("all", "principal")]
    shares = [row for row in everyone if row["indicator_id"].startswith(("IND-03", "IND-04"))]
    assert {(row["n"], row["n_mark"]) for row in shares} == {(11, None)}
    rest = [row for row in rows if row not in shares and row not in expected]
    assert {(row["n"], row["n_mark"]) for row in rest} == {(None, "..")}


def test_what_the_register_keeps_unpublished_is_computed_and_nobody_gets_it(golden_lake: Lake) -> None:
    unpublished = "indicator_id = 'IND-03.STRICT'"
    assert golden_lake.one(f"select count(*) from marts.fct_indicator_value where {unpublished} and n_denominator > 0")
    assert golden_lake.one(f"select count(*) from marts.pub_indicator_value where {unpublished}") == 0


def test_nothing_is_published_before_the_period_is_closed(golden_lake: Lake) -> None:
    assert golden_lake.one("select min(period_closed_on) from marts.pub_indicator_value").isoformat() == "2025-07-01"
