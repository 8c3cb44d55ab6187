"""A protected pupil's name, a number and two dates that nobody else has: no trace outside the restricted zone."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from dia_assets.nightly import Night

from .nights import fingerprint
from .search import decoded, visible_files

NUMBER_FORMS = ("37.8125", "37,8125")


def canaries(root: Path) -> dict[str, list[str]]:
    truth: dict[str, list[str]] = json.loads((root / "synthetic" / "truth.json").read_text(encoding="utf-8"))["canary"]
    return truth


def hits(root: Path) -> list[str]:
    """Files in which a canary can be read, decoded or in their bytes."""
    known = canaries(root)
    wanted = [*known["strings"], *known["dates"], *known["comment_strings"], *NUMBER_FORMS]
    texts = [text for word in known["strings"] for text in (word, word.lower())]
    found = []
    for path in visible_files(root):
        raw = path.read_bytes()
        if any(text.encode(code) in raw for text in texts for code in ("utf-8", "utf-16-le", "cp1252")):
            found.append(f"{path.relative_to(root)}: bytes")
        if any(word in cell for cell in decoded(path) for word in wanted):
            found.append(f"{path.relative_to(root)}: decoded")
    return found


def test_the_canaries_are_really_in_the_sources(first_night: tuple[Path, Night, str]) -> None:
    root = first_night[0]
    bytes_of_sources = b"".join(path.read_bytes() for path in (root / "synthetic" / "extracts").rglob("*.*"))
    for word in [*canaries(root)["strings"], *canaries(root)["dates"], *canaries(root)["comment_strings"]]:
        assert word.encode() in bytes_of_sources
    assert b"37,8125" in bytes_of_sources


def test_no_canary_is_found_outside_the_restricted_zone(first_night: tuple[Path, Night, str]) -> None:
    root, _, printed = first_night
    assert sum(1 for _ in visible_files(root)) > 50
    assert hits(root) == []
    assert not any(word in printed for word in canaries(root)["strings"])


def test_the_search_would_find_a_canary_in_a_table(copied: Path) -> None:
    planted = copied / "serving" / "planted.parquet"
    duckdb.sql(f"copy (select 37.8125 as minutes) to '{planted}'")
    assert hits(copied) == ["serving/planted.parquet: decoded"]


def test_free_text_is_stored_nowhere_once_it_has_landed(first_night: tuple[Path, Night, str]) -> None:
    root = first_night[0]
    word = canaries(root)["comment_strings"][0]
    for path in (root / "restricted").rglob("*.parquet"):
        assert not any(word in cell for cell in decoded(path)), path.relative_to(root)


def persons(root: Path) -> set[str]:
    with duckdb.connect(str(root / "internal" / "lakehouse.duckdb"), read_only=True) as connection:
        return {row[0] for row in connection.execute("select person_key from master.mst_person").fetchall()}


def test_a_late_mark_takes_the_person_out_and_moves_no_published_figure(
    first_night: tuple[Path, Night, str], next_night: tuple[Path, Night, str]
) -> None:
    root, ended, printed = next_night
    assert int(ended.exit) == 0, printed
    (key,) = persons(first_night[0]) - persons(root)
    for path in visible_files(root):
        if path.suffix in (".parquet", ".duckdb", ".json"):
            assert not any(key in cell for cell in decoded(path)), path.relative_to(root)
    before, after = fingerprint(first_night[0]), fingerprint(root)
    for audience in ("public", "municipality"):
        assert after[f"{audience} indicator_value"] == before[f"{audience} indicator_value"]


@pytest.mark.parametrize("zone", ["restricted", "internal", "drop"])
def test_zones_with_personal_data_are_readable_by_their_owner_alone(
    first_night: tuple[Path, Night, str], zone: str
) -> None:
    assert (first_night[0] / zone).stat().st_mode & 0o777 == 0o700
