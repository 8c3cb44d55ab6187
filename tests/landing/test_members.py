"""Archives: several files of a delivery, periods from their names, and every way in which a zip can be a trap."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from .support import LESSONS, Landing, column
from .test_excel import xlsx

HEADER = "Enhet;Dag;Minuter;Klass;Anm\n"
ZIPPED = LESSONS.model_copy(
    update={
        "files": r"lessons_(?P<period>\d+)\.zip",
        "format": LESSONS.format.model_copy(update={"member": r"(?P<part>[a-z]+)_\d+\.csv"}),
        "columns": (column("part", None, file_group="part"), *LESSONS.columns),
    }
)


def packed(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def lessons(*days: int) -> str:
    return HEADER + "".join(f"00000001;2026-06-{day:02};40;7A;\n" for day in days)


def test_all_files_of_an_archive_are_one_delivery_with_rows_numbered_on(landing: Landing) -> None:
    content = packed({"b_10.csv": lessons(3), "a_2.csv": lessons(1, 2), "README.txt": "nothing"})
    candidate = landing.take_in(ZIPPED, "lessons_1.zip", content)
    rows = landing.rows(ZIPPED)
    assert candidate.rows_read == candidate.rows_kept == 3
    assert [(row["_row"], row["_file"], row["part"]) for row in rows] == [
        (1, "lessons_1.zip/a_2.csv", "a"), (2, "lessons_1.zip/a_2.csv", "a"), (3, "lessons_1.zip/b_10.csv", "b"),
    ]  # fmt: skip


def test_a_bad_row_in_one_file_of_an_archive_is_told_with_its_file(landing: Landing) -> None:
    content = packed({"a_1.csv": lessons(1, 2), "a_2.csv": HEADER + "00000001;2026-13-45;40;7A;\n"})
    landing.take_in(ZIPPED, "lessons_1.zip", content)
    [bad] = landing.quarantined(ZIPPED)
    assert (bad["_file"], bad["_row"], bad["rule"]) == ("lessons_1.zip/a_2.csv", 3, "wrong_type")


def test_one_bad_file_refuses_the_whole_archive_and_leaves_nothing(landing: Landing) -> None:
    content = packed({"a_1.csv": lessons(1), "a_2.csv": "Enhet;Dag\n00000001;2026-06-02\n"})
    assert landing.refusal(ZIPPED, "lessons_1.zip", content).rule == "header_mismatch"
    assert list((landing.lake.work / "unpacked").iterdir()) == []


def test_a_workbook_may_lie_in_an_archive(landing: Landing) -> None:
    form = ZIPPED.format.model_copy(update={"kind": "excel", "member": r"(?P<part>[a-z]+)_\d+\.xlsx", "header_row": 1})
    dataset = ZIPPED.model_copy(update={"format": form})
    book = xlsx([["Enhet", "Dag", "Minuter", "Klass", "Anm"], ["00000001", "2026-06-01", 40, "7A"]])
    landing.take_in(dataset, "lessons_1.zip", packed({"a_1.xlsx": book}))
    assert [(row["part"], row["minutes"]) for row in landing.rows(dataset)] == [("a", "40")]


def _locked() -> bytes:
    """An archive whose file says that it is encrypted."""
    content = bytearray(packed({"a_1.csv": lessons(1)}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(mark) + place
        struct.pack_into("<H", content, at, struct.unpack_from("<H", content, at)[0] | 1)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (packed({"a_1.csv": "0" * 5_000_000}), "archive_too_large"),
        (packed({"a_1.csv": packed({"a_1.csv": lessons(1)})}), "archive"),
        (packed({"other.csv": lessons(1)}), "archive_without_member"),
        (packed({}), "archive_without_member"),
        (packed({"a_1.csv": lessons(1, 2)})[:80], "truncated"),
        (packed({"a_1.csv": lessons(1)}).replace(b"00000001", b"00000009"), "truncated"),
        (b"no archive at all", "truncated"),
        (_locked(), "archive_encrypted"),
    ],
    ids=["bomb", "archive in archive", "other files", "empty", "cut off", "changed inside", "text", "locked"],
)
def test_an_archive_that_is_a_trap_or_broken_is_refused(landing: Landing, content: bytes, rule: str) -> None:
    if rule == "truncated" and b"00000009" not in content and content.startswith(b"PK") and len(content) > 100:
        content = packed({"a_1.csv": lessons(1)}, zipfile.ZIP_STORED).replace(b"00000001", b"00000009")
    assert landing.refusal(ZIPPED, "lessons_1.zip", content).rule == rule


def test_a_name_that_points_outside_is_only_a_name(landing: Landing) -> None:
    landing.take_in(ZIPPED, "lessons_1.zip", packed({"../../a_1.csv": lessons(1)}))
    assert not (landing.lake.root.parent / "a_1.csv").exists()
    assert len(landing.rows(ZIPPED)) == 1
