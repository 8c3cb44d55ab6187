"""Order: whole nights first, so that no worker ends with the longest tests alone."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "end_to_end" not in item.nodeid)
