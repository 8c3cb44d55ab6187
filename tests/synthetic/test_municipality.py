"""What a directory with a synthetic municipality holds, and that it follows from preset and seed."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dia_assets.errors import DiaError
from dia_assets.synthetic import PRESETS, generate, is_made, municipality
from dia_assets.synthetic.identifiers import check_digit
from dia_assets.synthetic.municipality import SKOLVERKET_FILE, Municipality
from dia_assets.synthetic.population import build_world
from synthetic.reading import extracts, register, rows_of, text_of
from tests import costly

PROJECT = Path(__file__).parents[2]


def test_the_same_seed_gives_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    generate("tiny", tmp_path / "again", seed=7)
    assert extracts(tmp_path / "again") == extracts(tiny)


def test_another_seed_gives_other_people(tiny: Path, tmp_path: Path) -> None:
    generate("tiny", tmp_path / "other", seed=8)
    assert {p["id"] for p in register(tiny, "persons")}.isdisjoint(
        p["id"] for p in register(tmp_path / "other", "persons")
    )


def test_making_it_again_replaces_what_was_there(one_unit: Path) -> None:
    (one_unit / "extracts" / "narvaro" / "old.csv").write_text("x")
    made = generate("one_unit", one_unit, seed=3)
    assert not (one_unit / "extracts" / "narvaro" / "old.csv").exists()
    assert Municipality.read(one_unit) == made


@pytest.mark.parametrize(
    "broken", ["write_register", "write_support", "plant_faults", "Truth.write", "Municipality.write"]
)
def test_one_that_broke_off_anywhere_is_not_made_and_the_next_time_is_as_the_first(
    one_unit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def break_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "broken"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(f"dia_assets.synthetic.municipality.{broken}", break_off)
        generate("one_unit", out, seed=3)
    assert not is_made(out)
    generate("one_unit", out, seed=3)
    assert is_made(out)
    assert extracts(out) == extracts(one_unit)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in one_unit.iterdir())


def test_the_one_there_is_stands_when_another_breaks_off(one_unit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = extracts(one_unit)
    with monkeypatch.context() as patched, pytest.raises(TypeError):
        patched.setattr(municipality, "write_attendance", None)
        generate("one_unit", one_unit, seed=4)
    assert {name: content for name, content in extracts(one_unit).items() if "unfinished" not in name} == before
    assert Municipality.read(one_unit).seed == 3


def test_a_folder_with_real_extracts_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "extracts").mkdir()
    with pytest.raises(DiaError, match="left as it is"):
        generate("one_unit", tmp_path)


def test_an_unknown_preset_and_an_unknown_fault_get_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DiaError, match="choose one of one_unit, tiny"):
        generate("huge", tmp_path)
    with pytest.raises(DiaError, match="no fault is named nothing"):
        generate("tiny", tmp_path, faults=["nothing"])


def test_the_directory_is_private(one_unit: Path) -> None:
    assert one_unit.stat().st_mode & 0o077 == 0


def test_an_empty_municipality_has_an_organisation_and_nobody(tmp_path: Path) -> None:
    generate("empty", tmp_path / "empty")
    names = [name for name in extracts(tmp_path / "empty") if name.startswith("extracts")]
    assert names == [f"extracts/ss12000/{name}.json" for name in ("duties", "groups", "organisations", "persons")]
    assert len([o for o in register(tmp_path / "empty", "organisations") if "schoolUnitCode" in o]) == 2
    assert register(tmp_path / "empty", "persons") == register(tmp_path / "empty", "groups") == []


def test_one_unit_has_about_40_pupils_and_tiny_about_300(tiny: Path) -> None:
    assert 35 <= len(build_world(PRESETS["one_unit"], 1).current_pupils()) <= 45
    now = [p for p in register(tiny, "persons") if any(e.get("endDate") is None for e in p.get("enrolments", []))]
    assert 290 <= len(now) <= 320


def test_enkoping_has_7900_pupils_in_25_units_and_a_large_and_a_small_school() -> None:
    world = costly.enkoping()
    assert 7_700 <= len(world.current_pupils()) <= 8_100
    forms = [c.form for c in world.classes]
    assert set(forms) == {"FKLASS", "GR", "GRAN", "GY", "GYAN"}
    sizes = [0] * 25
    for pupil in world.current_pupils():
        sizes[pupil.unit_in(pupil.grade_year or 0)] += 1
    assert sizes[0] > 500
    assert sizes[21] < 75
    assert sum(pupil.is_protected for pupil in world.pupils) == round(0.003 * len(world.current_pupils())) + 1


def test_a_large_city_has_units_of_every_kind_and_size_under_codes_of_their_own() -> None:
    units = PRESETS["stockholm"].units
    assert len({unit.code for unit in units}) == len({unit.name for unit in units}) == len(units) == 390
    assert 0.2 < sum(unit.independent for unit in units) / len(units) < 0.3
    years = {(unit.first_year, unit.last_year) for unit in units}
    assert years == {(0, 9), (0, 6), (7, 9), (10, 12)}
    assert any(unit.adapted for unit in units if unit.last_year == 9)
    planned = [unit.size_per_year * (unit.last_year - unit.first_year + 1) + unit.adapted for unit in units]
    assert 140_000 < sum(planned) < 155_000
    assert min(planned) < 75
    assert max(planned) > 700


def test_no_unit_code_is_a_real_one(tiny: Path) -> None:
    text = text_of(tiny / "extracts" / "skolverket" / SKOLVERKET_FILE)
    real = {row[1] for row in csv.reader(text.splitlines()[6:], delimiter=";") if len(row) > 1}
    assert len(real) > 1_700
    codes = {unit.code for preset in PRESETS.values() for unit in preset.units}
    assert all(re.fullmatch(r"00\d{6}", code) for code in codes)
    assert codes.isdisjoint(real)


def test_every_number_in_the_register_is_in_the_test_series(tiny: Path) -> None:
    numbers = [p["civicNo"]["value"].replace("-", "") for p in register(tiny, "persons") if "civicNo" in p]
    assert len(numbers) == len(set(numbers))
    for number in numbers:
        if "TF" not in number:
            assert 980 <= int(number[8:11]) <= 999
            assert int(number[11]) == check_digit(number[2:11])


def test_every_file_has_a_name_that_a_contract_knows(tiny: Path) -> None:
    patterns = []
    for file in (PROJECT / "dbt_project" / "models" / "staging").glob("*/_*__sources.yml"):
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]:
            patterns += [table["config"]["meta"]["dia"]["files"] for table in source["tables"]]
    for file in (tiny / "extracts").rglob("*.*"):
        assert any(re.fullmatch(pattern, file.name) for pattern in patterns), file.name


def test_the_canary_values_belong_to_one_protected_pupil_alone(tiny: Path, tiny_truth: dict[str, Any]) -> None:
    canary = tiny_truth["canary"]
    pupil = next(entry for entry in tiny_truth["protected"] if entry["role"] == "canary")
    for value in [*canary["strings"], *canary["dates"]]:
        holders = [p["id"] for p in register(tiny, "persons") if value in json.dumps(p, ensure_ascii=False)]
        assert holders == [pupil["person_id"]]
    hits = [row for file in (tiny / "extracts" / "narvaro").iterdir() for row in rows_of(file) if "37,8125" in row]
    assert [row[1] for row in hits] == [pupil["person_number"]]
    assert hits[0][7] == hits[0][8] == "37,8125"
    in_results = [
        row
        for file in (tiny / "extracts" / "scb").iterdir()
        for row in rows_of(file)
        if canary["strings"][0] in ";".join(row)
    ]
    assert [row[3] for row in in_results] == [pupil["person_number"]]


def test_the_smallest_preset_has_a_canary_too(one_unit: Path) -> None:
    truth = json.loads((one_unit / "truth.json").read_text(encoding="utf-8"))
    assert [entry["role"] for entry in truth["protected"]] == ["canary"]
