"""The stand-ins, the contracts and the published documents say the same, as far as each goes.

The authorities' documents are no part of the project; where they lie beside it, what is encoded is compared with them.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
import yaml

from dia_assets.contracts import load_contracts
from dia_assets.settings import PROJECT, Settings
from tests.servers import open_data as stand_ins

DOCUMENTS = PROJECT.parent / "shared" / "data" / "skolverket-api"
REGISTER = DOCUMENTS / "skolverket_skolenhetsregistret_v2.yaml"
PLANNED = DOCUMENTS / "skolverket_planned_educations_v4.json"
NOT_HELD = "only facts of the document may be in the project, and they are tested; put it beside the project to compare"
CONTRACTS = load_contracts()
LEVELS = {
    "planned_educations.school_unit": [stand_ins.PLANNED_UNIT],
    "planned_educations.compulsory_statistic": [stand_ins.STATISTIC, {"key", "value"}],
    "kolada.kpi": [stand_ins.KOLADA_KPI],
    "kolada.municipality_value": [stand_ins.KOLADA_VALUE, stand_ins.KOLADA_ROW],
    "kolada.unit_value": [stand_ins.KOLADA_VALUE, stand_ins.KOLADA_ROW],
}


@pytest.mark.parametrize("dataset", LEVELS)
def test_a_contract_reads_only_attributes_that_the_interface_has(dataset: str) -> None:
    for column in CONTRACTS[dataset].columns:
        if column.source:
            level = column.source.count("^.")
            assert column.source.replace("^.", "") in LEVELS[dataset][level], column.name


def test_the_registers_contract_reads_only_attributes_that_the_register_has() -> None:
    read = [column.source for column in CONTRACTS["skolenhetsregistret.school_unit"].columns if column.source]
    attributes = [path.split(".")[2] for path in read if path.startswith("data.attributes.")]
    assert len(attributes) == 12 and set(attributes) <= stand_ins.REGISTER_DETAILS


def test_the_stand_ins_answer_with_the_interfaces_attributes() -> None:
    unit = {"00000001": [stand_ins.State(date(2020, 7, 1), "En skola")]}
    register = stand_ins.Register(unit)
    planned = stand_ins.PlannedEducations([("00000001", ("gr",))], {})
    kolada = stand_ins.Kolada(stand_ins.Figures({"N00001": "x"}))
    details = register.answer("/v2/school-units/00000001", {"search_date": "2025-10-15"}, {})[1]
    accept = {"Accept": stand_ins.PLANNED_ACCEPT}
    listed = planned.answer("/v4/school-units", {"page": "0", "size": "20"}, accept)[1]
    assert set(details["data"]["attributes"]) <= stand_ins.REGISTER_DETAILS
    assert set(listed["body"]["_embedded"]["listedSchoolUnits"][0]) == stand_ins.PLANNED_UNIT
    assert set(stand_ins.statistic("1")) == stand_ins.STATISTIC
    assert set(kolada.answer("/kpi/N00001", {"per_page": "5"}, {})[1]["values"][0]) == stand_ins.KOLADA_KPI
    assert set(stand_ins.figure("T", 1)) == stand_ins.KOLADA_VALUE


@pytest.mark.skipif(not REGISTER.is_file(), reason=NOT_HELD)
def test_what_is_encoded_of_the_register_stands_in_its_document() -> None:
    document = yaml.safe_load(REGISTER.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    assert set(document["paths"]) >= stand_ins.REGISTER_PATHS
    assert {p.get("name") for p in document["paths"]["/v2/school-units"]["get"]["parameters"]} >= {"municipality_code"}
    details = document["paths"]["/v2/school-units/{schoolUnitCode}"]["get"]["parameters"]
    assert {p["name"] for p in details} == {"schoolUnitCode", "search_date"}
    assert set(schemas["SchoolUnitInfo"]["properties"]) == stand_ins.REGISTER_DETAILS
    assert set(schemas["SchoolUnit"]["properties"]) == stand_ins.REGISTER_LIST
    assert set(schemas["CodeSchoolUnitStatus"]["enum"]) == stand_ins.REGISTER_STATUS
    assert {"type", "locality"} <= set(schemas["SchoolUnitAddress"]["properties"])
    assert "BESOKSADRESS" in schemas["AddressTypeEnum"]["enum"]
    assert {"organizationNumber", "attributes"} <= set(schemas["OrganizerIncluded"]["properties"])


@pytest.mark.skipif(not PLANNED.is_file(), reason=NOT_HELD)
def test_what_is_encoded_of_planned_educations_stands_in_its_document() -> None:
    paths = json.loads(PLANNED.read_text(encoding="utf-8"))["paths"]
    assert set(paths) >= stand_ins.PLANNED_PATHS
    asked = {p["name"]: p["schema"] for p in paths["/v4/school-units"]["get"]["parameters"]}
    assert set(asked) >= {"geographicalAreaCode", "page", "size", "sort"} and asked["size"]["maximum"] == 100
    body = _example(paths["/v4/school-units"])["body"]
    assert set(body["page"]) == {"size", "totalElements", "totalPages", "number"}
    assert set(body["_embedded"]["listedSchoolUnits"][0]) == stand_ins.PLANNED_UNIT
    statistics = _example(paths["/v4/school-units/{schoolUnitCode}/statistics/gr"])["body"]
    cells = [cell for value in statistics.values() if isinstance(value, list) for cell in value]
    assert cells and all(set(cell) == stand_ins.STATISTIC for cell in cells)


def test_the_example_in_the_documentation_is_a_valid_deployment_file() -> None:
    text = (PROJECT / "docs" / "open-statistics.md").read_text(encoding="utf-8")
    example = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])
    sources = Settings(**example).sources
    assert {name: source.kind for name, source in sources.items()} == {name: name for name in sources}
    assert {contract.system for contract in CONTRACTS.values() if contract.access["kind"] == "https"} == set(sources)


def _example(path: dict[str, Any]) -> dict[str, Any]:
    example: dict[str, Any] = path["get"]["responses"]["200"]["content"][stand_ins.PLANNED_ACCEPT]["example"]
    return example
