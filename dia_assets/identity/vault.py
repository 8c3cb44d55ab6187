"""The identity vault: who is who, and who is protected. Restricted zone, read by the pipeline alone.

People are joined by the same source id or the same real number with a right check digit, by nothing else
(`matching`): temporary, reserve, dummy and invalid numbers identify nobody on their own, and their rows wait in the
restricted zone unless one delivery's unit and class make them somebody's (`local`). What may be the same person is a
list for the steward (`linkage`), and what the steward decides is read on top of what is written (`decisions`).
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from dia_assets import delta
from dia_assets.contracts import DatasetContract
from dia_assets.engine import connect
from dia_assets.identity import decisions, linkage, local, matching, moved, numbers, store
from dia_assets.identity.matching import namespace
from dia_assets.ledger import Ledger
from dia_assets.settings import PROJECT, Lake, Settings

NO_MARKING_SEED = PROJECT / "dbt_project" / "seeds" / "ref_security_marking_none.csv"
LINKED_AT = "linked_at"
MARKED_AT = "marked_at"  # when a mark was last set or lifted: the only thing that publication needs to know of marks
PERSON_TABLES = ("alias", "claim", "marking", "local_alias", "conflict")
PERSONS = "(select distinct hash(person_key) from vault.alias)"  # compared by hash: a count, and half the time
_MARKED = "lower(trim(nfc_normalize(coalesce({column}, '')))) not in (select value from no_marking)"
_MARKING_NOW = """
    select dataset, person_key, arg_max(is_marked, load) as is_marked from vault.marking group by dataset, person_key
"""


@dataclass(frozen=True)
class VaultReport:
    """What a resolution did. Counts only."""

    persons: int
    new_persons: int
    identifiers: int
    new_identifiers: int
    unresolved_identifiers: int
    local_identifiers: int
    protected_persons: int
    changed_markings: int
    candidates: int
    merges: int
    splits: int
    rows_of_nobody: int
    unknown_decided: int

    @property
    def counts(self) -> dict[str, int]:
        """What may be shown anywhere; protected persons are counted nowhere."""
        shown = asdict(self)
        del shown["protected_persons"], shown["changed_markings"]
        return {name: int(value) for name, value in shown.items()}


def resolve(
    settings: Settings, lake: Lake, ledger: Ledger, contracts: Iterable[DatasetContract], moment: datetime
) -> VaultReport:
    """Give every identifier in newly accepted deliveries its person key and note what they say of protection.

    Repeatable at any time: identifiers and statements that the vault already has are left as they are.
    """
    store.check(lake)
    known = list(contracts)
    pending = {contract: loads for contract in known if (loads := _pending_loads(ledger, contract))}
    with connect(settings) as connection:
        open_vault(connection, lake)
        before = _count(connection, f"select count(*) from {PERSONS}")
        unresolved = changed = 0
        for contract, loads in _registers_first(pending):
            _open_rows(connection, lake, ledger, contract, loads)
            unresolved += sum(matching.add(connection, found, moment) for found in matching.sightings(contract))
        for contract, loads in _registers_first(pending):
            _open_rows(connection, lake, ledger, contract, loads)
            parts = [d.load for d in ledger.deliveries(contract.key, "accepted") if d.mode == "changes"]
            changed += _new_markings(connection, contract, moment, parts)
        for contract, loads in _registers_first(pending):
            _open_rows(connection, lake, ledger, contract, loads)
            local.add(connection, lake, known, contract, moment)
        moved.note_moved_rows(connection, lake, known)
        added = {name: store.append(connection, lake, name, f"select * from new_{name}") for name in _NEW}
        open_vault(connection, lake)
        candidates = _candidates(connection, lake, ledger, known, moment)
        ledger.remember(**{f"vault_load:{contract.key}": str(max(loads)) for contract, loads in pending.items()})
        (marked_at,) = connection.execute("select max(recorded_at) from vault.marking").fetchone() or (None,)
        ledger.remember(**{MARKED_AT: marked_at.isoformat() if marked_at else ""})
        counts = [
            _count(connection, f"select count(*) from {what}") for what in (PERSONS, "vault.alias", "vault.protected")
        ]
        waiting = _count(connection, f"select coalesce(sum(rows), 0) from {store.relation(lake, 'waiting')}")
        held = decisions.effective(decisions.read(lake))
        unknown = _unknown(connection, held)
    return VaultReport(
        persons=counts[0], new_persons=counts[0] - before, identifiers=counts[1], new_identifiers=added["alias"],
        unresolved_identifiers=unresolved, local_identifiers=added["local_alias"], protected_persons=counts[2],
        changed_markings=changed, candidates=candidates, rows_of_nobody=waiting, unknown_decided=unknown,
        merges=sum(row.action == "merge" for row in held), splits=sum(row.action == "split" for row in held),
    )  # fmt: skip


_NEW = ("alias", "claim", "marking", "local_alias", "conflict", "waiting")


def open_vault(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Make schema `vault` in a connection: `alias`, `claim`, `marking`, `local_alias`, `marking_now`, `protected`,
    and `person_identifier` (every identifier of a person, with its time), as views.

    What is added in the connection before it is written lies in the temporary tables `new_<table>`.
    """
    connection.execute("create schema if not exists vault")
    decisions.install(connection, decisions.read(lake))
    numbers.install(connection)
    for name in _NEW:
        columns = ", ".join(f"{field.name} {store.sql_type(field)}" for field in store.SCHEMAS[name])
        connection.execute(f"create or replace temporary table new_{name} ({columns})")
    for name in PERSON_TABLES:
        names = ", ".join(store.SCHEMAS[name].names)
        both = f"(select {names} from {store.relation(lake, name)} union all select {names} from new_{name})"
        select = decisions.ALIAS.format(relation=both) if name == "alias" else f"select * from {both}"
        connection.execute(f"create or replace view vault.{name} as {select}")
    connection.execute(f"create or replace view vault.marking_now as {_MARKING_NOW}")
    marked = "select distinct person_key from vault.marking_now where is_marked"
    connection.execute(f"create or replace view vault.protected as {decisions.PROTECTED.format(marked=marked)}")
    connection.execute(f"create or replace view vault.person_identifier as {_PERSON_IDENTIFIER}")
    connection.register("no_marking_values", pa.table({"value": _no_marking_values()}))
    connection.execute("create or replace temporary table no_marking as select value from no_marking_values")
    connection.unregister("no_marking_values")


