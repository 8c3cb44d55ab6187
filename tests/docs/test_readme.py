"""The first page: settings, commands and exit statuses as they are in the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from dia_assets.cli import main
from dia_assets.contracts import load_contracts
from dia_assets.nightly import Exit
from dia_assets.settings import PROJECT, Settings
from docs.reading import between, first_codes, page, rows, section

README = page("README.md")


def settings_table() -> list[list[str]]:
    """The table of settings as the code has them."""
    table = []
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, Path):
            default = f"{default.relative_to(PROJECT)}/"
        shown = "–" if default is None else "none" if default == {} else f"`{default}`"
        table.append([f"`{name}`", shown, field.description or ""])
    return table


def test_the_table_of_settings_is_the_codes_own() -> None:
    written = rows(between(README, "settings", "end of settings"))
    wanted = settings_table()
    assert written == wanted, "put this table into README.md:\n" + "\n".join(f"| {' | '.join(r)} |" for r in wanted)


def test_every_exit_status_is_explained() -> None:
    written = {(cells[0], cells[1].strip("`")) for cells in rows(README) if cells[0].isdigit()}
    assert written == {(str(int(status)), status.name) for status in Exit}


def test_the_it_coordinator_reads_of_every_exit_status() -> None:
    text = section(page("docs/readers/it-coordinator.md"), "Köra varje natt")
    assert {cells[0] for cells in rows(text) if cells[0].isdigit()} == {str(int(status)) for status in Exit}


def test_every_command_is_listed() -> None:
    written = {code.removeprefix("dia ") for code in first_codes(README) if code.startswith("dia ")}
    assert written == set(main.commands)


def test_every_dataset_has_a_file_name_that_its_contract_knows() -> None:
    contracts = load_contracts()
    shown: set[str] = set()
    for cells in rows(section(README, "Your own extracts")):
        system = cells[0].strip("`")
        files = [name.strip().strip("`") for name in cells[2].split(",")]
        for dataset in cells[1].split(", "):
            key = f"{system}.{dataset}"
            shown.add(key)
            assert [name for name in files if not contracts[key].matches(name)] == [], key
    assert shown == set(contracts)


@pytest.mark.parametrize("zone", ["restricted", "internal", "serving"])
def test_every_zone_is_explained(zone: str) -> None:
    assert zone in {cells[0] for cells in rows(section(README, "Where things lie"))}
