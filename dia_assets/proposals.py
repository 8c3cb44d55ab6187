"""Proposes contracts: a block for a column that nobody knows, and a whole contract for a file that nobody knows.

A proposal is YAML for a person to complete and review. It holds names and guessed types, never a value from the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from textwrap import indent

PLAIN = str.maketrans({"å": "a", "ä": "a", "ö": "o", "é": "e", "ü": "u", "Å": "A", "Ä": "A", "Ö": "O"})
GUESSES = (
    ("integer", re.compile(r"-?(0|[1-9]\d{0,8})")),
    ("decimal", re.compile(r"-?\d{1,12}[.,]\d+")),
    ("date", re.compile(r"\d{4}-\d{2}-\d{2}")),
    ("timestamp", re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}.*")),
    ("time", re.compile(r"\d{2}:\d{2}(:\d{2})?")),
    ("boolean", re.compile(r"(?i:ja|nej|true|false|j|n)")),
)


def column_block(source: str, values: Iterable[object]) -> str:
    """The block of a column for the data inventory: everything personal until somebody has said that it is not."""
    name = snake_case(source)
    meta = f"{{source: '{_quoted(source)}', type: {guessed_type(values)}, classification: personal}}"
    return (
        f"- name: {name}\n  data_type: varchar\n  description: 'Describe it'\n"
        f"  config: {{meta: {{dia: {meta}}}}}"
    )  # fmt: skip


def alias_block(source: str, new: str) -> str:
    """What to write so that a column may also have its new name."""
    return f"`source: '{_quoted(source)}', aliases: ['{_quoted(new)}']`"


def snake_case(name: str) -> str:
    """A name in English letters, as columns are called: `Antal närvarande` → `antal_narvarande`."""
    spaced = re.sub(r"(?<=[a-zåäö0-9])(?=[A-ZÅÄÖ])", "_", unicodedata.normalize("NFC", name)).translate(PLAIN)
    ascii_only = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")
    return words if words[:1].isalpha() else f"column_{words}".rstrip("_")


def guessed_type(values: Iterable[object]) -> str:
    """The narrowest type that all values fit; text where there are none, or where zeros lead (a code, no number)."""
    texts = [text for value in values if (text := _text(value))]
    for kind, pattern in GUESSES:
        if texts and all(pattern.fullmatch(text) for text in texts):
            return kind
    numbers = ("integer", "decimal")
    if texts and all(any(p.fullmatch(text) for k, p in GUESSES if k in numbers) for text in texts):
        return "decimal"
    return "text"


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case bool():
            return "ja" if value else "nej"
        case datetime() | date() | time():
            return str(value)
        case _:
            return str(value).strip()


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def table_blocks(names: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """The blocks of all columns of a table, in their order."""
    return [
        column_block(name, [row[place] for row in rows if place < len(row)]) for place, name in enumerate(names) if name
    ]


def contract_block(system: str, name: str, file: str, form: str, columns: Sequence[str]) -> str:
    """A whole contract for a file that nobody knows; what a person has to say is `?`."""
    head = f"""\
version: 2

sources:
  - name: {system}
    schema: raw
    description: '?'
    config:
      meta:
        dia:
          label_sv: '?'
          vendor: '?'
          owner: '?'
          steward: '?'
          contact: '?'
          access: {{kind: folder, authentication: none}}
    tables:
      - name: {name}
        identifier: {system}__{name}
        description: 'Grain: one row per ?'
        config:
          meta:
            dia:
              label_sv: '?'
              description_sv: 'En rad per ?.'
              files: '{re.escape(file)}'
              format: {form}
              load: {{mode: full, key: ['?']}}
              expected: {{every_days: 1, grace_days: 3}}
              klassa: {{confidentiality: 2, integrity: 2, availability: 1, traceability: 1}}
              legal_basis: '?'
              purpose: '?'
              retention: {{raw: 13 månader, history: '?', decision: saknas}}
        columns:
"""
    return head + "\n".join(indent(block, " " * 10) for block in columns) + "\n"
