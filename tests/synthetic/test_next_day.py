"""The next day adds deliveries, moves a pupil, marks a pupil late, and advances the municipality's own today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dia_assets.errors import DiaError
from dia_assets.synthetic import Municipality, generate, next_day
from synthetic.reading import extracts, register, rows_of


@pytest.fixture
def following(tmp_path: Path) -> Path:
    out = tmp_path / "tiny"
    generate("tiny", out, seed=7)
    next_day(out)
    return out


def _facts(out: Path) -> dict[str, Any]:
    return json.loads((out / "truth.json").read_text(encoding="utf-8"))["days"][-1]


def test_new_files_are_added_and_the_old_ones_untouched(tiny: Path, following: Path) -> None:
    before, after = extracts(tiny), extracts(following)
    added = sorted(Path(name).name for name in set(after) - set(before))
    assert added == [
        "groups_2026-06-04.json", "lektionsnarvaro_2026-06-02_rattelse.csv", "lektionsnarvaro_2026-06-04.csv",
        "persons_2026-06-04.json",
    ]  # fmt: skip
    assert all(after[name] == content for name, content in before.items() if name.startswith("extracts"))


def test_today_advances_over_the_weekend(following: Path) -> None:
    assert Municipality.read(following).today == "2026-06-05"
    assert next_day(following).today == "2026-06-08"
    assert Municipality.read(following).days_added == 2


def test_the_same_days_follow_from_the_same_seed(following: Path, tmp_path: Path) -> None:
    generate("tiny", tmp_path / "again", seed=7)
    next_day(tmp_path / "again")
    assert extracts(tmp_path / "again") == extracts(following)


def test_a_pupil_moves_between_units(following: Path) -> None:
    move = _facts(following)["move"]
    units = {o.get("schoolUnitCode"): o["id"] for o in register(following, "organisations")}
    person = next(p for p in register(following, "persons_2026-06-04") if p["id"] == move["person_id"])
    old, new = person["enrolments"][-2:]
    assert (old["enroledAt"]["id"], old["endDate"]) == (units[move["from_unit"]], "2026-06-03")
    assert (new["enroledAt"]["id"], new["startDate"]) == (units[move["to_unit"]], "2026-06-04")
    rows = rows_of(following / "extracts" / "narvaro" / "lektionsnarvaro_2026-06-04.csv")
    assert {row[0] for row in rows if row[1] == person["civicNo"]["value"]} == {move["to_unit"]}


def test_a_pupil_gets_a_late_mark_in_persons_and_on_references(following: Path) -> None:
    late = _facts(following)["late_mark"]["person_id"]
    before = next(p for p in register(following, "persons") if p["id"] == late)
    after = next(p for p in register(following, "persons_2026-06-04") if p["id"] == late)
    assert (before["securityMarking"], after["securityMarking"]) == ("Ingen", "Sekretessmarkering")
    references = [
        m["person"] for g in register(following, "groups_2026-06-04") for m in g["groupMemberships"]
        if m["person"]["id"] == late
    ]  # fmt: skip
    assert references
    assert all(reference["securityMarking"] == "Sekretessmarkering" for reference in references)


def test_nobody_else_changes_in_the_register(following: Path) -> None:
    facts = _facts(following)
    before = {p["id"]: p for p in register(following, "persons")}
    changed = {p["id"] for p in register(following, "persons_2026-06-04") if before[p["id"]] != p}
    assert changed == {facts["move"]["person_id"], facts["late_mark"]["person_id"]}


def test_the_correction_sends_a_whole_unit_day_with_some_minutes_changed(following: Path) -> None:
    facts = _facts(following)
    folder = following / "extracts" / "narvaro"
    corrected = rows_of(folder / facts["correction_file"])
    earlier = {tuple(row) for row in rows_of(folder / "lektionsnarvaro_2026-06-02.csv")}
    assert {row[0] for row in corrected} == {facts["corrected_unit"]}
    changed = [number for number, row in enumerate(corrected, 1) if tuple(row) not in earlier]
    assert set(facts["corrected_rows"]) <= set(changed)
    assert 0 < len(facts["corrected_rows"]) < len(corrected)


def test_after_the_last_school_day_there_is_a_clear_end(one_unit: Path) -> None:
    for _ in range(8):
        last = next_day(one_unit)
    assert last.today == "2026-06-16"
    with pytest.raises(DiaError, match="no further school day"):
        next_day(one_unit)


def test_without_a_municipality_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DiaError, match="dia generate"):
        next_day(tmp_path)
