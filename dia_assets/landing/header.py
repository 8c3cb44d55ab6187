"""A file's header against its contract: which column of the file is which column of the dataset.

A missing or renamed column refuses the delivery, with a proposal of what it may be called now; a column that the
contract does not know is told of, with a proposed block for the contract, and not read.
"""

from __future__ import annotations

import csv
import difflib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.proposals import alias_block, column_block

ENOUGH_ALIKE = 0.5
AUTO = "auto"
DELIMITERS = {";": "semikolon", ",": "komma", "\t": "tabb", "|": "lodstreck"}
SOFT = str.maketrans("", "", "\u00ad\u200b\ufeff")


@dataclass(frozen=True)
class Layout:
    """The file's columns in their order: the dataset's column name, or None for a column that is not read.

    `proposals`: blocks of YAML for columns that the contract does not know.
    """

    columns: tuple[str | None, ...]
    warnings_sv: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()


def layout_without_header(contract: DatasetContract, first_lines: Sequence[str], year: str | None = None) -> Layout:
    """The layout of a file without header: the one that has as many columns as most of its first lines.

    `year`: that of the file's name, which rules out layouts of other years. Raises `DeliveryRefused`.
    """
    layouts = _layouts(contract, year)
    counts = Counter(len(split(line, contract)) for line in first_lines)
    if counts and not any(counts[len(layout)] for layout in layouts):
        raise _unknown_layout(contract, counts.most_common(1)[0][0])
    return Layout(max(layouts, key=lambda layout: counts[len(layout)]))


def _layouts(contract: DatasetContract, year: str | None) -> list[tuple[str | None, ...]]:
    """The columns of each layout of that year, the whole one first."""
    columns = [column for column in contract.columns if column.from_file]
    lacking = [layout.without for layout in contract.format.layouts if layout.is_of(year)]
    return [
        tuple(None if column.drop else column.name for column in columns if column.name not in without)
        for without in ((), *lacking)
    ]


def _unknown_layout(contract: DatasetContract, count: int) -> DeliveryRefused:
    known = [str(sum(column.from_file for column in contract.columns))]
    known += [f"{layout.columns}{layout.years_sv}" for layout in contract.format.layouts]
    listed = " eller ".join(known)
    return DeliveryRefused(
        "header_mismatch",
        f"Filen har {count} kolumner, men ska ha {listed} enligt postbeskrivningen.",
        "Kontrollera att rätt export och rätt version av postbeskrivningen valdes i källsystemet.",
    )


def layout_from_header(contract: DatasetContract, header: str, sample: Sequence[str] = ()) -> Layout:
    """The layout that a header line gives; `sample`: some lines after it.

    Raises `DeliveryRefused` when a column of the contract is not there, or the line is split by another character.
    """
    names = split(header, contract)
    if len(names) == 1 and len(contract.columns) > 1:
        _refuse_other_delimiter(header, contract)
    return layout_from_names(contract, names, [split(line, contract) for line in sample])


def layout_from_names(
    contract: DatasetContract, names: Sequence[str], sample: Sequence[Sequence[object]] = ()
) -> Layout:
    """The layout that a heading's names give; `sample`: the cells of some rows after it. Raises `DeliveryRefused`."""
    found = [_normal(name) for name in names]
    read, other_case = _assigned(contract, found)
    taken = [name for name in read if name]
    needed = [c for c in contract.columns if c.source and not (c.drop or c.may_be_missing)]
    missing = [c.source for c in needed if c.source and c.name not in taken]
    unknown = [name for name, column in zip(found, read, strict=True) if name and column is None]
    twice = sorted({name for name, column in zip(found, read, strict=True) if column and taken.count(column) > 1})
    if missing or twice:
        raise _mismatch(missing, unknown, twice)
    dropped = {column.name for column in contract.columns if column.drop}
    warnings = [f"Kolumnen ”{_short(name)}” finns inte i kontraktet och läses inte." for name in unknown]
    warnings += [f"Kolumnen ”{name}” skrivs nu med andra stora och små bokstäver." for name in other_case]
    places = [(name, place) for place, name in enumerate(found) if name in unknown]
    proposals = [
        column_block(_short(name), [row[place] for row in sample if place < len(row)]) for name, place in places
    ]
    columns = tuple(None if name in dropped else name for name in read)
    return Layout(columns, tuple(warnings), tuple(proposals))


def with_delimiter(contract: DatasetContract, lines: Sequence[str]) -> DatasetContract:
    """The contract with the delimiter that the file has, where it says `auto`: the one that gives its columns."""
    if contract.format.delimiter != AUTO:
        return contract
    tried = [_with(contract, sign) for sign in DELIMITERS]
    return max(tried, key=lambda each: max((_known_columns(each, split(line, each)) for line in lines), default=0))


def _with(contract: DatasetContract, delimiter: str) -> DatasetContract:
    return contract.model_copy(update={"format": contract.format.model_copy(update={"delimiter": delimiter})})


