"""Reads records out of JSON files into a candidate: the records' path and each column's path come from the contract.

`data[*].enrolments[*]` means one record per element of `enrolments` of each element of `data`; `^.id` in a column is
the attribute `id` of the record around it. A step without `[*]` is one object (`$` the whole document), and `body{*}`
is each attribute of `body` as an object of `key` and `value`. The pages of a pull are read some at a time, so that
memory is flat.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from dia_assets.contracts import Column, DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.landing.candidate import Parts, Read
from dia_assets.landing.delimited import one_value
from dia_assets.landing.header import proposals_sv
from dia_assets.landing.members import Member
from dia_assets.landing.sniff import NAMES_SV, Text, cut_off, examine, wrong_encoding
from dia_assets.landing.values import ValueChecks
from dia_assets.ledger import Delivery

EVERY = "[*]"
SAMPLE = 1000  # records whose attributes are looked at for new ones
MEMBERS = "{*}"
DOCUMENT = "$"


def read_json(
    contract: DatasetContract, delivery: Delivery, pages: Sequence[Member], parts: Parts, checks: ValueChecks
) -> Read:
    """Read files of a delivery into a part file. Raises `DeliveryRefused`."""
    connection = checks.connection
    texts = [examine(page.path, contract) for page in pages]
    _open_documents(connection, pages, [_content(*each, contract) for each in zip(pages, texts, strict=True)])
    steps = _steps(contract)
    _refuse_without_records(connection, steps[0])
    _find_records(connection, steps)
    table = connection.execute(_columns_sql(contract, len(steps))).to_arrow_table()
    _refuse_renamed(connection, contract, table, len(steps))
    numbers = pa.array(range(1, table.num_rows + 1), pa.int64())
    match = contract.matches(delivery.file)
    groups = match.groupdict() if match else {}
    columns = [_values(table, column, groups) for column in contract.stored_columns]
    split = checks.split(columns, numbers)
    if split.good is not None:
        columns, numbers = [column.take(split.good) for column in columns], numbers.take(split.good)
    parts.add(parts.write(0, columns, numbers), len(numbers))
    parts.quarantine(0, split.bad)
    parts.unparsable.update(split.unparsable)
    warnings = tuple(dict.fromkeys(warning for text in texts for warning in text.warnings_sv))
    return Read(table.num_rows, warnings, attributes=_attributes(connection))


def _attributes(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The names of the records' own attributes, by a sample of them."""
    sample = f"select e1 from record using sample {SAMPLE} rows"
    rows = connection.execute(f"select distinct unnest(json_keys(e1)) from ({sample})").fetchall()
    return frozenset(name for (name,) in rows)


def _content(page: Member, text: Text, contract: DatasetContract) -> str:
    try:
        return page.path.read_bytes()[text.mark_bytes :].decode(text.encoding)
    except UnicodeDecodeError:
        raise wrong_encoding(f"inte {NAMES_SV.get(text.encoding, text.encoding)} rakt igenom", contract) from None


def _open_documents(connection: duckdb.DuckDBPyConnection, pages: Sequence[Member], contents: list[str]) -> None:
    """Temporary table `document`: one row per page, its content and the request that it answers (as JSON)."""
    parameters = [json.dumps(dict(page.parameters)) for page in pages]
    opened = pa.table({"number": range(len(pages)), "content": contents, "parameters": parameters})
    connection.register("opened", opened)
    connection.execute("create or replace temporary table document as select * from opened order by number")
    connection.unregister("opened")
    broken = connection.execute("select content from document where not json_valid(content) limit 1").fetchone()
    if broken is None:
        return
    content = broken[0]
    if content.rstrip()[-1:] not in ("}", "]") or content.count("{") > content.count("}"):
        raise cut_off()
    raise DeliveryRefused(
        "not_json",
        f"Filen är inte giltig JSON{_where(content)}.",
        "Kontrollera exporten i källsystemet och leverera filen på nytt.",
    )


def _where(content: str) -> str:
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        return f" (rad {error.lineno}, tecken {error.colno})"
    return ""


def _steps(contract: DatasetContract) -> list[str]:
    """The steps to the records, from the outermost in, each with the mark that says what it leads to."""
    return (contract.format.records or EVERY).split(".")


def _attribute(step: str) -> str:
    return step.removesuffix(EVERY).removesuffix(MEMBERS).removeprefix(DOCUMENT)


