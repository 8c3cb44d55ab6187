"""Which datasets of the inventory take part in an installation: an optional one costs nothing until it is connected."""

from __future__ import annotations

from collections.abc import Mapping

from dia_assets import delta
from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.settings import Settings
from dia_assets.sources.folder import find_files


def connected(settings: Settings) -> Mapping[str, DatasetContract]:
    """The datasets that take part, by `system.dataset`, in the inventory's order.

    All that are not optional, and of the optional ones those whose system is among the sources, those with a file in
    the drop folder, and those that have been delivered before.
    """
    return {key: contract for key, contract in load_contracts().items() if _is_connected(settings, contract)}


def _is_connected(settings: Settings, contract: DatasetContract) -> bool:
    lake = settings.lake
    return (
        not contract.optional
        or contract.system in settings.sources
        or delta.exists(lake.table(lake.raw(contract)))
        or delta.exists(lake.history(contract))
        or bool(find_files(lake.drop / contract.system, contract))
    )
