"""Modules that a library imports for something that is not used here: they load when somebody asks them for anything.

`importlib.util.LazyLoader` would do, but in Python 3.11 the import statement itself makes it load.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a module until one of its attributes is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        real = importlib.import_module(self.__name__)
        self.__dict__.update(real.__dict__)
        return getattr(real, name)


def lazily(*names: str) -> None:
    """Let `import <name>` cost nothing until it is used; modules that are loaded already are left as they are."""
    for name in names:
        sys.modules.setdefault(name, _Later(name))
