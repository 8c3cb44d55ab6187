"""A pull is whole or not there, and the same pages are the same bytes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dia_assets.sources.pull import PullWriter

PAGE = {"parameters": {"page": "1"}, "url": "http://127.0.0.1/things?page=1"}


def test_a_pull_has_its_pages_as_received_and_the_requests_behind_them(tmp_path: Path) -> None:
    with PullWriter(tmp_path / "a.pull.zip") as pull:
        pull.add(b'{"data": [1]}', **PAGE)
        pull.add(b"[]", {}, "http://127.0.0.1/deleted", status=206, kind="deleted")
        assert pull.pages == 2
    with zipfile.ZipFile(tmp_path / "a.pull.zip") as archive:
        index = [json.loads(line) for line in archive.read("pages.jsonl").decode().splitlines()]
        assert archive.read(index[0]["file"]) == b'{"data": [1]}'
    assert index[0] == {
        **PAGE,
        "file": "000001.json",
        "page": 1,
        "kind": "records",
        "status": 200,
        "sha256": hashlib.sha256(b'{"data": [1]}').hexdigest(),
    }
    assert (index[1]["kind"], index[1]["status"]) == ("deleted", 206)


def test_nothing_has_the_pulls_name_before_it_is_whole(tmp_path: Path) -> None:
    with PullWriter(tmp_path / "a.pull.zip") as pull:
        pull.add(b"{}", **PAGE)
        assert not (tmp_path / "a.pull.zip").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.pull.zip"]


def test_a_pull_that_was_broken_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), PullWriter(tmp_path / "a.pull.zip") as pull:
        pull.add(b"{}", **PAGE)
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=15, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_the_same_pages_are_the_same_bytes_and_come_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("pulls")
    for name in ("a", "b"):
        with PullWriter(folder / name) as pull:
            for content in contents:
                pull.add(content, {}, "http://127.0.0.1/")
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    with zipfile.ZipFile(folder / "a") as archive:
        assert [archive.read(f"{number:06}.json") for number in range(1, len(contents) + 1)] == contents
