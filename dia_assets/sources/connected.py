"""Which datasets of the inventory take part in an installation: an optional one costs nothing until it is connected.

And whether the sources that are named can be what is meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from dia_assets import delta
from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.errors import SettingsError
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


def check_sources(settings: Settings) -> None:
    """Raise `SettingsError` for a source whose system no contract knows, or whose folder does not exist."""
    systems = {contract.system for contract in load_contracts().values()}
    if unknown := sorted(set(settings.sources) - systems):
        raise SettingsError(
            f"sources: no contract has the system {', '.join(unknown)}. The systems are: {', '.join(sorted(systems))}."
        )
    for system, source in settings.sources.items():
        if source.kind == "folder" and not source.path.is_dir():
            raise SettingsError(
                f"sources: {system} is to be read from {source.path.absolute()}, which is no folder. "
                "Correct the path, or mount the disk that it is on."
            )
