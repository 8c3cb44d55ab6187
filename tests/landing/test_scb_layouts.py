"""SCB's contracts against the layouts that SCB laid down on 2025-12-10: every field, in its place."""

from __future__ import annotations

import pytest
from python_calamine import CalamineWorkbook

from dia_assets.contracts import load_contracts
from dia_assets.settings import PROJECT
from dia_assets.synthetic.scb import COLUMNS

PUBLISHED = PROJECT.parent / "shared" / "data" / "scb-file-layouts"
# dataset: name of the published description, number of fields, and of the fields in a compact export
LAYOUTS = {
    "scb.final_grade_year9": ("betyg_ak9_2026", 33, None),
    "scb.grade_year6": ("betyg_ak6_2026", 35, None),
    "scb.national_test_year9": ("np9_2026", 32, None),
    "scb.national_test_year3": ("np3_2026", 35, 31),
    "scb.national_test_year6": ("np6_2026", 29, 23),
}
SCB = {key: contract for key, contract in load_contracts().items() if contract.system == "scb"}


def fields(key: str) -> list[str]:
    return [column.source or "" for column in SCB[key].columns if column.from_file]


def test_every_dataset_of_scb_has_a_layout_that_is_known_here() -> None:
    assert set(SCB) == set(LAYOUTS)


@pytest.mark.parametrize("key", LAYOUTS)
def test_a_contract_has_as_many_fields_as_its_layout(key: str) -> None:
    _, count, _ = LAYOUTS[key]
    assert len(fields(key)) == SCB[key].format.columns == count
    assert fields(key)[:5] == ["System", "Datum", "Version", "PersonNr", "Skolenhetskod"]


@pytest.mark.parametrize("key", ["scb.national_test_year3", "scb.national_test_year6"])
def test_a_compact_export_lacks_exactly_the_fields_that_make_it_shorter(key: str) -> None:
    _, count, compact = LAYOUTS[key]
    (layout,) = SCB[key].format.layouts
    assert layout.columns == compact == count - len(layout.without)


@pytest.mark.parametrize(
    ("key", "kind"), [("scb.national_test_year3", "np_ak3"), ("scb.national_test_year6", "np_ak6")]
)
def test_the_synthetic_files_have_the_contracts_fields_in_order(key: str, kind: str) -> None:
    assert tuple(fields(key)) == COLUMNS[kind]


@pytest.mark.parametrize("key", LAYOUTS)
def test_a_file_belongs_to_a_unit_and_replaces_that_unit_and_year(key: str) -> None:
    contract = SCB[key]
    assert contract.load.scope == ("school_unit_code", "spring_year")
    assert contract.expected.part == "unit"


@pytest.mark.skipif(
    not PUBLISHED.is_dir(),
    reason="SCB states no licence: its descriptions may not be in the project; the encoded layouts are tested above",
)
@pytest.mark.parametrize("key", LAYOUTS)
def test_the_fields_are_those_of_the_published_description(key: str) -> None:
    sheet = CalamineWorkbook.from_path(PUBLISHED / f"datafilsbeskrivning_{LAYOUTS[key][0]}.xlsx").get_sheet_by_index(0)
    names = [str(row[0]).strip() for row in sheet.to_python()]
    published = [name for name in names[names.index("System") :] if name]
    assert [name.upper() for name in fields(key)] == [name.upper() for name in published]
