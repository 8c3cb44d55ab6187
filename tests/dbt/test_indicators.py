"""What the register of indicators says of the project is so: its macros and rules are used, its ids are computed."""

from __future__ import annotations

from typing import Any

import pytest

from dia_assets import register
from dia_assets.settings import Settings
from dia_assets.transform import manifest
from tests.dbt.lake import Lake

DEFINITIONS = register.load_register()


@pytest.fixture(scope="module")
def nodes(golden_lake: Lake) -> dict[str, Any]:
    found: dict[str, Any] = manifest(Settings(data=golden_lake.folder / "data"))["nodes"]
    return found


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda item: item.id)
def test_fact_macros_and_rules_of_a_definition_are_used(definition: register.Definition, nodes: dict[str, Any]) -> None:
    model = nodes[f"model.dia.{definition.model}"]
    facts = [nodes[name] for name in model["depends_on"]["nodes"] if name.startswith("model.dia.fct_")]
    used = {name.split(".")[-1] for node in (model, *facts) for name in node["depends_on"]["macros"]}
    assert set(definition.macros) <= used
    above: set[str] = set()
    waiting = [f"model.dia.{definition.model}"]
    while waiting:
        for name in nodes.get(waiting.pop(), {}).get("depends_on", {}).get("nodes", []):
            if name not in above:
                above.add(name)
                waiting.append(name)
    assert {definition.fact, *definition.rules} <= {name.split(".")[-1] for name in above}


def test_every_indicator_that_is_computed_is_registered_and_the_other_way_round(golden_lake: Lake) -> None:
    with golden_lake.connection() as db:
        found = db.execute("select distinct indicator_id from marts.fct_indicator_value").fetchall()
    computed = {name for (name,) in found}
    registered = {measure.id for definition in DEFINITIONS for measure in definition.measures}
    assert computed <= registered
    families = {row["family"] for row in register.rows(DEFINITIONS) if row["indicator_id"] in computed}
    expected = {row["indicator_id"] for row in register.rows(DEFINITIONS) if row["family"] in families}
    assert computed == expected
