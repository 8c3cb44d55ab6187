"""Reads the pages: their tables, links, headings and code blocks. No test is here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dia_assets.settings import PROJECT

PAGES = sorted([PROJECT / "README.md", PROJECT / "CHANGELOG.md", *(PROJECT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A code block and its language."""

    language: str
    text: str


def page(name: str) -> str:
    """A page's text, by its path in the project."""
    return (PROJECT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of one language."""
    return [content for found, content in FENCE.findall(text) if found == language]


def prose(text: str) -> str:
    """The text without its code blocks."""
    return FENCE.sub("", text)


def links(text: str) -> list[str]:
    """Every address that a page links to or shows."""
    return LINK.findall(prose(text))


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as Git hosts make them."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    words = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in words}


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading!r}"
    return found.group(1)


def between(text: str, begin: str, end: str) -> str:
    """What stands between two comments; each is known by its first words."""
    found = re.search(rf"<!-- {begin}[^\n]*-->\n(.*?)<!-- {end} -->", text, re.DOTALL)
    assert found, f"no part between the comments {begin!r} and {end!r}"
    return found.group(1)


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, heads left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {number - 1 for number, line in enumerate(lines) if re.fullmatch(r"[|\- :]+", line)}
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for number, line in enumerate(lines)
        if number not in heads and not re.fullmatch(r"[|\- :]+", line)
    ]


def first_codes(text: str) -> list[str]:
    """What stands as code in the first cell of each table row."""
    return [cells[0].strip("`") for cells in rows(text) if cells[0].startswith("`")]


def relative(path: Path) -> str:
    """A page's path as a person says it."""
    return path.relative_to(PROJECT).as_posix()
