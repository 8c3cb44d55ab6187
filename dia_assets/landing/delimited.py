"""Reads a delimited file into a candidate, chunk by chunk in a few threads, in flat memory.

PyArrow parses a chunk straight into dictionaries (distinct values and where they occur), which makes the checks by
contract and the writing of Parquet cheap; it says which lines have the wrong number of fields. A chunk that it does
not get through (a quote that never closes, broken bytes, blank lines) has those lines set aside first.
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.landing import lines
from dia_assets.landing.candidate import BadRow, Parts, Read
from dia_assets.landing.damage import repaired, repaired_sv
from dia_assets.landing.header import Layout, layout_from_header, layout_without_header, with_delimiter
from dia_assets.landing.members import Member, file_groups
from dia_assets.landing.sniff import Text, examine, refuse_if_cut_off
from dia_assets.landing.values import ValueChecks
from dia_assets.ledger import Delivery
from dia_assets.settings import Settings

FIRST_LINES = 20
LOOKED_AT = 50  # lines within which a heading must be found
SAMPLE = 1 << 16  # bytes of lines from which the type of an unknown column is guessed
FIELD_COUNT = "field_count"
REASONS_SV = {
    lines.UNCLOSED_QUOTE: "Raden har ett citattecken som inte stängs, eller en radbrytning inuti ett fält.",
    lines.INVALID_BYTES: "Raden har tecken i en annan teckenkodning än resten av filen.",
    lines.CONTROL_CHARACTER: "Raden innehåller styrtecken (till exempel en ensam vagnretur).",
}
# What a text can hold that NFC changes begins so in UTF-8: combining marks, and signs such as the one for Ångström.
MAY_NEED_NFC, ANGSTROM = (b"\xcc", b"\xcd"), b"\xe2\x84"
# A few bad rows in a tiny file are no reason to refuse it, unless nothing else is in it.
FEW = 5


@dataclass(frozen=True)
class _Read:
    """What became of one chunk."""

    path: Path
    kept: int
    rows: int
    bad: list[BadRow]
    unparsable: dict[str, int]
    repaired: dict[str, int]
    footer_found: bool


def read_delimited(
    settings: Settings,
    contract: DatasetContract,
    delivery: Delivery,
    member: Member,
    parts: Parts,
    checks: ValueChecks,
) -> Read:
    """Read a file of a delivery into part files. Raises `DeliveryRefused`."""
    path = member.path
    text = examine(path, contract)
    contract = with_delimiter(contract, first_lines(path, contract, text))
    groups = file_groups(contract, delivery.file, member.name)
    layout, offset = _layout(path, contract, text, groups.get("year"))
    if contract.format.footer is None:
        refuse_if_cut_off(path, contract.format.delimiter, len(layout.columns), text.encoding)
    reader = _ChunkReader(contract, groups, layout, text, parts, checks)
    rows_read, size = 0, path.stat().st_size
    repairs: Counter[str] = Counter()
    for chunk, read in _in_threads(reader, lines.chunks(path, offset), settings.threads):
        parts.add(read.path, read.kept)
        parts.quarantine(chunk.index, read.bad)
        parts.unparsable.update(read.unparsable)
        rows_read += read.rows
        repairs.update(read.repaired)
        expected_rows = rows_read * (size - offset) / (chunk.end - offset)
        before = parts.rows_before
        refuse_if_too_many(parts, before + rows_read, before + expected_rows, settings.max_quarantine_share)
        if read.footer_found:
            break
    if not rows_read and contract.format.file_set is None:  # in a set, a file may rightly have none
        raise DeliveryRefused(
            "empty_file",
            "Filen innehåller inga rader.",
            "Kontrollera urvalet i källsystemets export. Den förra leveransen gäller tills vidare.",
        )
    mended = [repaired_sv(contract.column(name), rows) for name, rows in repairs.items()]
    return Read(rows_read, (*text.warnings_sv, *layout.warnings_sv, *mended), proposals=layout.proposals)


def refuse_if_too_many(parts: Parts, rows_read: int, expected_rows: float, share: float) -> None:
    """Refuse a delivery of which a larger share than the setting allows cannot be read."""
    bad = parts.quarantined
    if not bad or bad <= share * expected_rows or (bad <= FEW and bad < rows_read):
        return
    commonest = "; ".join(f"{reason} ({count} rader)" for reason, count in parts.reasons.most_common(3))
    raise DeliveryRefused(
        "too_many_unreadable",
        f"{bad} av {rows_read} lästa rader går inte att läsa enligt kontraktet; högst {share * 100:g}\u00a0% får vara "
        f"oläsliga. {commonest}",
        "Rätta exporten i källsystemet och leverera filen på nytt. Den förra leveransen gäller tills vidare.",
    )


def first_lines(path: Path, contract: DatasetContract, text: Text) -> list[str]:
    """The lines among which the heading is."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)[text.mark_bytes :].decode(text.encoding, "replace").splitlines()
    row = contract.format.header_row
    return head[:LOOKED_AT] if row == "find" else head[row - 1 : row]


