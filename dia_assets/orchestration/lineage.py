"""The asset graph: keys, groups, owners, tags and descriptions, all read from contracts and dbt's manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from dia_assets.contracts import DatasetContract, load_contracts

OWNER = "team:utbildningsforvaltningen"
SENSITIVITY = {0: "open", 1: "internal", 2: "personal", 3: "protected"}  # of a delivery, by its class of KLASSA
PSEUDONYMISED = "pseudonymised"  # what persons' deliveries become when their identifiers are keys
OPEN = ("dim_school", "dim_subject")  # published whole, to everybody
SMALL_GROUPS = "pub_indicator_value"  # the unit's audience is shown groups of any size: a person may be told from them
CLOCK = dg.AssetKey(["reference", "run_clock"])  # the run's time, one row made by the run itself: no asset
VAULT_KEY = dg.AssetKey(["vault", "person"])
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
        tags={"sensitivity": _sensitivity(contract, layer), "system": contract.system},
        metadata={
            "dagster/column_schema": schema,
            "owner": contract.owner,
            "steward": contract.steward,
            "purpose": contract.purpose,
            "legal_basis": contract.legal_basis,
            "klassa": "/".join(map(str, contract.klassa.model_dump().values())),
        },
    )


def _sensitivity(contract: DatasetContract, layer: str) -> str:
    """As received by KLASSA; where keys stand for persons, pseudonymised if it is about persons at all."""
    received = SENSITIVITY[contract.klassa.confidentiality]
    return PSEUDONYMISED if layer in ("staging", "history") and received in ("personal", "protected") else received


def dbt_key(node: Mapping[str, Any]) -> dg.AssetKey:
    """The key of a dbt model, seed or source: `[staging, system, model]`, `[master, model]`, …; a source is the asset
    of the layer before.
    """
    name = node["name"]
    if node["resource_type"] == "source":
        source = node["source_name"]
        if source == "identity":
            return VAULT_KEY
        if source in ("history", "recorded"):  # the same rows: present versions, or all
            return dataset_key("history", next(c for c in load_contracts().values() if c.slug == name))
        return dg.AssetKey(["raw", source, name] if f"{source}.{name}" in load_contracts() else [node["schema"], name])
    layer = layer_of(node)
    return dg.AssetKey([layer, name.removeprefix("stg_").split("__")[0], name] if layer == "staging" else [layer, name])


def layer_of(properties: Mapping[str, Any]) -> str:
    """The layer of a dbt node: the first folder of a model, `reference` for seeds."""
    if properties["resource_type"] == "seed":
        return "reference"
    return str(properties["fqn"][1])


def dbt_specs(manifest: Mapping[str, Any], layer: str) -> list[dg.AssetSpec]:
    """The specs of one layer's models (or seeds), for a step that builds them all.

    Read from the manifest here: dagster-dbt's translator gives the same, and takes three seconds to import.
    """
    nodes = {**manifest["nodes"], **manifest["sources"]}
    own = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed") and layer_of(n) == layer]
    about_persons = _about_persons(manifest)
    return [
        _dbt_spec(node, [nodes[key] for key in node["depends_on"].get("nodes", [])], layer, about_persons)
        for node in own
    ]


def _about_persons(manifest: Mapping[str, Any]) -> set[str]:
    """The nodes that read, directly or through others, a dataset about persons or the vault."""
    children: Mapping[str, list[str]] = manifest["child_map"]
    slugs = {c.slug for c in load_contracts().values() if _sensitivity(c, "history") == PSEUDONYMISED}
    waiting = [
        key
        for key, source in manifest["sources"].items()
        if source["source_name"] == "identity" or {source["name"], f"{source['source_name']}__{source['name']}"} & slugs
    ]
    found: set[str] = set()
    while waiting:
        if (key := waiting.pop()) not in found:
            found.add(key)
            waiting += children.get(key, [])
    return found


def _dbt_spec(
    node: Mapping[str, Any], parents: Iterable[Mapping[str, Any]], layer: str, about_persons: set[str]
) -> dg.AssetSpec:
    """Code lists and what is published whole are open; what is made from persons' rows is pseudonymised."""
    sensitivity = PSEUDONYMISED if node["unique_id"] in about_persons else "internal"
    if layer == "reference" or node["name"].startswith(OPEN):
        sensitivity = "open"
    if node["name"] == SMALL_GROUPS:
        sensitivity = "personal"
    columns = [
        dg.TableColumn(column["name"], column["data_type"] or "", description=column["description"])
        for column in node["columns"].values()
    ]
    deps = {key: None for parent in parents if (key := dbt_key(parent)) != CLOCK}
    return dg.AssetSpec(
        key=dbt_key(node),
        deps=list(deps),
        group_name=layer,
        code_version=node["checksum"]["checksum"],
        kinds={"dbt", "duckdb", KIND_OF_LAYER[layer]},
        owners=[OWNER],
        description=str(node.get("description", "")),
        tags={"sensitivity": sensitivity},
        metadata={"dagster/column_schema": dg.TableSchema(columns), "dagster/table_name": f"{layer}.{node['name']}"},
    )