# A source's id holds from when it was first seen; a number from the delivery that first gave it to that record, to the
# one that gave the record another (`valid_to` is the first day on which it no longer holds).
_PERSON_IDENTIFIER = """
    select person_key, kind, namespace, value, recorded_at::date as valid_from, null::date as valid_to, recorded_at
    from vault.alias where kind = 'source_id'
    union all
    select a.person_key, c.kind, c.namespace, c.number, c.valid_from,
        lead(c.valid_from) over (partition by c.namespace, c.value, c.kind = 'dossier' order by c.load) as valid_to,
        c.recorded_at
    from vault.claim as c join vault.alias as a on a.namespace = c.namespace and a.value = c.value
    union all
    select person_key, kind, namespace, normal, min(recorded_at)::date, null, min(recorded_at)
    from vault.alias as a where kind <> 'source_id' and not exists (
        select 1 from vault.claim as c where c.number = a.normal)
    group by person_key, kind, namespace, normal
"""


def _unknown(connection: duckdb.DuckDBPyConnection, held: list[decisions.Decision]) -> int:
    """How many persons decisions name whom the vault does not have (a mistyped key, another installation's file)."""
    named = {key for row in held for key in (row.person_key, row.other_key) if key}
    if not named:
        return 0
    made = {row.new_key for row in held if row.action == "split"}
    listed = ", ".join(f"'{key}'" for key in sorted(named))
    known = connection.execute(f"select distinct person_key from vault.alias where person_key in ({listed})").fetchall()
    return len(named - made - {row[0] for row in known})


def _candidates(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    ledger: Ledger,
    contracts: list[DatasetContract],
    moment: datetime,
) -> int:
    """How many pairs the steward has to look at; they are looked for only when something has changed."""
    raw = [delta.version(lake.table(lake.raw(contract))) for contract in linkage.named(contracts)]
    stamp = f"{store.stamp(lake)}.{decisions.fingerprint(lake)}.{raw}"
    if ledger.fact(LINKED_AT) != stamp or not delta.exists(lake.vault("candidate")):
        linkage.find(connection, lake, contracts, moment)
        ledger.remember(**{LINKED_AT: stamp})
    return _count(connection, f"select count(*) from {store.relation(lake, 'candidate')}")


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


def _open_rows(
    connection: duckdb.DuckDBPyConnection, lake: Lake, ledger: Ledger, contract: DatasetContract, loads: list[int]
) -> None:
    """The view `new_rows`, and temporary table `received` (when each of the loads was received)."""
    listed = ", ".join(map(str, loads))
    connection.execute("create or replace temporary table received (load bigint, received_at timestamptz)")
    times = [(d.load, d.received_at) for d in ledger.deliveries(contract.key, "accepted") if d.load in set(loads)]
    connection.executemany("insert into received values (?, ?)", times)
    connection.execute(
        f"create or replace temporary view new_rows as select * from {delta.view_sql(lake.table(lake.raw(contract)))}"
        f" where _load in ({listed})"
    )


def _new_markings(
    connection: duckdb.DuckDBPyConnection, contract: DatasetContract, moment: datetime, parts: list[int]
) -> int:
    """Add to `new_marking` the statements that change what the dataset says of a person; an unknown mark protects.

    `parts`: the deliveries that hold a part of the dataset only. Such a one can mark a person but not lift a mark: what
    it does not hold (the same person in another group, say) may still mark. The next whole delivery lifts it.
    """
    count = 0
    partial = f"load in ({', '.join(map(str, parts))})" if parts else "false"
    for column in contract.security_markings:
        marked = contract.column(column.marks) if column.marks else contract.person_identifiers[0]
        dataset = f"{contract.key}.{column.name}"
        added = connection.execute(
            f"""
            insert into new_marking
            with said as (
                select alias.person_key, new_rows._load as load, bool_or({_MARKED.format(column=column.name)}) as marked
                from new_rows
                join vault.alias on alias.namespace = ? and alias.value = new_rows.{marked.name}
                group by all
            ),
            latest as (select person_key, max(load) as load, arg_max(marked, load) as marked from said
                where marked or not {partial} group by 1)
            select ?, latest.person_key, latest.marked, latest.load, ?::timestamptz
            from latest left join vault.marking_now as before on before.dataset = ? and
                before.person_key = latest.person_key
            where latest.marked <> coalesce(before.is_marked, false)
            order by latest.person_key
            """,
            [namespace(contract, marked), dataset, moment, dataset],
        ).fetchone()
        count += int(added[0]) if added else 0
    return count


def _no_marking_values() -> list[str]:
    with NO_MARKING_SEED.open(encoding="utf-8", newline="") as file:
        values = [next(iter(row.values())) or "" for row in csv.DictReader(file)]
    return [unicodedata.normalize("NFC", value).strip().lower() for value in ["", *values]]


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