def _stepped(record: str, step: str) -> str:
    """SQL for the records that a step leads to from a record: a list's elements, an object's attributes, an object."""
    path = _path(_attribute(step))
    if step.endswith(EVERY):
        return f"unnest(json_extract({record}, '{path}{EVERY}'))"
    if step.endswith(MEMBERS):
        value = f"json_extract({record}, '{path}.\"' || k || '\"')"
        keys = f"json_keys({record}, '{path}')"
        return f"unnest(list_transform({keys}, lambda k: json_object('key', k, 'value', {value})))"
    return f"unnest(list_filter([json_extract({record}, '{path}')], lambda r: r is not null))"


def _path(attribute: str) -> str:
    return f"$.{attribute}" if attribute else "$"


def _refuse_without_records(connection: duckdb.DuckDBPyConnection, outermost: str) -> None:
    attribute, kind = _attribute(outermost), "ARRAY" if outermost.endswith(EVERY) else "OBJECT"
    without = connection.execute(
        "select case when json_type(content) = 'OBJECT' then json_keys(content) else [] end from document"
        f" where json_type(content, '{_path(attribute)}') is distinct from '{kind}' limit 1"
    ).fetchone()
    if without is None:
        return
    keys, what = without[0], "listan" if kind == "ARRAY" else "objektet"
    raise DeliveryRefused(
        "header_mismatch",
        f"Filen saknar {what} ”{attribute}” som posterna ska ligga i. {proposals_sv([attribute], keys)}".strip(),
        "Kontrollera att rätt export valdes och att den följer SS 12000 (ett svar med listan i ”data”).",
    )


def _find_records(connection: duckdb.DuckDBPyConnection, steps: list[str]) -> None:
    """Temporary table `record`: one row per record in the file's order; e1 is the record, e2 the one around it, …"""
    outer = [f"e{level}" for level in range(len(steps), 0, -1)]
    sql = f"select parameters, {_stepped('content', steps[0])} as {outer[0]} from document"
    for level, step in enumerate(steps[1:], start=1):
        inner = f"{_stepped(outer[level - 1], step)} as {outer[level]}"
        sql = f"select parameters, {', '.join(outer[:level])}, {inner} from ({sql})"
    connection.execute(f"create or replace temporary table record as {sql}")


def _columns_sql(contract: DatasetContract, levels: int) -> str:
    """Each column's text; the paths into one record are looked up in one go, since each look-up parses it."""
    by_level: dict[int, list[Column]] = {}
    for column in contract.stored_columns:
        if column.source:
            level = 1 + column.source.count("^.")
            assert level <= levels, f"{contract.key}.{column.name}: `{column.source}` points outside the file"
            by_level.setdefault(level, []).append(column)
    requested = [column for column in contract.stored_columns if column.request]
    looked_up = ["parameters"] if requested else []
    outputs = [f"nullif(json_extract_string(parameters, '$.\"{c.request}\"'), '') as {c.name}" for c in requested]
    for level, columns in by_level.items():
        paths = ", ".join(f"'{_path((column.source or '').replace('^.', ''))}'" for column in columns)
        looked_up.append(f"json_extract_string(e{level}, [{paths}]) as v{level}")
        outputs += [
            f"nullif(nfc_normalize(v{level}[{place}]), '') as {column.name}"
            for place, column in enumerate(columns, start=1)
        ]
    return f"select {', '.join(outputs)} from (select {', '.join(looked_up)} from record)"


def _refuse_renamed(
    connection: duckdb.DuckDBPyConnection, contract: DatasetContract, table: pa.Table, levels: int
) -> None:
    """An attribute that is required and that no record has, has been renamed or left out."""
    if not table.num_rows:
        return
    missing = [
        column.source
        for column in contract.columns
        if column.required and column.source and table.column(column.name).null_count == table.num_rows
    ]
    if not missing:
        return
    keys = connection.execute("select json_keys(e1) from record limit 1").fetchall()[0][0] or []
    used = {(column.source or "").split(".")[0] for column in contract.columns}
    proposals = proposals_sv([name.split(".")[0] for name in missing], [key for key in keys if key not in used])
    names = ", ".join(f"”{name}”" for name in missing)
    raise DeliveryRefused(
        "header_mismatch",
        f"Ingen post i filen har {names}, som är obligatoriskt. {proposals}".strip(),
        "Kontrollera vad attributet heter i källsystemets export, eller ändra kontraktets `source`.",
    )


def _values(table: pa.Table, column: Column, groups: dict[str, str | None]) -> pa.DictionaryArray:
    if column.file_group:
        return one_value(groups.get(column.file_group), table.num_rows)
    return table.column(column.name).combine_chunks().dictionary_encode()
