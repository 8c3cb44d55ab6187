"""Each role reads one audience's publication: no smaller groups than its own, no row per person, no other levels."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from dia_assets.serving import tables
from dia_assets.settings import Settings

from .lakehouse import SEEDS, Cell, demo_cells, fill_ledger, night


def seed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((SEEDS / f"{name}.csv").read_text(encoding="utf-8").splitlines()))


ROLES = seed("ref_role_audience")
PERSONAL = ("person", "pupil_key", "civic", "guardian", "staff")
OF_ROLE = pytest.mark.parametrize("role", ROLES, ids=[role["role_code"] for role in ROLES])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data=tmp_path_factory.mktemp("roles") / "data", memory_limit="1GB", threads=2)
    fill_ledger(settings)
    few = Cell(audience="unit", policy_id="unit-1", n=3, value=66.7)
    of_units = [few, replace(few, entity_code="00000002"), replace(few, breakdown="class", breakdown_value="9A")]
    night(settings, [*demo_cells(), *of_units])
    return settings


def readable(settings: Settings, audience: str) -> dict[str, Path]:
    """Every table of an audience; of school units, the first one's."""
    folder = settings.lake.serving(audience)
    folder = folder / "00000001" / "current" if audience == tables.UNIT else folder / "current" / "parquet"
    return {path.stem: path for path in folder.glob("*.parquet")}


def figures(settings: Settings, audience: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(readable(settings, audience)["indicator_value"]).to_pylist()
    return rows


@OF_ROLE
def test_no_figure_on_fewer_than_the_role_may_see_reaches_it(published: Settings, role: dict[str, str]) -> None:
    shown = [row for row in figures(published, role["audience"]) if row["n"] is not None]
    assert shown
    assert min(row["n"] for row in shown) >= int(role["k"])


@OF_ROLE
def test_no_table_that_a_role_reads_has_a_row_per_person(published: Settings, role: dict[str, str]) -> None:
    for name, path in readable(published, role["audience"]).items():
        columns = pq.read_schema(path).names
        assert not [column for column in columns if any(word in column for word in PERSONAL)], name
        assert {"dim_pupil", "fct_grade"}.isdisjoint({name})


@OF_ROLE
def test_a_role_sees_its_levels_and_no_others(published: Settings, role: dict[str, str]) -> None:
    rows = figures(published, role["audience"])
    if role["audience"] == tables.UNIT:
        seen = {"own_unit" if row["scope"] == "own" else row["scope"] for row in rows}
        assert {row["school_unit_code"] for row in rows} <= {"00000001", None}
    else:
        seen = {row["level"] for row in rows}
        assert {row["breakdown"] for row in rows} <= {"all", "sex"}, "classes are for the principal of the unit"
    assert seen == set(role["levels"].split())


@OF_ROLE
def test_the_rules_of_its_audience_are_no_laxer_than_the_role_s(role: dict[str, str]) -> None:
    policies = [policy for policy in seed("ref_suppression_policy") if policy["audience"] == role["audience"]]
    assert policies
    for policy in policies:
        assert min(int(policy["k_min"]), int(policy["k_mean"])) >= int(role["k"])
        assert policy["sees_pupils"] == str(role["role_code"] == "principal").lower()


def test_politicians_read_what_everybody_reads(published: Settings) -> None:
    of = {role["role_code"]: role for role in ROLES}
    assert (of["committee_member"]["audience"], of["committee_member"]["k"]) == ("public", "10")
    with duckdb.connect() as connection:
        few = connection.execute(
            "select count(*) from read_parquet(?) where n between 5 and 9",
            [str(readable(published, "municipality")["indicator_value"])],
        ).fetchone()
    assert few is not None and few[0] > 0, "there are figures that k = 10 would hide and the administration sees"
    assert not any(5 <= row["n"] < 10 for row in figures(published, "public") if row["n"] is not None)
