"""Helpers that read extracts back the way a person would: lines, fields, objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def text_of(file: Path) -> str:
    """The text of an extract in whichever of the agreed encodings it is."""
    data = file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def rows_of(file: Path) -> list[list[str]]:
    """Data rows as fields; the header of an attendance file is left out."""
    lines = text_of(file).split("\n")[:-1]
    first = 1 if file.parent.name == "narvaro" else 0
    return [line.removesuffix("\r").split(";") for line in lines[first:]]


def register(out: Path, name: str) -> list[dict[str, Any]]:
    """The objects of one list answer."""
    return json.loads((out / "extracts" / "ss12000" / f"{name}.json").read_text(encoding="utf-8"))["data"]


def extracts(out: Path) -> dict[str, bytes]:
    """Every file of a municipality with its bytes."""
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()}
