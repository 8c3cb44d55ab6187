"""Every trap has a rule and a test that is there."""

from __future__ import annotations

import re

import pytest

from dia_assets.settings import PROJECT

from .reading import page, rows

TRAPS = [cells for cells in rows(page("docs/traps.md")) if cells[0] != "trap" and not cells[0].startswith("-")]


@pytest.mark.parametrize("cells", TRAPS, ids=lambda cells: cells[0][:40])
def test_a_trap_has_a_rule_and_a_test_that_exists(cells: list[str]) -> None:
    assert len(cells) == 3 and cells[1]
    file, _, name = cells[2].strip("`").partition("::")
    text = (PROJECT / file).read_text(encoding="utf-8")
    assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), cells[2]


def test_the_page_has_its_rows() -> None:
    assert len(TRAPS) > 30
