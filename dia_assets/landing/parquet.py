"""Reads Parquet files (what a database gave) into a candidate, a row group at a time: every value as text.

A value keeps its meaning: points in time as ISO 8601 (UTC with Z where the source knows the zone), decimals with a
point, lists as JSON. Bytes have no meaning as text and are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.landing.candidate import Parts, Read
from dia_assets.landing.delimited import one_value
from dia_assets.landing.header import proposals_sv
from dia_assets.landing.values import ValueChecks
from dia_assets.ledger import Delivery

ROWS = 65_536


def read_parquet(contract: DatasetContract, delivery: Delivery, path: Path, parts: Parts, checks: ValueChecks) -> Read:
    """Read a file of a delivery into part files. Raises `DeliveryRefused`."""
    match = contract.matches(delivery.file)
    groups = match.groupdict() if match else {}
    with _opened(path) as file:
        names, warnings = _checked(contract, file.schema_arrow)
        rows = 0
        batches = file.iter_batches(batch_size=ROWS, columns=list(names.values()), use_threads=False)
        for part, batch in enumerate(_read(batches)):
            numbers = pa.array(range(rows + 1, rows + len(batch) + 1), pa.int64())
            columns = [
                as_text(batch.column(names[column.name])).dictionary_encode()
                if column.name in names
                else one_value(groups.get(column.file_group or ""), len(batch))
                for column in contract.stored_columns
            ]
            split = checks.split(columns, numbers)
            if split.good is not None:
                columns, numbers = [column.take(split.good) for column in columns], numbers.take(split.good)
            parts.add(parts.write(part, columns, numbers), len(numbers))
            parts.quarantine(part, split.bad)
            parts.unparsable.update(split.unparsable)
            rows += len(batch)
    return Read(rows, warnings)


def file_columns(contract: DatasetContract, found: Sequence[str]) -> tuple[dict[str, str], list[str], list[str]]:
    """The contract's columns → their names in a file or view; which are missing, and which the contract lacks."""
    names: dict[str, str] = {}
    missing: list[str] = []
    for column in contract.stored_columns:
        if column.from_file:
            options = [column.source or column.name, *column.aliases]
            name = next((option for option in options if option in found), None)
            if name is None:
                missing.append(options[0])
            else:
                names[column.name] = name
    known = {*names.values(), *(column.source for column in contract.columns if column.drop)}
    return names, missing, [name for name in found if name not in known]


def can_be_text(kind: pa.DataType) -> bool:
    """Whether values of the type can be written as text without losing their meaning."""
    if isinstance(kind, pa.UuidType):
        return True
    if isinstance(kind, pa.BaseExtensionType):
        return can_be_text(kind.storage_type)
    if pt.is_dictionary(kind) or pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind):
        return can_be_text(kind.value_type)
    if pt.is_struct(kind):
        return all(can_be_text(field.type) for field in kind)
    simple = (pt.is_null, pt.is_boolean, pt.is_integer, pt.is_floating, pt.is_decimal, pt.is_date, pt.is_time)
    texts = (pt.is_string, pt.is_large_string, pt.is_string_view, pt.is_timestamp)
    return any(is_kind(kind) for is_kind in (*simple, *texts))


def as_text(values: pa.Array) -> pa.Array:
    """The values as text, in Unicode's composed form; an empty one is NULL."""
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        values, kind = values.storage, kind.storage_type
    if pt.is_dictionary(kind):
        values, kind = values.dictionary_decode(), kind.value_type
    if pt.is_nested(kind):
        listed = [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in values.to_pylist()]
        return pa.array(listed, pa.string())
    if pt.is_timestamp(kind):
        text = pc.cast(pc.cast(values, pa.timestamp("us", kind.tz), safe=False), pa.string())
        return pc.replace_substring(text, " ", "T", max_replacements=1)
    text = pc.cast(values, pa.string())
    if pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind):
        text = pc.utf8_normalize(text, form="NFC")
        text = pc.if_else(pc.equal(text, ""), None, text)
    return text


def _checked(contract: DatasetContract, schema: pa.Schema) -> tuple[dict[str, str], tuple[str, ...]]:
    names, missing, unknown = file_columns(contract, schema.names)
    if missing:
        told = " ".join(f"Kolumnen ”{name}” saknas." for name in missing)
        raise DeliveryRefused(
            "header_mismatch",
            f"Filens kolumner stämmer inte med kontraktet. {told}",
            f"Ändra det som källan ger, eller ändra kontraktets `source`. {proposals_sv(missing, unknown)}".strip(),
        )
    if unreadable := [name for name in names.values() if not can_be_text(schema.field(name).type)]:
        listed = ", ".join(f"”{name}”" for name in unreadable)
        raise DeliveryRefused(
            "unreadable_type",
            f"Kolumnerna {listed} har en typ som inte kan skrivas som text (till exempel byte).",
            "Gör om dem till text eller tal i källan, eller ta bort dem ur kontraktet.",
        )
    return names, tuple(f"Kolumnen ”{name}” finns inte i kontraktet och läses inte." for name in unknown)


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError):
        raise _broken() from None


def _read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches of a file; a broken one in the middle refuses the delivery."""
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except (pa.ArrowInvalid, OSError):
            raise _broken() from None
        yield batch


def _broken() -> DeliveryRefused:
    return DeliveryRefused(
        "truncated",
        "Filen är skadad eller avbruten, eller är ingen Parquet-fil.",
        "Överför filen på nytt och kontrollera att den är lika stor som i källsystemet.",
    )
