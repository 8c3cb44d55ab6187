"""Settings come from the environment or one file, each with a default; a wrong one is named before anything runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dia_assets import clock
from dia_assets.errors import SettingsError
from dia_assets.settings import load_settings
from dia_assets.sources.config import FolderSource


def test_every_setting_has_a_default() -> None:
    assert load_settings({}).preset == "enkoping"


def test_the_environment_wins_over_the_deployment_file(tmp_path: Path) -> None:
    (tmp_path / "deployment.yaml").write_text("threads: 3\nport: 3005\n", encoding="utf-8")
    settings = load_settings({"DIA_DATA": str(tmp_path), "DIA_THREADS": "4"})
    assert (settings.threads, settings.port) == (4, 3005)


def test_a_deployment_file_can_lie_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "here.yaml"
    file.write_text("sources:\n  narvaro: extracts\n", encoding="utf-8")
    assert load_settings({"DIA_DEPLOYMENT": str(file)}).sources == {"narvaro": FolderSource(path=Path("extracts"))}


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"DIA_THREADS": "many"}, "threads"),
        ({"DIA_NOW": "2026-06-04T02:00:00"}, "time zone"),
        ({"DIA_MEMORY_LIMIT": "much"}, "memory_limit"),
        ({"DIA_PRESET": "atlantis"}, "atlantis is no preset. The presets are: one_unit, tiny"),
        ({"DIA_COLOUR": "red"}, "DIA_COLOUR is no setting"),
        ({"DIA_DEPLOYMENT": "nowhere.yaml"}, "nowhere.yaml"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(environment)


def test_the_browser_of_the_tests_is_no_setting_and_no_mistake() -> None:
    assert load_settings({"DIA_CHROMIUM": "/opt/chromium"}) == load_settings({})


@pytest.mark.parametrize("content", ["threads: [1", "just text"])
def test_a_deployment_file_that_is_no_list_of_settings_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "deployment.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"deployment\.yaml"):
        load_settings({"DIA_DATA": str(tmp_path)})


def test_time_is_injected(tmp_path: Path) -> None:
    settings = load_settings({"DIA_DATA": str(tmp_path), "DIA_NOW": "2026-06-04T02:00:00+02:00"})
    assert clock.now(settings) == datetime(2026, 6, 4, 0, 0, tzinfo=UTC)
    assert str(clock.today(settings)) == "2026-06-04"


def test_the_made_up_municipality_carries_its_own_today(tmp_path: Path) -> None:
    (tmp_path / "synthetic").mkdir()
    (tmp_path / "synthetic" / "municipality.json").write_text('{"today": "2026-06-04"}', encoding="utf-8")
    assert clock.now(load_settings({"DIA_DATA": str(tmp_path)})) == datetime(2026, 6, 4, 0, 0, tzinfo=UTC)


def test_without_either_the_real_clock_goes(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    assert clock.now(load_settings({"DIA_DATA": str(tmp_path)})) >= before
