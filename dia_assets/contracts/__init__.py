"""The data inventory: one contract per dataset, written once in dbt's source YAML."""

from dia_assets.contracts.model import (
    SQL_TYPES,
    Column,
    DatasetContract,
    Expected,
    FileLayout,
    Format,
    Klassa,
    Load,
    LoadMode,
)
from dia_assets.contracts.read import STAGING, load_contracts

__all__ = [
    "SQL_TYPES",
    "STAGING",
    "Column",
    "DatasetContract",
    "Expected",
    "FileLayout",
    "Format",
    "Klassa",
    "Load",
    "LoadMode",
    "load_contracts",
]
