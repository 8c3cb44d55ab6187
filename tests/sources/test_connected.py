"""A source that cannot be what is meant is told of before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from dia_assets.errors import SettingsError
from dia_assets.orchestration.lakehouse import Lakehouse
from dia_assets.settings import load_settings
from dia_assets.sources.connected import check_sources
from tests.end_to_end.nights import night_in_a_process

WRONG = [
    ("{narvaroo: .}", "no contract has the system narvaroo.*narvaro"),
    ("{narvaro: /nowhere/at/all}", "narvaro is to be read from /nowhere/at/all, which is no folder"),
]


@pytest.mark.parametrize(("sources", "said"), WRONG)
def test_an_unknown_system_and_a_folder_that_is_not_there_are_named(tmp_path: Path, sources: str, said: str) -> None:
    settings = load_settings({"DIA_DATA": str(tmp_path), "DIA_SOURCES": sources})
    with pytest.raises(SettingsError, match=said):
        check_sources(settings)


def test_a_source_over_http_and_a_folder_that_is_there_are_in_order(tmp_path: Path) -> None:
    sources = f"{{narvaro: {tmp_path}, ss12000: {{kind: ss12000, base_url: 'https://example.org'}}}}"
    check_sources(load_settings({"DIA_DATA": str(tmp_path), "DIA_SOURCES": sources}))


def test_the_command_line_ends_with_2_and_makes_nothing(tmp_path: Path) -> None:
    wrong = night_in_a_process(tmp_path / "data", DIA_SOURCES="{narvaroo: /nowhere}")
    assert wrong.returncode == 2
    assert "narvaroo" in wrong.stderr
    assert not (tmp_path / "data").exists()


def test_a_run_that_dagster_starts_is_told_too(tmp_path: Path) -> None:
    lakehouse = Lakehouse(environment={"DIA_DATA": str(tmp_path / "data"), "DIA_SOURCES": "{narvaroo: /nowhere}"})
    with pytest.raises(SettingsError, match="narvaroo"), lakehouse.yield_for_execution(None):  # type: ignore[arg-type]
        pass
    assert not (tmp_path / "data").exists()
