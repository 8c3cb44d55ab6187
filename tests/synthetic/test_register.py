"""The register is a believable SS 12000 register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import Preset, UnitSpec
from dia_assets.synthetic.register import groups
from synthetic.reading import register
from tests import costly


def test_every_reference_points_at_something_that_exists(tiny: Path) -> None:
    persons = {person["id"] for person in register(tiny, "persons")}
    units = {organisation["id"] for organisation in register(tiny, "organisations")}
    for person in register(tiny, "persons"):
        assert all(e["enroledAt"]["id"] in units for e in person.get("enrolments", []))
        assert all(r["person"]["id"] in persons for r in person.get("responsibles", []))
    assert all(duty["person"]["id"] in persons and duty["dutyAt"]["id"] in units for duty in register(tiny, "duties"))
    for group in register(tiny, "groups"):
        assert all(membership["person"]["id"] in persons for membership in group["groupMemberships"])


def test_no_two_objects_have_the_same_id(tiny: Path) -> None:
    for name in ("organisations", "persons", "duties", "groups"):
        ids = [entry["id"] for entry in register(tiny, name)]
        assert len(ids) == len(set(ids))


def test_a_protected_pupil_is_marked_in_the_register_or_on_references(tiny: Path, tiny_truth: dict[str, Any]) -> None:
    persons = {person["id"]: person for person in register(tiny, "persons")}
    on_groups = {
        m["person"]["id"]: m["person"]["securityMarking"]
        for group in register(tiny, "groups") for m in group["groupMemberships"] if "securityMarking" in m["person"]
    }  # fmt: skip
    protected = {entry["person_id"]: entry for entry in tiny_truth["protected"]}
    assert {entry["marked_in"] for entry in protected.values()} == {"person", "reference"}
    assert "Sekretess?" in {entry["marking"] for entry in protected.values()}
    assert set(on_groups) == set(protected)
    for person_id, entry in protected.items():
        shown = entry["marking"] if entry["marked_in"] == "person" else "Ingen"
        assert persons[person_id]["securityMarking"] == shown
        assert "addresses" not in persons[person_id]


def test_a_protected_adult_is_marked_on_every_reference(tiny: Path, tiny_truth: dict[str, Any]) -> None:
    adults = set(tiny_truth["protected_adults"])
    references = [d["person"] for d in register(tiny, "duties")]
    references += [r["person"] for p in register(tiny, "persons") for r in p.get("responsibles", [])]
    marked = {reference["id"] for reference in references if "securityMarking" in reference}
    assert marked == adults
    assert any(duty["person"]["id"] in adults for duty in register(tiny, "duties"))


def test_most_guardians_have_no_number(tiny: Path) -> None:
    guardians = {r["person"]["id"] for p in register(tiny, "persons") for r in p.get("responsibles", [])}
    numbered = [p for p in register(tiny, "persons") if p["id"] in guardians and "civicNo" in p]
    assert len(numbered) < 0.1 * len(guardians)


def test_earlier_years_of_the_stage_are_enrolments_that_have_ended(tiny: Path) -> None:
    def is_now_in_year9(enrolment: dict[str, Any]) -> bool:
        return enrolment["schoolYear"] == 9 and "endDate" not in enrolment

    histories = [person.get("enrolments", []) for person in register(tiny, "persons")]
    in_year9 = [enrolments for enrolments in histories if any(is_now_in_year9(e) for e in enrolments)]
    assert in_year9
    assert all([e["schoolYear"] for e in enrolments][:2] == [7, 8] for enrolments in in_year9)
    assert all("endDate" in e for enrolments in in_year9 for e in enrolments[:2])


def test_a_doublet_with_a_temporary_number_is_told_in_the_truth_file(tiny: Path, tiny_truth: dict[str, Any]) -> None:
    persons = {person["id"]: person for person in register(tiny, "persons")}
    assert tiny_truth["duplicates"]
    for pair in tiny_truth["duplicates"]:
        one, other = persons[pair["person_id"]], persons[pair["same_as"]]
        assert (one["givenName"], one["familyName"], one["birthDate"]) == (
            other["givenName"], other["familyName"], other["birthDate"],
        )  # fmt: skip
        assert "TF" in other["civicNo"]["value"]


def test_pupils_of_adapted_schools_at_several_units_are_different_persons() -> None:
    units = tuple(UnitSpec(f"0000000{n}", f"Skola {n}", 0, 9, 20, adapted=9) for n in (1, 2))
    world = build_world(Preset("two", "Tvåstad", units, spring_years=(2025,)), 1)
    adapted = [pupil for pupil in world.pupils if pupil.form == "GRAN"]
    assert len({pupil.person_id for pupil in adapted}) == len(adapted) == 18
    assert len({pupil.number for pupil in adapted}) == 18


def test_no_two_groups_have_the_same_id() -> None:
    """Also where a class's own id ends like the number of a subject, as one of this seed does."""
    rows = groups(costly.enkoping())
    assert any(row["groupType"] == "Undervisning" for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
