"""Looks into a file that no contract knows and proposes one: how it is written and which columns it has."""

from __future__ import annotations

import csv
import json
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from dia_assets.errors import DiaError
from dia_assets.landing.header import DELIMITERS
from dia_assets.proposals import column_block, contract_block, table_blocks

SAMPLE = 1 << 20
ROWS = 200
ENCODINGS = ("utf-8-sig", "cp1252")


def proposed_contract(path: Path, system: str, name: str) -> str:
    """A contract as YAML with names and guessed types; nothing of what stands in the cells.

    Raises `DiaError` when the file is neither delimited text, nor a workbook, nor JSON with a list of records.
    """
    head = path.open("rb").read(SAMPLE)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        form, blocks = _workbook(path)
    elif head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        form, blocks = _json(path)
    else:
        form, blocks = _delimited(head)
    return contract_block(system, name, path.name, form, blocks)


def _delimited(head: bytes) -> tuple[str, list[str]]:
    for encoding in ENCODINGS:
        try:
            text = head[: head.rfind(b"\n") + 1 or None].decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise DiaError("The file is no text in UTF-8 or cp1252.", "Filen är inte en text i UTF-8 eller cp1252.")
    lines = text.splitlines()
    sign = max(DELIMITERS, key=lambda each: min((line.count(each) for line in lines[:20] if line.strip()), default=0))
    rows = list(islice(csv.reader(lines, delimiter=sign), ROWS))
    if not rows or len(rows[0]) < 2:
        raise DiaError("The file has no columns that can be told.", "Filen har inga kolumner som går att urskilja.")
    shown = "\\t" if sign == "\t" else sign
    named = encoding.removesuffix("-sig")
    return f'{{kind: delimited, delimiter: "{shown}", header: true, encodings: [{named}]}}', table_blocks(
        rows[0], rows[1:]
    )


def _workbook(path: Path) -> tuple[str, list[str]]:
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            rows = list(islice(workbook.get_sheet_by_index(0).iter_rows(), ROWS))
    except CalamineError:
        raise DiaError("The workbook cannot be read.", "Arbetsboken går inte att läsa.") from None
    widest = max((sum(bool(cell) for cell in row) for row in rows), default=0)
    place = next((i for i, row in enumerate(rows) if sum(bool(cell) for cell in row) == widest), 0)
    names = [str(cell).strip() for cell in rows[place]] if rows else []
    return f"{{kind: excel, header_row: {place + 1}}}", table_blocks(names, rows[place + 1 :])


def _json(path: Path) -> tuple[str, list[str]]:
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        raise DiaError("The file is no valid JSON.", "Filen är inte giltig JSON.") from None
    lists = {"": document} if isinstance(document, list) else {k: v for k, v in document.items() if isinstance(v, list)}
    if not lists:
        raise DiaError("The JSON has no list of records.", "Filen har ingen lista med poster.")
    attribute, records = max(lists.items(), key=lambda item: len(item[1]))
    names = dict.fromkeys(key for record in records[:ROWS] if isinstance(record, dict) for key in record)
    blocks = [column_block(name, [record.get(name) for record in records[:ROWS]]) for name in names]
    return f"{{kind: json, records: '{attribute}[*]'}}", blocks
