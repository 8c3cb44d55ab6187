"""A delimited file as chunks of whole lines in UTF-8, and the lines in them that can never become rows.

Chunks keep memory flat whatever the size of the file. Lines are looked at one by one only in a chunk that the fast
parser did not get through, which is rare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dia_assets.errors import DeliveryRefused

CHUNK = 16 << 20
LONGEST_LINE = 64 << 20
NOT_LATIN_1 = bytes(range(0x80, 0xA0))
# Stands in for a line that is set aside: a wrong number of fields, so that the parser counts it and gives it back.
SET_ASIDE = b"\x1a"

UNCLOSED_QUOTE, INVALID_BYTES, CONTROL_CHARACTER, BLANK = (
    "unclosed_quote",
    "invalid_bytes",
    "control_character",
    "blank",
)


@dataclass(frozen=True)
class Chunk:
    """Some whole lines of a file. `first` is the number of lines before them, `end` where they end in the file."""

    index: int
    data: bytes
    first: int
    lines: int
    end: int


def chunks(path: Path, offset: int) -> Iterator[Chunk]:
    """The lines of a file from a byte on. A last line without a line end counts as a line."""
    with path.open("rb") as file:
        file.seek(offset)
        rest, first, index, end = b"", 0, 0, offset
        while block := file.read(CHUNK):
            whole = block.rfind(b"\n") + 1
            if not whole:
                rest += block
                if len(rest) > LONGEST_LINE:
                    raise _endless_line()
                continue
            data = rest + block[:whole]
            rest = block[whole:]
            end += len(data)
            count = data.count(b"\n")
            yield Chunk(index, data, first, count, end)
            first, index = first + count, index + 1
        if rest:
            yield Chunk(index, rest, first, 1, end + len(rest))


def _endless_line() -> DeliveryRefused:
    return DeliveryRefused(
        "not_text",
        "Filen saknar radslut: en rad är längre än 64 MB.",
        "Kontrollera att exporten skriver en rad per post med vanliga radslut.",
    )


def to_utf8(data: bytes, encoding: str) -> bytes:
    """The same text in UTF-8. Bytes that cp1252 leaves undefined become what no UTF-8 text has, and so are found."""
    if encoding == "utf-8" or data.isascii():
        return data
    # Latin-1 is five times as fast to read, and the same as cp1252 where none of these bytes occurs.
    if len(data.translate(None, NOT_LATIN_1)) == len(data):
        return data.decode("latin-1").encode()
    return data.decode(encoding, "surrogateescape").encode("utf-8", "surrogateescape")


def has_stray_control(data: bytes) -> bool:
    """Whether a zero byte or a carriage return inside a line is there. The parser would end a line at the latter.

    Without them, a parser that finds as many rows as there are lines has passed over no line and joined none.
    """
    return b"\0" in data or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n"))


def set_aside(
    data: bytes, delimiter: str, quote: str | None, fields: int
) -> tuple[bytes, dict[int, tuple[str, bytes]]]:
    """Take out the lines that can never become rows: the chunk without them, and line number → (rule, line).

    Line numbers are from 0. Blank lines are taken out too (rule `blank`); they are no rows.
    """
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    aside: dict[int, tuple[str, bytes]] = {}
    stand_in = SET_ASIDE if fields > 1 else SET_ASIDE + delimiter.encode()
    for number, line in enumerate(lines):
        rule = _broken(line.removesuffix(b"\r"), delimiter, quote)
        if rule:
            aside[number] = (rule, line.removesuffix(b"\r"))
            lines[number] = stand_in
    return b"\n".join(lines) + b"\n", aside


def _broken(line: bytes, delimiter: str, quote: str | None) -> str | None:
    if not line.strip():
        return BLANK
    if b"\r" in line or b"\0" in line or SET_ASIDE in line:
        return CONTROL_CHARACTER
    if not line.isascii():
        try:
            line.decode()
        except UnicodeDecodeError:
            return INVALID_BYTES
    if quote and quote.encode() in line and not _closed(delimiter, quote).fullmatch(line):
        return UNCLOSED_QUOTE
    return None


@lru_cache
def _closed(delimiter: str, quote: str) -> re.Pattern[bytes]:
    """A line in which every field that opens with a quote also closes it."""
    d, q = re.escape(delimiter).encode(), re.escape(quote).encode()
    quoted = b"%b(?:[^%b]|%b%b)*+%b[^%b%b]*+" % (q, q, q, q, q, d, q)
    plain = b"(?:[^%b%b][^%b]*+)?" % (d, q, d)
    field = b"(?:%b|%b)" % (quoted, plain)
    return re.compile(b"%b(?:%b%b)*+" % (field, d, field))
