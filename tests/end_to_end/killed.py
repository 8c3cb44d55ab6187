"""Runs a night for each named point and kills its process there, as a power cut would; then says how each ended.

What a night imports is imported once: each night is a process of its own that begins with it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from dia_assets import transform, workbench
from dia_assets.history import write
from dia_assets.identity import vault
from dia_assets.landing import zone
from dia_assets.ledger import Ledger
from dia_assets.serving import folders


def die(*_: Any, **__: Any) -> None:
    """End at once, with nothing tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(module: Any, name: str, calls: int = 1) -> None:
    """Die when the function has been called so many times and has done its work."""
    real, left = getattr(module, name), [calls]

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        left[0] -= 1
        if not left[0]:
            die()
        return result

    setattr(module, name, wrapper)


def before(module: Any, name: str) -> None:
    """Die instead of calling the function."""
    setattr(module, name, die)


POINTS = {
    "while files are landing": lambda: after(Ledger, "add_delivery", 4),
    "while a landed file is copied": lambda: before(zone.os, "replace"),
    "between raw's commit and the ledger": lambda: before(Ledger, "accept"),
    "between the vault's two tables": lambda: before(vault, "_new_markings"),
    "between history's file and its commit": lambda: after(write.pq, "read_metadata", 3),
    "after history, before master": lambda: _before_layer("master"),
    "while dbt builds the marts": lambda: _in_dbt(),
    "between the gates and the acceptance": lambda: before(workbench, "accept"),
    "after the acceptance, before the publication": lambda: before(folders, "begin"),
    "just before a publication is switched": lambda: before(folders, "switch"),
    "when one of two audiences has been switched": lambda: after(folders, "switch", 1),
}


def _before_layer(layer: str) -> None:
    real = transform.run_layer
    transform.run_layer = lambda settings, name, **more: die() if name == layer else real(settings, name, **more)


def _in_dbt() -> None:
    real = transform.run_layer

    def layer(settings: Any, name: str, **more: Any) -> Any:
        if name == "marts":
            from dbt.task.run import ModelRunner

            after(ModelRunner, "execute", 3)
        return real(settings, name, **more)

    transform.run_layer = layer


def ends(point: str) -> int:
    """How the process of one night ended that was to die at this point: its exit status, or minus the signal."""
    process = os.fork()
    if process == 0:
        POINTS[point]()
        main(["nightly"])
        os._exit(0)  # not reached: the command line ends its process
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


if __name__ == "__main__":
    import dbt.cli.main  # noqa: F401
    import great_expectations  # noqa: F401

    import dia_assets.definitions  # noqa: F401
    from dia_assets.cli import main

    print(json.dumps({point: ends(point) for point in sys.argv[1:]}))
