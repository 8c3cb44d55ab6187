"""The vault's tables: who is who (`alias`), who is protected (`marking`). Restricted zone, read by the pipeline alone.

`alias`: one row per identifier as written in a source, with the person's random key, and a random key of its own
(`record_key`) that stands for the source's record where rows must be told apart by it. `marking`: what each dataset
says of a person's protection, in time; the latest statement of a dataset counts and any one that marks, protects.
People are joined by the same source id or the same real number with a right check digit, by nothing else: temporary,
dummy and invalid numbers identify nobody on their own (their rows wait in the restricted zone).
"""

from __future__ import annotations

import base64
import csv
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import write_deltalake

from dia_assets import delta
from dia_assets.contracts import Column, DatasetContract
from dia_assets.engine import connect
from dia_assets.identity.numbers import parse
from dia_assets.ledger import Ledger
from dia_assets.settings import PROJECT, Lake, Settings

NO_MARKING_SEED = PROJECT / "dbt_project" / "seeds" / "ref_security_marking_none.csv"
NUMBER = "person_number"

ALIAS = pa.schema(
    [
        ("namespace", pa.string()),
        ("value", pa.string()),
        ("kind", pa.string()),
        ("normal", pa.string()),
        ("person_key", pa.string()),
        ("recorded_at", pa.timestamp("us", "UTC")),
        ("record_key", pa.string()),
    ]
)
MARKING = pa.schema(
    [
        ("dataset", pa.string()),
        ("person_key", pa.string()),
        ("is_marked", pa.bool_()),
        ("load", pa.int64()),
        ("recorded_at", pa.timestamp("us", "UTC")),
    ]
)
_MARKED = "lower(trim(nfc_normalize(coalesce({column}, '')))) not in (select value from no_marking)"


@dataclass(frozen=True)
class VaultReport:
    """What a resolution did. Counts only."""

    persons: int
    new_persons: int
    new_identifiers: int
    unresolved_identifiers: int
    protected_persons: int
    changed_markings: int


def resolve(
    settings: Settings, lake: Lake, ledger: Ledger, contracts: Iterable[DatasetContract], moment: datetime
) -> VaultReport:
    """Give every identifier in newly accepted deliveries its person key and note what they say of protection.

    Repeatable at any time: identifiers and statements that the vault already has are left as they are.
    """
    pending = {contract: loads for contract in contracts if (loads := _pending_loads(ledger, contract))}
    with connect(settings) as connection:
        open_vault(connection, lake)
        before = _count(connection, "select count(distinct person_key) from vault.alias")
        added = unresolved = changed = 0
        for contract, loads in _registers_first(pending):
            _open_rows(connection, lake, contract, loads)
            new, missed = _new_aliases(connection, contract, moment)
            _append(lake.vault("alias"), new, ALIAS, connection)
            added, unresolved = added + len(new), unresolved + missed
        for contract, loads in _registers_first(pending):
            _open_rows(connection, lake, contract, loads)
            statements = _new_markings(connection, contract, moment)
            _append(lake.vault("marking"), statements, MARKING, connection)
            changed += len(statements)
        ledger.remember(**{f"vault_load:{contract.key}": str(max(loads)) for contract, loads in pending.items()})
        persons = _count(connection, "select count(distinct person_key) from vault.alias")
        protected = _count(connection, "select count(*) from vault.protected")
    return VaultReport(persons, persons - before, added, unresolved, protected, changed)


