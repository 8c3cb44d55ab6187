"""Order: whole nights first and the longest files foremost, so that no worker ends with the longest tests alone.

A file's tests stay with one worker (`--dist loadfile`), which makes its fixtures once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import is_hypothesis_test

from tests.costly import uncounted

LONGEST = ("test_nightly", "test_every_mark", "test_killed", "test_identity", "test_add_a_dataset", "test_canary")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> tuple[bool, int]:
        name = item.path.stem
        return "end_to_end" not in item.nodeid, LONGEST.index(name) if name in LONGEST else len(LONGEST)

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A property test runs the same lines hundreds of times: it is plain tests that count them."""
    if is_hypothesis_test(getattr(item, "obj", None)):
        with uncounted():
            return (yield)
    return (yield)
