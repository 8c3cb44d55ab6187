"""Every fault ruins its own file, is told in the truth file, and is absent unless asked for."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from dia_assets.synthetic import FAULTS, generate
from synthetic.reading import extracts, text_of


@pytest.fixture(scope="module")
def ruined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("ruined") / "out"
    generate("tiny", out, seed=7, faults=list(FAULTS))
    return out


def _file(out: Path, fault: str) -> Path:
    faults = json.loads((out / "truth.json").read_text(encoding="utf-8"))["faults"]
    return out / "extracts" / next(entry["file"] for entry in faults if entry["fault"] == fault)


def test_every_fault_is_told_in_the_truth_file(ruined: Path, tiny: Path) -> None:
    faults = json.loads((ruined / "truth.json").read_text(encoding="utf-8"))["faults"]
    assert [entry["fault"] for entry in faults] == list(FAULTS)
    assert "faults" not in json.loads((tiny / "truth.json").read_text(encoding="utf-8"))


def test_only_the_named_files_differ_from_the_sound_municipality(ruined: Path, tiny: Path) -> None:
    faults = json.loads((ruined / "truth.json").read_text(encoding="utf-8"))["faults"]
    sound, broken = extracts(tiny), extracts(ruined)
    differing = {name for name, content in broken.items() if sound.get(name) != content}
    assert differing == {f"extracts/{entry['file']}" for entry in faults} | {"truth.json"}


def test_a_fault_whose_file_the_preset_lacks_is_left_out(tmp_path: Path) -> None:
    generate("empty", tmp_path / "empty", faults=["renamed_column", "truncated_json"])
    truth = json.loads((tmp_path / "empty" / "truth.json").read_text(encoding="utf-8"))
    assert [entry["fault"] for entry in truth["faults"]] == ["truncated_json"]


def test_the_renamed_column_is_gone_and_the_largest_unit_with_it(ruined: Path) -> None:
    text = text_of(_file(ruined, "renamed_column"))
    assert "Närvarominuter" not in text
    assert "Närvaro (min)" in text
    assert "\n00000001;" not in text


def test_truncated_files_end_in_the_middle(ruined: Path) -> None:
    assert not _file(ruined, "truncated_file").read_bytes().endswith(b"\n")
    with pytest.raises(json.JSONDecodeError):
        json.loads(_file(ruined, "truncated_json").read_text(encoding="utf-8"))


def test_the_zip_bomb_is_small_and_unpacks_large(ruined: Path) -> None:
    file = _file(ruined, "zip_bomb")
    assert file.stat().st_size < 1_000_000
    with zipfile.ZipFile(file) as archive:
        assert archive.infolist()[0].file_size == 200_000_000


def test_files_are_empty_resent_or_in_another_encoding(ruined: Path) -> None:
    assert _file(ruined, "empty_file").stat().st_size == 0
    resent = _file(ruined, "last_year_resent")
    assert resent.read_bytes() == resent.with_name(resent.name.replace("2025", "2024")).read_bytes()
    assert _file(ruined, "wrong_encoding").read_bytes()[:2] == b"\xff\xfe"


def test_impossible_grades_fill_the_file(ruined: Path) -> None:
    rows = [line.split(";") for line in text_of(_file(ruined, "impossible_values")).splitlines()]
    assert all(row[8:13] == ["Q"] * 5 for row in rows)


def test_one_post_is_negative_and_that_alone_is_to_be_stopped_after_raw(
    ruined: Path, tmp_path: Path, tiny: Path
) -> None:
    generate("tiny", tmp_path / "one", seed=7, faults=["negative_post"])
    with (
        zipfile.ZipFile(_file(tmp_path / "one", "negative_post")) as archive,
        zipfile.ZipFile(next((tiny / "extracts" / "personal").iterdir())) as sound,
    ):
        name = "xl/worksheets/sheet1.xml"
        assert len(re.findall(rb"<v>-\d", archive.read(name))) == 1
        assert archive.read(name).replace(b"<v>-", b"<v>") == sound.read(name)
    faults = json.loads((ruined / "truth.json").read_text(encoding="utf-8"))["faults"]
    assert [entry["fault"] for entry in faults if entry["expected"] == "blocked"] == ["negative_post"]
