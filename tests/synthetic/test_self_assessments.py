"""The schools' self-assessments: of the municipality's own units, on the tools' scales, with few school leaders."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS
from dia_assets.synthetic.self_assessments import (
    LIKA_AREAS,
    LIKA_HEADER,
    LIKA_ROUNDS,
    PUPILS_AREAS,
    SELFIE_AREAS,
    SELFIE_HEADER,
    SELFIE_ROUNDS,
    write_self_assessments,
)
from dia_assets.synthetic.truth import Truth
from dia_assets.synthetic.world import World
from synthetic.reading import text_of
from tests import costly

Made = tuple[World, Truth, Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder, truth = tmp_path_factory.mktemp("self-assessments"), Truth()
    world = costly.enkoping()
    write_self_assessments(world, folder, truth)
    return world, truth, folder


def rows_of(file: Path, header: str) -> list[dict[str, Any]]:
    heading, *lines = text_of(file).splitlines()
    assert heading == header
    return [dict(zip(heading.split(";"), line.split(";"), strict=True)) for line in lines]


def spoilt(truth: Truth, file: Path) -> dict[str, set[int]]:
    return {entry["defect"]: set(entry["rows"]) for entry in truth.defects() if entry["file"] == file.name}


def own_units(world: World) -> set[str]:
    return {unit.code for unit in world.units if not unit.independent}


@pytest.mark.parametrize("year", LIKA_ROUNDS)
def test_every_unit_answers_every_item_of_lika_once_and_only_planted_answers_are_off_the_scale(
    made: Made, year: int
) -> None:
    world, truth, folder = made
    file = folder / f"lika_{year}_vt.csv"
    rows, defects = rows_of(file, LIKA_HEADER), spoilt(truth, file)
    items = sum(number for number, _ in LIKA_AREAS.values())
    assert len({(row["Skolenhetskod"], row["Indikator"]) for row in rows}) == len(rows)
    assert len(rows) == items * len(own_units(world))
    assert {row["Skolenhetskod"].zfill(8) for row in rows} == own_units(world)
    assert {row["Datum"][:4] for row in rows} == {str(year)}
    off = {place for place, row in enumerate(rows, 1) if row["Skattning"] not in ("", "1", "2", "3", "4")}
    assert off == defects["lika_score_off_scale"]
    unknown = {place for place, row in enumerate(rows, 1) if row["Område"] not in LIKA_AREAS}
    assert unknown == defects["lika_area_unknown"]


def test_the_first_file_has_lost_the_zeros_of_its_codes_and_the_others_have_not(made: Made) -> None:
    _, truth, folder = made
    for year in LIKA_ROUNDS:
        file = folder / f"lika_{year}_vt.csv"
        rows = rows_of(file, LIKA_HEADER)
        lost = {place for place, row in enumerate(rows, 1) if not row["Skolenhetskod"].startswith("0")}
        assert lost == spoilt(truth, file).get("unit_code_without_zeros", set())
    assert lost == set()


def test_units_think_a_little_better_of_themselves_each_year_and_differ(made: Made) -> None:
    _, _, folder = made
    means = []
    for year in LIKA_ROUNDS:
        rows = rows_of(folder / f"lika_{year}_vt.csv", LIKA_HEADER)
        scores: dict[str, list[int]] = {}
        for row in rows:
            if row["Skattning"] in ("1", "2", "3", "4"):
                scores.setdefault(row["Skolenhetskod"], []).append(int(row["Skattning"]))
        of_units = [fmean(values) for values in scores.values()]
        means.append(fmean(of_units))
        assert max(of_units) - min(of_units) > 0.8
    assert means == sorted(means)
    assert 1.9 < means[0] < means[-1] < 3.2


@pytest.mark.parametrize("year", SELFIE_ROUNDS)
def test_selfie_has_averages_of_three_groups_and_pupils_are_asked_of_fewer_areas(made: Made, year: int) -> None:
    world, truth, folder = made
    file = folder / f"selfie_{year}_ht.csv"
    rows, defects = rows_of(file, SELFIE_HEADER), spoilt(truth, file)
    known = [row for row in rows if row["Svarsgrupp"] in ("Skolledare", "Lärare", "Elever")]
    assert {place for place, row in enumerate(rows, 1) if row not in known} == defects["selfie_group_unknown"]
    assert {row["Skolenhetskod"] for row in rows} == own_units(world)
    assert {row["Område"] for row in known if row["Svarsgrupp"] == "Elever"} == set(PUPILS_AREAS)
    assert {row["Område"] for row in known if row["Svarsgrupp"] == "Lärare"} == set(SELFIE_AREAS)
    nobodys = {n for n, row in enumerate(rows, 1) if row["Antal svar"] == "0" and row["Medelvärde"]}
    assert nobodys == defects["selfie_average_of_nobody"]
    for row in rows:
        if row["Antal svar"] != "0":
            assert 1 <= float(row["Medelvärde"].replace(",", ".")) <= 5


def test_school_leaders_are_few_at_every_unit_and_pupils_many(made: Made) -> None:
    _, _, folder = made
    rows = rows_of(folder / f"selfie_{SELFIE_ROUNDS[0]}_ht.csv", SELFIE_HEADER)
    most: dict[tuple[str, str], int] = {}
    for row in rows:
        place = (row["Svarsgrupp"], row["Skolenhetskod"])
        most[place] = max(most.get(place, 0), int(row["Antal svar"]))
    leaders = [n for (group, _), n in most.items() if group == "Skolledare"]
    assert sum(n < 5 for n in leaders) > len(leaders) / 2
    assert max(n for (group, _), n in most.items() if group == "Elever") > 100


def test_a_municipality_of_one_unit_gets_its_files_too(tmp_path: Path) -> None:
    write_self_assessments(build_world(PRESETS["one_unit"], 1), tmp_path, Truth())
    assert len(list(tmp_path.iterdir())) == len(LIKA_ROUNDS) + len(SELFIE_ROUNDS)
