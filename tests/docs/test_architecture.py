"""The rooms' picture is the rooms, and the tables of keys are the graph's."""

from __future__ import annotations

import re

from dia_assets.settings import PROJECT
from docs.reading import between, first_codes, page, section

PACKAGE = PROJECT / "dia_assets"


def test_the_rooms_listed_are_the_rooms_that_exist() -> None:
    picture = between(page("docs/architecture.md"), "rooms", "end of rooms")
    listed = set(re.findall(r"^  (\w+(?:\.py|/))", picture, re.MULTILINE))
    modules = {path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py"}
    packages = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    missing, gone = (modules | packages) - listed, listed - (modules | packages)
    assert not missing and not gone, f"docs/architecture.md lacks {sorted(missing)} and lists {sorted(gone)}"


def test_every_room_opens_by_saying_what_belongs_in_it() -> None:
    silent = [
        path.relative_to(PROJECT).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.read_text("utf-8").strip() and not path.read_text("utf-8").startswith('"""')
    ]
    assert silent == []


def test_the_layers_of_the_asset_keys_are_the_folders_of_the_models() -> None:
    layers = {key.split("/")[0] for key in first_codes(section(page("docs/architecture.md"), "Asset keys"))}
    folders = {path.name for path in (PROJECT / "dbt_project" / "models").iterdir() if path.is_dir()}
    assert folders <= layers
    assert {"landing", "raw", "vault", "history", "reference", "internal", "serving"} <= layers
