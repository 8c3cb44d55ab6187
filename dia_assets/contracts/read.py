"""Reads the data inventory: the dbt sources' metadata, validated into one contract per dataset.

Everything else in the product (reader, raw asset, vault, freshness, catalogue page, register of processing) is derived
from the contracts; adding a dataset is one YAML block. Nothing here reads a data file.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dia_assets import yaml_text
from dia_assets.contracts.model import Column, DatasetContract
from dia_assets.errors import DiaError
from dia_assets.settings import PROJECT

STAGING = PROJECT / "dbt_project" / "models" / "staging"


def load_contracts(folder: Path = STAGING) -> dict[str, DatasetContract]:
    """Read every contract below `folder`, keyed `system.dataset` in a fixed order.

    A system with many datasets may have several files, `_<system>_<theme>__sources.yml` beside
    `_<system>__sources.yml`; what holds for the whole system is said in the latter alone.
    Raises `DiaError` that names file, dataset, key and what is allowed.
    """
    return dict(_load(folder, _stamp(folder)))


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple((str(path), path.stat().st_mtime_ns) for path in sorted(folder.glob("*/_*__sources.yml")))


@lru_cache(maxsize=8)
def _load(folder: Path, stamp: tuple[tuple[str, int], ...]) -> tuple[tuple[str, DatasetContract], ...]:
    contracts: list[tuple[str, DatasetContract]] = []
    systems: dict[str, dict[str, Any]] = {}
    for path, _ in stamp:
        document = yaml_text.read(Path(path).read_text(encoding="utf-8"))
        for source in document.get("sources", []):
            system = _meta(source) or systems.get(source["name"], {})
            systems.setdefault(source["name"], system)
            for table in source.get("tables", []):
                contract = _contract(Path(path), source, system, table)
                contracts.append((contract.key, contract))
    return tuple(contracts)


def _meta(item: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = item.get("config", {}).get("meta", {}).get("dia", {})
    return meta


def _contract(path: Path, source: dict[str, Any], system: dict[str, Any], table: dict[str, Any]) -> DatasetContract:
    meta = dict(_meta(table))
    decimal = meta.get("format", {}).get("decimal", ".")
    try:
        columns = tuple(_column(column, decimal) for column in table.get("columns", []))
        return DatasetContract(
            system=source["name"],
            name=table["name"],
            description=" ".join(table.get("description", "").split()),
            system_label_sv=system["label_sv"],
            **{key: meta.pop(key, system.get(key)) for key in ("vendor", "owner", "steward", "contact", "access")},
            optional=meta.pop("optional", system.get("optional", False)),
            **meta,
            columns=columns,
        )
    except (ValidationError, KeyError) as error:
        problems = (
            "; ".join(
                f"{'.'.join(str(p) for p in item['loc']) or 'contract'}: {item['msg']}" for item in error.errors()
            )
            if isinstance(error, ValidationError)
            else f"the key {error} is missing"
        )
        where = f"{path.name}, dataset {source.get('name')}.{table.get('name')}"
        raise DiaError(f"Contract not valid ({where}): {problems}") from None


def _column(column: dict[str, Any], decimal: str) -> Column:
    meta = dict(_meta(column))
    source = meta.pop("source", None)
    elsewhere = source if isinstance(source, dict) else {}
    return Column(
        name=column["name"],
        description=column.get("description", ""),
        source=None if elsewhere else source,
        decimal_mark=decimal,
        **elsewhere,
        **meta,
    )