def open_vault(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Make schema `vault` in a connection: temporary `alias`, and views `marking_now` and `protected` over markings."""
    connection.execute("create schema if not exists vault")
    for name, schema in (("alias", ALIAS), ("marking", MARKING)):
        if (lake.vault(name) / "_delta_log").is_dir():
            connection.execute(
                f"create or replace table vault.{name} as select * from {delta.view_sql(lake.vault(name))}"
            )
        else:
            empty = schema.empty_table()
            connection.register("empty_vault", empty)
            connection.execute(f"create or replace table vault.{name} as select * from empty_vault")
            connection.unregister("empty_vault")
    connection.execute(
        "create or replace view vault.marking_now as select dataset, person_key,"
        " arg_max(is_marked, load) as is_marked from vault.marking group by dataset, person_key"
    )
    connection.execute(
        "create or replace view vault.protected as select distinct person_key from vault.marking_now where is_marked"
    )
    connection.register("no_marking_values", pa.table({"value": _no_marking_values()}))
    connection.execute("create or replace temporary table no_marking as select value from no_marking_values")
    connection.unregister("no_marking_values")


def namespace(contract: DatasetContract, column: Column) -> str:
    """Where an identifier is unique: a person number everywhere, a source id within its system."""
    return NUMBER if column.identifier == NUMBER else contract.system


def _pending_loads(ledger: Ledger, contract: DatasetContract) -> list[int]:
    if not (contract.person_identifiers or contract.related_identifiers):
        return []
    done = int(ledger.fact(f"vault_load:{contract.key}") or 0)
    return [item.load for item in ledger.deliveries(contract.key, "accepted") if item.load > done]


def _registers_first(
    pending: dict[DatasetContract, list[int]],
) -> list[tuple[DatasetContract, list[int]]]:
    """Datasets whose rows carry two identifiers tie them together, so they come before those with one."""
    return sorted(pending.items(), key=lambda item: (-len(item[0].person_identifiers), item[0].key))


def _open_rows(connection: duckdb.DuckDBPyConnection, lake: Lake, contract: DatasetContract, loads: list[int]) -> None:
    listed = ", ".join(map(str, loads))
    connection.execute(
        f"create or replace temporary view new_rows as select * from {delta.view_sql(lake.table(lake.raw(contract)))}"
        f" where _load in ({listed})"
    )


def _new_aliases(
    connection: duckdb.DuckDBPyConnection, contract: DatasetContract, moment: datetime
) -> tuple[list[tuple[object, ...]], int]:
    """Rows for `alias` from the new rows' identifiers, and how many identifiers stand for nobody on their own."""
    known = {
        (space, value): key
        for space, value, key in connection.execute("select namespace, value, person_key from vault.alias").fetchall()
    }
    by_number = dict(
        connection.execute("select normal, person_key from vault.alias where normal is not null").fetchall()
    )
    new: list[tuple[object, ...]] = []
    unresolved = 0
    for columns in [contract.person_identifiers, *[(column,) for column in contract.related_identifiers]]:
        if not columns:
            continue
        names = ", ".join(column.name for column in columns)
        for values in connection.execute(f"select distinct {names} from new_rows order by all").fetchall():
            resolved = _Sighting(contract, columns, values, moment.date())
            unresolved += resolved.add_to(known, by_number, new, moment)
    return new, unresolved


class _Sighting:
    """The identifiers of one person as one row gives them."""

    def __init__(
        self, contract: DatasetContract, columns: tuple[Column, ...], values: tuple[str | None, ...], today: date
    ) -> None:
        self.source: list[tuple[str, str]] = []
        self.numbers: list[tuple[str, str, str]] = []
        self.not_identifying = 0
        for column, value in zip(columns, values, strict=True):
            if value is None:
                continue
            if column.identifier != NUMBER:
                self.source.append((namespace(contract, column), value))
                continue
            number = parse(value, today)
            if number.identifies and number.normal:
                self.numbers.append((value, number.kind, number.normal))
            else:
                self.not_identifying += 1

    def add_to(
        self,
        known: dict[tuple[str, str], str],
        by_number: dict[str, str],
        new: list[tuple[object, ...]],
        moment: datetime,
    ) -> int:
        """Add what is new; returns 1 when nothing in the row says who it is, else 0."""
        if not self.source and not self.numbers:
            return 1 if self.not_identifying else 0
        keys = [known[identifier] for identifier in self.source if identifier in known]
        keys += [by_number[normal] for _, _, normal in self.numbers if normal in by_number]
        key = keys[0] if keys else new_key()
        for space, value in self.source:
            if (space, value) not in known:
                known[space, value] = key
                new.append((space, value, "source_id", None, key, moment, new_key()))
        for value, kind, normal in self.numbers:
            owner = by_number.setdefault(normal, key)
            if (NUMBER, value) not in known:
                known[NUMBER, value] = owner
                new.append((NUMBER, value, kind, normal, owner, moment, new_key()))
        return 0


def new_key() -> str:
    """A key of a person or a record: 12 characters, 60 random bits, derived from nothing."""
    return base64.b32encode(secrets.token_bytes(8)).decode("ascii")[:12].lower()


def _new_markings(
    connection: duckdb.DuckDBPyConnection, contract: DatasetContract, moment: datetime
) -> list[tuple[object, ...]]:
    """Statements that change what the dataset says of a person; an unknown mark protects."""
    rows: list[tuple[object, ...]] = []
    for column in contract.security_markings:
        marked = contract.column(column.marks) if column.marks else contract.person_identifiers[0]
        dataset = f"{contract.key}.{column.name}"
        rows += connection.execute(
            f"""
            with said as (
                select alias.person_key, new_rows._load as load, bool_or({_MARKED.format(column=column.name)}) as marked
                from new_rows
                join vault.alias on alias.namespace = ? and alias.value = new_rows.{marked.name}
                group by all
            ),
            latest as (select person_key, max(load) as load, arg_max(marked, load) as marked from said group by 1)
            select ?, latest.person_key, latest.marked, latest.load, ?::timestamptz
            from latest left join vault.marking_now as before on before.dataset = ? and
                before.person_key = latest.person_key
            where latest.marked <> coalesce(before.is_marked, false)
            order by latest.person_key
            """,
            [namespace(contract, marked), dataset, moment, dataset],
        ).fetchall()
    return rows


def _append(
    path: Path, rows: list[tuple[object, ...]], schema: pa.Schema, connection: duckdb.DuckDBPyConnection
) -> None:
    if not rows:
        return
    columns = list(zip(*rows, strict=True))
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=schema)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_deltalake(path, table, mode="append")
    connection.register("added", table)
    connection.execute(f"insert into vault.{path.name} select * from added")
    connection.unregister("added")


def _no_marking_values() -> list[str]:
    with NO_MARKING_SEED.open(encoding="utf-8", newline="") as file:
        values = [next(iter(row.values())) or "" for row in csv.DictReader(file)]
    return [unicodedata.normalize("NFC", value).strip().lower() for value in ["", *values]]


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
