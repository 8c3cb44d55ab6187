"""Reads rows one by one into a candidate: workbooks, and text files that are reports rather than tables.

A report has headings before its table, break rows that say something of the rows after them (`Klass: 7A`), repeated
headings and footers. Rows that are no records are counted and told of, never lost in silence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa

from dia_assets.contracts import Column, DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.landing.candidate import BadRow, Parts, Read, record_text
from dia_assets.landing.damage import REASONS_SV, Cell, Damaged, cell_text, repaired, repaired_sv
from dia_assets.landing.delimited import LOOKED_AT, first_lines
from dia_assets.landing.excel import first_day, workbook_rows
from dia_assets.landing.header import Layout, layout_from_names, matches_header, refuse_missing_header, with_delimiter
from dia_assets.landing.members import Member, file_groups
from dia_assets.landing.sniff import Text, examine
from dia_assets.landing.values import ValueChecks
from dia_assets.ledger import Delivery
from dia_assets.settings import Settings

Rows = Iterator[tuple[int, list[Cell]]]
BUFFER = 50_000
SAMPLE = 100  # rows from which the type of an unknown column is guessed


def read_report(
    settings: Settings, contract: DatasetContract, delivery: Delivery, member: Member, parts: Parts, checks: ValueChecks
) -> Read:
    """Read a file of a delivery, row by row, into part files. Raises `DeliveryRefused`."""
    if contract.format.kind == "excel":
        rows: Rows = workbook_rows(member.path, contract, settings.max_bytes)
        reader = _Reader(contract, file_groups(contract, delivery.file, member.name), parts, checks)
        reader.first_day = first_day(member.path)
        return reader.read(rows, ())
    text = examine(member.path, contract)
    contract = with_delimiter(contract, first_lines(member.path, contract, text))
    reader = _Reader(contract, file_groups(contract, delivery.file, member.name), parts, checks)
    return reader.read(_text_rows(member.path, contract, text), text.warnings_sv)


def _text_rows(path: Path, contract: DatasetContract, text: Text) -> Rows:
    form = contract.format
    with path.open(encoding=text.encoding, errors="replace", newline="") as file:
        file.read(1 if text.mark_bytes else 0)
        if form.quote is None:
            lines = csv.reader(file, delimiter=form.delimiter, quoting=csv.QUOTE_NONE)
        else:
            lines = csv.reader(file, delimiter=form.delimiter, quotechar=form.quote)
        for row in lines:
            yield lines.line_num, list(row)


class _Reader:
    """What is known while a report is read: its columns, what the last break row said, rows not yet written."""

    def __init__(
        self, contract: DatasetContract, groups: dict[str, str | None], parts: Parts, checks: ValueChecks
    ) -> None:
        self._contract, self._groups, self._parts, self._checks = contract, groups, parts, checks
        self.first_day: date | None = None
        self._breaks: dict[str, str | None] = {}
        self._break_rows = re.compile(contract.format.break_rows) if contract.format.break_rows else None
        self._skip_rows = re.compile(contract.format.skip_rows) if contract.format.skip_rows else None
        self._skipped = self._part = self._rows = 0
        self._repairs: dict[str, int] = {}

    def read(self, rows: Rows, warnings_sv: Iterable[str]) -> Read:
        """Read to the end; the numbers of rows are those of the sheet or file."""
        layout, heading, rest = self._heading(rows)
        buffer: list[tuple[int, dict[str, str | None]]] = []
        bad: list[BadRow] = []
        last = 0
        for last, cells in rest:
            kind = self._kind(cells, heading, layout)
            if kind == "end":
                break
            if kind != "record":
                continue
            self._rows += 1
            self._take(last, cells, layout, buffer, bad)
            if len(buffer) >= BUFFER:
                self._write(buffer, bad)
        if not self._rows:
            raise DeliveryRefused(
                "empty_file",
                "Filen innehåller inga rader.",
                "Kontrollera urvalet i källsystemets export. Den förra leveransen gäller tills vidare.",
            )
        self._write(buffer, bad)
        told = [*warnings_sv, *layout.warnings_sv]
        if self._skipped:
            told.append(f"{self._skipped} rader är rubriker, mellanrubriker eller sidfot och inga poster.")
        told += [repaired_sv(self._contract.column(name), rows) for name, rows in self._repairs.items()]
        return Read(self._rows, tuple(told), last, layout.proposals)

    def _heading(self, rows: Rows) -> tuple[Layout, list[str], Rows]:
        """The layout, the heading's own texts (empty without header), and the rows after it."""
        form = self._contract.format
        if not form.header:
            names = [column.name for column in self._contract.columns if column.from_file]
            drop = {column.name for column in self._contract.columns if column.drop}
            return Layout(tuple(None if name in drop else name for name in names)), [], rows
        seen: list[tuple[int, list[str]]] = []
        for number, cells in rows:
            texts = [str(cell).strip() if cell is not None else "" for cell in cells]
            seen.append((number, texts))
            self._skipped += 1
            self._note_break(texts)
            if number == form.header_row or (form.header_row == "find" and matches_header(self._contract, texts)):
                ahead = list(islice(rows, SAMPLE))
                while texts and not texts[-1]:
                    texts.pop()  # a sheet is as wide as its widest row
                layout = layout_from_names(self._contract, texts, [cells for _, cells in ahead])
                return layout, texts, chain(ahead, rows)
            if form.header_row == "find" and len(seen) >= LOOKED_AT:
                break
        raise refuse_missing_header(self._contract, [texts for _, texts in seen])

    def _kind(self, cells: list[Cell], heading: list[str], layout: Layout) -> str:
        """What a row is: a record, blank, a break row or other row that is no record, or the end of the table."""
        texts = [str(cell).strip() if cell is not None else "" for cell in cells]
        if not any(texts):
            return "blank"
        joined = " ".join(text for text in texts if text)
        is_heading = bool(heading) and texts[: len(heading)] == heading
        if self._note_break(texts) or is_heading or (self._skip_rows and self._skip_rows.fullmatch(joined)):
            self._skipped += 1
            return "none"
        if self._contract.format.footer:
            key = next(name for name in self._contract.load.key if name in layout.columns)
            place = layout.columns.index(key)
            if place >= len(texts) or not texts[place]:
                return "end"
        return "record"

    def _note_break(self, texts: list[str]) -> bool:
        if self._break_rows is None:
            return False
        found = self._break_rows.fullmatch(" ".join(text for text in texts if text))
        if found:
            self._breaks.update({name: value for name, value in found.groupdict().items() if value is not None})
        return found is not None

    def _take(
        self,
        number: int,
        cells: list[Cell],
        layout: Layout,
        buffer: list[tuple[int, dict[str, str | None]]],
        bad: list[BadRow],
    ) -> None:
        values: dict[str, str | None] = {}
        damage: tuple[Column, str] | None = None
        extra = [cell for cell in cells[len(layout.columns) :] if cell not in (None, "")]
        for name, cell in zip(layout.columns, cells, strict=False):
            if name is None:
                continue
            column = self._contract.column(name)
            try:
                values[name] = cell_text(cell, column, self.first_day)
            except Damaged as damaged:
                damage = damage or (column, damaged.rule)
        if extra:
            reason = f"Raden har {len(cells)} fält, men ska ha {len(layout.columns)}."
            bad.append(BadRow(number, "field_count", reason, None))
        elif damage:
            column, rule = damage
            self._parts.unparsable[column.name] += 1
            reason = f"Värdet i kolumnen ”{column.source or column.name}” {REASONS_SV[rule]}"
            bad.append(BadRow(number, rule, reason, record_text(self._stored(values))))
        else:
            buffer.append((number, self._stored(values)))

    def _stored(self, values: dict[str, str | None]) -> dict[str, str | None]:
        """The stored columns in their order, with what file name and break rows say."""
        stored: dict[str, str | None] = {}
        for column in self._contract.stored_columns:
            if column.file_group:
                stored[column.name] = self._groups.get(column.file_group)
            elif column.break_group:
                stored[column.name] = self._breaks.get(column.break_group)
            else:
                stored[column.name] = values.get(column.name)
        return stored

    def _write(self, buffer: list[tuple[int, dict[str, str | None]]], bad: list[BadRow]) -> None:
        numbers = pa.array([number for number, _ in buffer], pa.int64())
        columns = []
        for column in self._contract.stored_columns:
            texts = pa.array([values[column.name] or None for _, values in buffer], pa.string())
            mended, rows = repaired(column, texts.dictionary_encode())
            columns.append(mended)
            if rows:
                self._repairs[column.name] = self._repairs.get(column.name, 0) + rows
        split = self._checks.split(columns, numbers)
        if split.good is not None:
            columns, numbers = [column.take(split.good) for column in columns], numbers.take(split.good)
        self._parts.add(self._parts.write(self._part, columns, numbers), len(numbers))
        self._parts.quarantine(self._part, sorted([*bad, *split.bad], key=lambda row: row.row))
        self._parts.unparsable.update(split.unparsable)
        self._part += 1
        buffer.clear()
        bad.clear()