def _known_columns(contract: DatasetContract, names: Sequence[str]) -> int:
    if not contract.format.header:
        return len(names) in {contract.format.columns, *(layout.columns for layout in contract.format.layouts)}
    return sum(name is not None for name in _assigned(contract, [_normal(name) for name in names])[0])


def matches_header(contract: DatasetContract, texts: Sequence[str]) -> bool:
    """Whether a row is the heading: every column that the contract needs is in it, under one of its names."""
    read, _ = _assigned(contract, [_normal(text) for text in texts])
    needed = [c for c in contract.columns if c.source and not (c.drop or c.may_be_missing)]
    return all(column.name in read for column in needed)


def refuse_missing_header(contract: DatasetContract, rows: Sequence[Sequence[str]]) -> DeliveryRefused:
    """The refusal of a file in which no row is the heading; what comes nearest is what is told of."""
    if not any(any(row) for row in rows):
        return DeliveryRefused("empty_file", "Filen är tom.", "Kontrollera exporten och leverera filen på nytt.")
    nearest = max(
        rows, key=lambda row: sum(name is not None for name in _assigned(contract, list(map(_normal, row)))[0])
    )
    found = [_normal(text) for text in nearest]
    read, _ = _assigned(contract, found)
    missing = [c.source for c in contract.columns if c.source and c.name not in read and not c.drop]
    unknown = [name for name, column in zip(found, read, strict=True) if name and column is None]
    return _mismatch(missing, unknown if any(read) else [], [])


def _assigned(contract: DatasetContract, found: Sequence[str]) -> tuple[list[str | None], list[str]]:
    """For each name the column that it is, by source or alias; and the names that differ from it in case only."""
    exact = {_normal(name): c.name for c in contract.columns for name in (c.source, *c.aliases) if name}
    loose: dict[str, set[str]] = {}
    for name, column in exact.items():
        loose.setdefault(name.casefold(), set()).add(column)
    read: list[str | None] = []
    other_case = []
    for name in found:
        near = loose.get(name.casefold(), set())
        if name in exact:
            read.append(exact[name])
        elif len(near) == 1 and not near & {exact.get(other) for other in found}:
            read.append(next(iter(near)))
            other_case.append(name)
        else:
            read.append(None)
    return read, other_case


def _refuse_other_delimiter(header: str, contract: DatasetContract) -> None:
    counts = {sign: header.count(sign) for sign in DELIMITERS if sign != contract.format.delimiter}
    sign = max(counts, key=lambda each: counts[each])
    if counts[sign]:
        wanted = DELIMITERS.get(contract.format.delimiter, contract.format.delimiter)
        raise DeliveryRefused(
            "wrong_delimiter",
            f"Fälten skiljs åt av {DELIMITERS[sign]}, men ska skiljas åt av {wanted}.",
            f"Exportera på nytt med {wanted} som avgränsare, eller ändra kontraktets `format.delimiter`.",
        )


def _mismatch(missing: list[str], unknown: list[str], twice: list[str]) -> DeliveryRefused:
    parts = [f"Kolumnen ”{name}” saknas." for name in missing]
    parts += [f"Kolumnen ”{name}” finns mer än en gång." for name in twice]
    pairs = proposed_pairs(missing, unknown)
    remedy = "Ändra exporten i källsystemet så att rubrikerna är som förut"
    if pairs:
        blocks = " ".join(alias_block(name, _short(new)) for name, new in pairs)
        remedy += f", eller lägg till det nya namnet i kontraktet: {blocks}. {_said(pairs)}"
    else:
        remedy += ", eller ändra kontraktet."
    return DeliveryRefused(
        "header_mismatch", "Filens rubrikrad stämmer inte med kontraktet. " + " ".join(parts), remedy
    )


def proposals_sv(missing: Sequence[str], candidates: Sequence[str]) -> str:
    """Which of the names in the file the missing ones may be, as a Swedish sentence; empty when none is near."""
    return _said(proposed_pairs(missing, candidates))


def _said(pairs: Sequence[tuple[str, str]]) -> str:
    told = [f"”{name}” heter kanske nu ”{_short(new)}”" for name, new in pairs]
    return f"Förslag: {'; '.join(told)}." if told else ""


def proposed_pairs(missing: Sequence[str], candidates: Sequence[str]) -> list[tuple[str, str]]:
    """Missing names, each with the name in the file that it may have now, where one is near."""
    left = list(candidates)
    pairs: list[tuple[str, str]] = []
    for name in missing:
        likely = {option: _likeness(name, option) for option in left}
        best = max(likely, key=lambda option: likely[option], default=None)
        if best is None or (likely[best] < ENOUGH_ALIKE and not (len(missing) == 1 and len(left) == 1)):
            continue
        pairs.append((name, best))
        left.remove(best)
    return pairs


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
    return " ".join(unicodedata.normalize("NFC", name).translate(SOFT).split())


def _short(name: str) -> str:
    """A name from the file as it may be shown: a file without header must not have its first row quoted."""
    return name if len(name) <= 60 and not any(letter.isdigit() for letter in name) else f"{name[:3]}…"