def _layout(path: Path, contract: DatasetContract, text: Text, year: str | None) -> tuple[Layout, int]:
    """The file's columns, and the byte at which its data begins."""
    with path.open("rb") as file:
        file.seek(text.mark_bytes)
        if not contract.format.header:
            first = [line.decode(text.encoding, "replace") for line, _ in zip(file, range(FIRST_LINES), strict=False)]
            layout = layout_without_header(contract, [line for line in first if line.strip()], year)
            return layout, text.mark_bytes
        for _ in range(int(contract.format.header_row) - 1):
            file.readline()
        header = file.readline().decode(text.encoding, "replace")
        begin = file.tell()
        ahead = file.read(SAMPLE).decode(text.encoding, "replace")
        sample = ahead[: ahead.rfind("\n") + 1].splitlines()
        return layout_from_header(contract, header, sample), begin


def _in_threads(
    reader: _ChunkReader, source: Iterator[lines.Chunk], threads: int
) -> Iterator[tuple[lines.Chunk, _Read]]:
    """Read chunks in several threads, in order, no more of them in memory than threads plus one."""
    first = next(source, None)
    second = next(source, None) if first else None
    if first and second is None:  # most files are one chunk; a thread costs more than it
        yield first, reader.read(first)
    if first is None or second is None:
        return
    waiting: deque[tuple[lines.Chunk, Future[_Read]]] = deque()
    pool = ThreadPoolExecutor(1 if reader.has_footer else threads)
    try:
        for chunk in itertools.chain((first, second), source):
            waiting.append((chunk, pool.submit(reader.read, chunk)))
            if len(waiting) > threads:
                yield _done(*waiting.popleft())
        while waiting:
            yield _done(*waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _done(chunk: lines.Chunk, future: Future[_Read]) -> tuple[lines.Chunk, _Read]:
    return chunk, future.result()


class _ChunkReader:
    """Turns chunks of one file into part files, in any thread."""

    def __init__(
        self,
        contract: DatasetContract,
        groups: dict[str, str | None],
        layout: Layout,
        text: Text,
        parts: Parts,
        checks: ValueChecks,
    ) -> None:
        self._contract, self._layout, self._text, self._parts = contract, layout, text, parts
        self._checks = checks
        self._stored = contract.stored_columns
        self.has_footer = contract.format.footer is not None
        self._groups = groups
        self._has_dropped = any(column.drop for column in contract.columns)
        fields = [name or f"_unread_{place}" for place, name in enumerate(layout.columns)]
        kept = [name for name in fields if not name.startswith("_unread_")]
        self._read_options = {"column_names": fields, "use_threads": False}
        self._convert_options = pa_csv.ConvertOptions(
            include_columns=kept,
            column_types={name: pa.dictionary(pa.int32(), pa.string()) for name in kept},
            strings_can_be_null=True,
            null_values=[""],
        )

    def read(self, chunk: lines.Chunk) -> _Read:
        """Write a chunk's readable rows as a part file."""
        data = lines.to_utf8(chunk.data, self._text.encoding)
        table, bad, blank = self._parse(data, chunk)
        no_rows = np.array([*(row for row, *_ in bad), *blank], dtype=np.int64)
        data_rows = np.delete(np.arange(chunk.lines), no_rows)
        footer = self._footer(table, data_rows, bad) if self.has_footer else None
        if footer is not None:
            bad = [row for row in bad if row[0] < footer]
            data_rows = data_rows[data_rows < footer]
            table = table.slice(0, len(data_rows))
        numbers = pa.array(data_rows + (chunk.first + 1), pa.int64())
        mended = [repaired(*each) for each in zip(self._stored, self._columns(table, data), strict=True)]
        columns = [values for values, _ in mended]
        split = self._checks.split(columns, numbers)
        if split.good is not None:
            columns = [pc.take(column, split.good) for column in columns]
            numbers = pc.take(numbers, split.good)
        path = self._parts.write(chunk.index, columns, numbers)
        bad_rows = [BadRow(chunk.first + row + 1, rule, reason, record) for row, rule, reason, record in bad]
        bad_rows = sorted([*bad_rows, *split.bad], key=lambda row: row.row)
        rows = len(data_rows) + len(bad)
        repairs = {column.name: count for column, (_, count) in zip(self._stored, mended, strict=True) if count}
        return _Read(path, len(numbers), rows, bad_rows, dict(split.unparsable), repairs, footer is not None)

    def _parse(
        self, data: bytes, chunk: lines.Chunk
    ) -> tuple[pa.Table, list[tuple[int, str, str, str | None]], list[int]]:
        """The chunk as a table, the lines that are no rows (number from 0, rule, reason, text), and the blank ones."""
        if not lines.has_stray_control(data):
            try:
                table, ragged = self._parse_fast(data)
                if table.num_rows + len(ragged) == chunk.lines and all(_is_one_line(text) for _, _, text in ragged):
                    return table, [self._ragged(*row) for row in ragged], []
            except pa.ArrowInvalid:
                pass  # some line of the chunk: found below, and the message is not shown since it quotes it
        form = self._contract.format
        data, aside = lines.set_aside(data, form.delimiter, form.quote, len(self._layout.columns))
        table, ragged = self._parse_fast(data)
        assert table.num_rows + len(ragged) == chunk.lines, "a line was lost or doubled while parsing"
        bad = [self._ragged(*row) for row in ragged if row[0] not in aside]
        bad += [
            (row, rule, REASONS_SV[rule], self._kept_text(line.decode("utf-8", "replace")))
            for row, (rule, line) in aside.items()
            if rule != lines.BLANK
        ]
        return table, sorted(bad), [row for row, (rule, _) in aside.items() if rule == lines.BLANK]

    def _parse_fast(self, data: bytes) -> tuple[pa.Table, list[tuple[int, int, str]]]:
        ragged: list[tuple[int, int, str]] = []

        def on_ragged(row: pa_csv.InvalidRow) -> str:
            ragged.append((row.number - 1, row.actual_columns, row.text))
            return "skip"

        table = pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(block_size=len(data) + 1, **self._read_options),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._contract.format.delimiter,
                quote_char=self._contract.format.quote or False,
                invalid_row_handler=on_ragged,
            ),
            convert_options=self._convert_options,
        )
        return table, ragged

    def _ragged(self, row: int, fields: int, text: str) -> tuple[int, str, str, str | None]:
        reason = f"Raden har {fields} fält, men ska ha {len(self._layout.columns)}."
        return row, FIELD_COUNT, reason, self._kept_text(text)

    def _kept_text(self, text: str) -> str | None:
        """A line as it may be kept: not at all where some column must never be stored, since fields may be shifted."""
        return None if self._has_dropped else text

    def _footer(
        self, table: pa.Table, data_rows: np.ndarray, bad: list[tuple[int, str, str, str | None]]
    ) -> int | None:
        """The line at which the footer begins: the first one whose key is blank, whole or not."""
        key = next(name for name in self._contract.load.key if name in self._layout.columns)
        place, delimiter = self._layout.columns.index(key), self._contract.format.delimiter
        values = table.column(key).combine_chunks()
        blank = data_rows[np.asarray(pc.fill_null(pc.equal(pc.cast(values, pa.string()), ""), True))]
        starts = [int(blank[0])] if len(blank) else []
        for row, _, _, text in bad:
            fields = (text or "").split(delimiter)
            if text is not None and (len(fields) <= place or not fields[place].strip()):
                starts.append(row)
        return min(starts, default=None)

    def _columns(self, table: pa.Table, data: bytes) -> list[pa.DictionaryArray]:
        """The stored columns in their order; what the file's name says is a column of one value."""
        needs_nfc = any(mark in data for mark in MAY_NEED_NFC) or (b"\xe2" in data and ANGSTROM in data)
        columns = []
        for column in self._contract.stored_columns:
            if column.file_group:
                columns.append(one_value(self._groups.get(column.file_group), len(table)))
                continue
            if column.name not in table.column_names:  # the header or the layout lacks it
                columns.append(one_value(None, len(table)))
                continue
            values = _one_array(table.column(column.name))
            if needs_nfc:
                values = pa.DictionaryArray.from_arrays(
                    values.indices, pc.utf8_normalize(values.dictionary, form="NFC")
                )
            columns.append(values)
        return columns


def _is_one_line(text: str) -> bool:
    """Whether a ragged line is a line with something in it, as it nearly always is."""
    return "\n" not in text and bool(text.strip())


def _one_array(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.chunk(0) if column.num_chunks == 1 else one_value(None, len(column))


def one_value(value: str | None, count: int) -> pa.DictionaryArray:
    """A column that holds the same value in every row."""
    if value is None:
        return pa.nulls(count, pa.dictionary(pa.int32(), pa.string()))
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), pa.array([value]))
