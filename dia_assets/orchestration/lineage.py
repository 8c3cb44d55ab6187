"""The asset graph: keys, groups, owners, tags and descriptions, all read from contracts and dbt's manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from dia_assets.contracts import DatasetContract, load_contracts

OWNER = "team:utbildningsforvaltningen"
SENSITIVITY = {0: "open", 1: "internal", 2: "personal", 3: "protected"}
CLOCK = dg.AssetKey(["reference", "run_clock"])  # the run's time, one row made by the run itself: no asset
KIND_OF_LAYER = {"staging": "view", "reference": "csv", "master": "table", "marts": "table"}


def dataset_key(layer: str, contract: DatasetContract) -> dg.AssetKey:
    """`[layer, system, dataset]`."""
    return dg.AssetKey([layer, contract.system, contract.name])


def dataset_spec(
    layer: str, contract: DatasetContract, *, kinds: set[str], deps: list[dg.AssetKey], text: str
) -> dg.AssetSpec:
    """A dataset in one of the layers before dbt, with what its contract says of it."""
    shown = contract.stored_columns
    if layer == "history":
        shown = tuple(column for column in shown if column.classification != "direct_identifier")
    schema = dg.TableSchema(
        columns=[
            dg.TableColumn(c.name, c.type, description=c.description, tags={"class": c.classification}) for c in shown
        ]
    )
    return dg.AssetSpec(
        key=dataset_key(layer, contract),
        deps=deps,
        group_name=layer,
        kinds=kinds,
        owners=[contract.contact, OWNER],
        description=f"{contract.label_sv}. {contract.description_sv}\n\n{text}",
        tags={"sensitivity": SENSITIVITY[contract.klassa.confidentiality], "system": contract.system},
        metadata={
            "dagster/column_schema": schema,
            "owner": contract.owner,
            "steward": contract.steward,
            "purpose": contract.purpose,
            "legal_basis": contract.legal_basis,
            "klassa": "/".join(map(str, contract.klassa.model_dump().values())),
        },
    )


class Translator(DagsterDbtTranslator):
    """dbt nodes as assets: `[staging, system, model]`, `[master, model]`, …; sources are the layers before them."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The asset key of a dbt model, seed or source."""
        name = dbt_resource_props["name"]
        if dbt_resource_props["resource_type"] == "source":
            source = dbt_resource_props["source_name"]
            if source in ("history", "recorded"):  # the same rows: present versions, or all
                contract = next(c for c in load_contracts().values() if c.slug == name)
                return dataset_key("history", contract)
            if f"{source}.{name}" in load_contracts():
                return dg.AssetKey(["raw", source, name])
            return dg.AssetKey([dbt_resource_props["schema"], name])
        layer = layer_of(dbt_resource_props)
        return dg.AssetKey(
            [layer, name.removeprefix("stg_").split("__")[0], name] if layer == "staging" else [layer, name]
        )

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer."""
        return layer_of(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """One accountable team; a dataset's own owner stands at its raw asset."""
        return [OWNER]

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The model's description, without its SQL (which dbt's docs and the code show)."""
        return str(dbt_resource_props.get("description", ""))

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> dict[str, str]:
        """How sensitive: published tables are open, reference is open, the rest are pseudonymised personal data."""
        layer, name = layer_of(dbt_resource_props), dbt_resource_props["name"]
        is_open = layer == "reference" or name.startswith(("pub_", "dim_school", "dim_subject"))
        return {"sensitivity": "open" if is_open else "personal"}


def layer_of(properties: Mapping[str, Any]) -> str:
    """The layer of a dbt node: the first folder of a model, `reference` for seeds."""
    if properties["resource_type"] == "seed":
        return "reference"
    return str(properties["fqn"][1])


def dbt_specs(manifest: Mapping[str, Any], layer: str) -> list[dg.AssetSpec]:
    """The specs of one layer's models (or seeds), for a step that builds them all."""
    translator = Translator()
    specs = []
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "seed") and layer_of(node) == layer:
            spec = translator.get_asset_spec(manifest, unique_id, None)
            deps = [dep for dep in spec.deps if dep.asset_key != CLOCK]
            specs.append(spec.replace_attributes(deps=deps, kinds={"dbt", "duckdb", KIND_OF_LAYER[layer]}))
    return specs
