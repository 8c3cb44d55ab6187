"""The drawn model is that of the marts: every fact and dimension with its grain, tied as its columns say."""

from __future__ import annotations

from pathlib import Path

import pytest

from dia_assets import model_page


def test_the_page_is_what_the_marts_say(tmp_path: Path) -> None:
    written = model_page.write(tmp_path / "model.md").read_text(encoding="utf-8")
    assert model_page.PAGE.read_text(encoding="utf-8") == written, "run: dia indicators write"


def test_every_fact_is_tied_to_time_and_most_to_a_unit() -> None:
    facts = [mart for mart in model_page.marts() if mart.name.startswith("fct_")]
    without_time = {fact.name for fact in facts if not fact.is_tied("school_year")}
    assert without_time == set()
    assert sum(fact.is_tied("school_unit_code") for fact in facts) > 0.7 * len(facts)


def test_a_fact_without_a_grain_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "fct_x.yml").write_text("models: [{name: fct_x, description: Rows., columns: []}]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"fct_x\.yml"):
        model_page.marts(tmp_path)
