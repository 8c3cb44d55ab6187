"""A delimited file's header against its contract: which column of the file is which column of the dataset.

A missing or renamed column refuses the delivery, with a proposal of what it may be called now; a column that the
contract does not know is told of and not read.
"""

from __future__ import annotations

import csv
import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused

ENOUGH_ALIKE = 0.5


@dataclass(frozen=True)
class Layout:
    """The file's columns in their order: the dataset's column name, or None for a column that is not read."""

    columns: tuple[str | None, ...]
    warnings_sv: tuple[str, ...] = ()


def layout_without_header(contract: DatasetContract, first_lines: Sequence[str]) -> Layout:
    """The layout of a file without header: the contract's columns in their order."""
    columns = [column for column in contract.columns if column.file_group is None]
    counts = [len(split(line, contract)) for line in first_lines]
    if counts and len(columns) not in counts:
        raise DeliveryRefused(
            "header_mismatch",
            f"Filen har {counts[0]} kolumner, men ska ha {len(columns)} enligt postbeskrivningen.",
            "Kontrollera att rätt export och rätt version av postbeskrivningen valdes i källsystemet.",
        )
    return Layout(tuple(None if column.drop else column.name for column in columns))


def layout_from_header(contract: DatasetContract, header: str) -> Layout:
    """The layout that a header line gives. Raises `DeliveryRefused` when a column of the contract is not there."""
    found = [_normal(name) for name in split(header, contract)]
    wanted = {_normal(column.source): column for column in contract.columns if column.source}
    missing = [
        name for name, column in wanted.items() if name not in found and not (column.drop or column.may_be_missing)
    ]
    unknown = [name for name in found if name and name not in wanted]
    twice = sorted({name for name in found if name in wanted and found.count(name) > 1})
    if missing or twice:
        raise _mismatch(missing, unknown, twice)
    read = [wanted.get(name) for name in found]
    warnings = [f"Kolumnen ”{_short(name)}” finns inte i kontraktet och läses inte." for name in unknown]
    return Layout(tuple(c.name if c and not c.drop else None for c in read), tuple(warnings))


def _mismatch(missing: list[str], unknown: list[str], twice: list[str]) -> DeliveryRefused:
    parts = [f"Kolumnen ”{name}” saknas." for name in missing]
    parts += [f"Kolumnen ”{name}” finns mer än en gång." for name in twice]
    proposals = proposals_sv(missing, unknown)
    remedy = "Ändra exporten i källsystemet så att rubrikerna är som förut"
    remedy += f", eller ändra kontraktets `source`. {proposals}" if proposals else ", eller ändra kontraktet."
    return DeliveryRefused(
        "header_mismatch", "Filens rubrikrad stämmer inte med kontraktet. " + " ".join(parts), remedy
    )


def proposals_sv(missing: Sequence[str], candidates: Sequence[str]) -> str:
    """Which of the names in the file the missing ones may be, as a Swedish sentence; empty when none is near."""
    left = list(candidates)
    pairs: list[str] = []
    for name in missing:
        likely = {option: _likeness(name, option) for option in left}
        best = max(likely, key=lambda option: likely[option], default=None)
        if best is None or (likely[best] < ENOUGH_ALIKE and not (len(missing) == 1 and len(left) == 1)):
            continue
        pairs.append(f"”{name}” heter kanske nu ”{_short(best)}”")
        left.remove(best)
    return f"Förslag: {'; '.join(pairs)}." if pairs else ""


def _likeness(name: str, option: str) -> float:
    """1 is the same; letters kept in order count, so that `Årskurs` and `ÅK` are alike."""
    first, second = name.casefold(), option.casefold()
    letters = iter(first)
    if first[:1] == second[:1] and all(letter in letters for letter in second):
        return 0.9
    return difflib.SequenceMatcher(None, first, second).ratio()


def split(line: str, contract: DatasetContract) -> list[str]:
    """The fields of one line."""
    text = line.rstrip("\r\n")
    if contract.format.quote is None:
        return text.split(contract.format.delimiter)
    row = next(csv.reader([text], delimiter=contract.format.delimiter, quotechar=contract.format.quote), [])
    return row


def _normal(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _short(name: str) -> str:
    """A name from the file as it may be shown: a file without header must not have its first row quoted."""
    return name if len(name) <= 60 and not any(letter.isdigit() for letter in name) else f"{name[:3]}…"
