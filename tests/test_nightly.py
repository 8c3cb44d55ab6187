"""What a night does before and after the job: a made-up municipality when there is nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dia_assets import nightly
from dia_assets.settings import Settings
from dia_assets.synthetic import generate, is_made, municipality


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path, preset="empty")
    made.lake.prepare()
    return made


def test_a_municipality_that_a_killed_run_left_unfinished_is_made_by_the_next_night(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with monkeypatch.context() as patched, pytest.raises(TypeError):
        patched.setattr(municipality, "write_register", None)
        nightly._generate_if_nothing_is_configured(settings, said.append)
    assert settings.lake.synthetic.exists() and not is_made(settings.lake.synthetic)
    nightly._generate_if_nothing_is_configured(settings, said.append)
    assert is_made(settings.lake.synthetic)
    nightly._generate_if_nothing_is_configured(settings, said.append)
    assert len(said) == 2


def test_a_municipality_that_is_not_the_one_asked_for_is_said_to_be_used(settings: Settings) -> None:
    said: list[str] = []
    generate("empty", settings.lake.synthetic, seed=1)
    before = (settings.lake.synthetic / "truth.json").read_bytes()
    for asked in ({"preset": "empty"}, {"preset": "empty", "seed": 1}, {}):
        nightly._generate_if_nothing_is_configured(Settings(data=settings.data, **asked), said.append)  # type: ignore[arg-type]
    assert said == []
    for asked in ({"preset": "tiny"}, {"seed": 2}):
        nightly._generate_if_nothing_is_configured(Settings(data=settings.data, **asked), said.append)  # type: ignore[arg-type]
    assert len(said) == 2
    assert all("Tomköping (empty, frö 1): den används" in line and "DIA_DATA" in line for line in said)
    assert (settings.lake.synthetic / "truth.json").read_bytes() == before
