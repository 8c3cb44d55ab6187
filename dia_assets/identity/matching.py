"""Gives the identifiers of new rows their person keys, in sets: a handful of joins whatever the number of rows.

Two rules tie identifiers together, and nothing else does: the same id in the same source, and the same personnummer or
samordningsnummer with a right check digit that is no dummy. Of several such numbers that a source's record has had, the
latest one ties it to others; an earlier one follows it only where nobody else has it, since it may have been a mistake,
and when the record has got another number, the earlier one ties nobody new to its person.
Persons whom the vault already has are never joined here, whatever their rows say: that is for a steward to decide.
"""

from __future__ import annotations

import base64
import secrets
import sys
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import numpy as np
import pyarrow as pa

from dia_assets.contracts import Column, DatasetContract
from dia_assets.errors import DiaError
from dia_assets.identity import numbers

NUMBER, DOSSIER = "person_number", "dossier_number"
_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype="S1")
_REAL = "kind in ('personnummer', 'samordningsnummer')"


@dataclass(frozen=True)
class Sighting:
    """Where rows name a person: by a source's id, by a number, or by both; a dossier number says nothing by itself."""

    contract: DatasetContract
    source: Column | None
    number: Column | None
    dossier: Column | None = None


def namespace(contract: DatasetContract, column: Column) -> str:
    """Where an identifier is unique: a person number everywhere, a source id within its system."""
    return NUMBER if column.identifier == NUMBER else contract.system


def sightings(contract: DatasetContract) -> list[Sighting]:
    """The persons that a dataset's rows name: its own, then each related one."""
    found = []
    for columns in (contract.person_identifiers, *((column,) for column in contract.related_identifiers)):
        dossiers = [column for column in columns if column.identifier == DOSSIER]
        ids = [column for column in columns if column.identifier not in (NUMBER, DOSSIER)]
        own_numbers = [column for column in columns if column.identifier == NUMBER]
        if len(ids) > 1 or len(own_numbers) > 1:
            raise DiaError(f"{contract.key}: a row's person has at most one source id and one person number.")
        if ids or own_numbers:
            found.append(Sighting(contract, *(next(iter(some), None) for some in (ids, own_numbers, dossiers))))
    return found


def new_key() -> str:
    """A key of a person or a record: 12 characters, 60 random bits, derived from nothing."""
    return base64.b32encode(secrets.token_bytes(8)).decode("ascii")[:12].lower()


def new_keys(count: int) -> pa.Array:
    """That many keys at once."""
    letters = _ALPHABET[np.frombuffer(secrets.token_bytes(12 * count), dtype=np.uint8) & 31]
    ends = np.arange(0, 12 * (count + 1), 12, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(letters))


def add(connection: duckdb.DuckDBPyConnection, sighting: Sighting, moment: datetime) -> int:
    """Add what the view `new_rows` names anew to the tables `new_alias`, `new_claim` and `new_conflict`.

    Expects the views `vault.alias` and `vault.claim` (what is known, the new tables included) and table `received`
    (load, received_at). Returns how many distinct numbers stand for nobody on their own.
    """
    _see(connection, sighting, moment.date())
    space = sighting.contract.system
    if sighting.source:
        _known_sources(connection, space)
        _latest_numbers(connection)
    _number_keys(connection, sighting)
    if sighting.source:
        _former_numbers(connection, space)
        _source_keys(connection)
        _earlier_numbers(connection)
    _add_aliases(connection, sighting, moment)
    if sighting.source and sighting.number:
        said = "select source, kind, coalesce(normal, written) as number, load from seen"
        _add_claims(connection, space, f"{said} where source is not null and written is not null", moment)
        _add_conflicts(connection, moment)
    if sighting.source and sighting.dossier:
        number = f"replace({sighting.dossier.name}, ' ', '')"
        said = f"select distinct {sighting.source.name} as source, 'dossier' as kind, {number} as number, _load as load"
        is_one = f"regexp_full_match({number}, '{numbers.DOSSIER.pattern}')"
        said = f"{said} from new_rows where {sighting.source.name} is not null and {is_one}"
        _add_claims(connection, space, said, moment, dossiers=True)
    return _unresolved(connection) if sighting.number and not sighting.source else 0


def _see(connection: duckdb.DuckDBPyConnection, sighting: Sighting, today: date) -> None:
    """Temporary tables `parsed` (the numbers, read) and `seen` (source id, number as read, load)."""
    source = sighting.source.name if sighting.source else "null::varchar"
    number = sighting.number.name if sighting.number else "null::varchar"
    rows = (
        f"select distinct {source} as source, {number} as written, _load as load from new_rows"
        f" where {source} is not null or {number} is not null"
    )
    if sighting.source and sighting.number:  # about as many numbers as rows: read in place
        connection.execute(
            f"create or replace temporary table seen as {numbers.read_sql('written', f'({rows})', today)}"
        )
        connection.execute(
            "create or replace temporary table parsed as select distinct written as value, kind, normal from seen"
            " where written is not null"
        )
        return
    connection.execute(f"create or replace temporary table parsed as {numbers.parsed_sql(number, 'new_rows', today)}")
    connection.execute(
        f"create or replace temporary table seen as select r.*, kind, normal from ({rows}) as r"
        " left join parsed on parsed.value = r.written"
    )


def _known_sources(connection: duckdb.DuckDBPyConnection, space: str) -> None:
    connection.execute(
        "create or replace temporary table known_source as select s.source, a.person_key from"
        " (select distinct source from seen where source is not null) as s left join"
        f" (select value, person_key from vault.alias where namespace = '{space}'"
        " and value in (select source from seen)) as a on a.value = s.source"
    )


def _latest_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Temporary table `latest`: the latest real number that each source id has in these rows."""
    connection.execute(
        "create or replace temporary table latest as select source, arg_max(normal, (load, normal)) as normal"
        f" from seen where source is not null and {_REAL} group by source"
        f" union all select distinct null::varchar, normal from seen where source is null and {_REAL}"
    )


def _number_keys(connection: duckdb.DuckDBPyConnection, sighting: Sighting) -> None:
    """Temporary table `number_key`: of every real number that ties, the key it has, or its one known source's, or new.

    Where several known persons come with the same number that nobody had, the first by key gets it; none are joined.
    """
    if not sighting.number:
        connection.execute("create or replace temporary table number_key (normal varchar, person_key varchar)")
        return
    claimed = "(select null::varchar as normal, null::varchar as person_key where false)"
    wanted = f"select distinct normal from seen where {_REAL}"
    if sighting.source:
        wanted = "select distinct normal from latest"
        claimed = (
            "(select latest.normal, min(k.person_key) as person_key from latest join known_source as k using (source)"
            " where k.person_key is not null group by 1)"
        )
    connection.execute(
        f"""
        create or replace temporary table number_key as
        select w.normal, coalesce(a.person_key, c.person_key) as person_key
        from ({wanted}) as w
        left join (
            select normal, min(person_key) as person_key from vault.alias
            where namespace = '{NUMBER}' and normal in (select normal from seen) group by 1
        ) as a on a.normal = w.normal
        left join {claimed} as c on c.normal = w.normal
        """
    )
    _fill(connection, "number_key", "normal")


def _former_numbers(connection: duckdb.DuckDBPyConnection, space: str) -> None:
    """Temporary table `former`: numbers that a known person's records have had, and none of them has any longer.

    Whose such a number is nobody can tell: it may have been a mistake, put right on the night its true owner comes.
    """
    said = f"""
        select namespace, value, number, load from vault.claim where {_REAL}
        union all
        select '{space}', source, normal, {sys.maxsize} from latest where source is not null
    """
    connection.execute(
        "create or replace temporary table changed as select hash(namespace, value) as record"
        f" from ({said}) group by record having min(hash(number)) <> max(hash(number))"
    )
    connection.execute("create or replace temporary table former (normal varchar, person_key varchar)")
    if not _one(connection, "select count(*) from changed"):
        return
    connection.execute(
        f"""
        insert into former
        with record as (
            select namespace, value, person_key from vault.alias
            where kind = 'source_id' and person_key in (
                select person_key from vault.alias
                where kind = 'source_id' and hash(namespace, value) in (select record from changed)
            )
        ),
        had as (select record.*, number, load from ({said}) as said join record using (namespace, value)),
        has as (select person_key, arg_max(number, load) as number from had group by namespace, value, person_key)
        select distinct number, person_key from had anti join has using (number, person_key)
        """
    )


def _source_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Temporary table `source_key`: of every source id the key it has, or its latest number's, or a new one.

    A former number of a known person ties nobody new to that person; the steward is told (`_add_conflicts`).
    """
    connection.execute(
        """
        create or replace temporary table source_key as
        select k.source, coalesce(k.person_key, n.person_key) as person_key, k.person_key is null as is_new
        from known_source as k
        left join latest using (source)
        left join (select n.* from number_key as n anti join former using (normal, person_key)) as n using (normal)
        """
    )
    _fill(connection, "source_key", "source")


def _earlier_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Numbers that a source's record has had before, and that nobody else has, get its key."""
    rows = f"select count(*) from seen where source is not null and {_REAL}"
    if _one(connection, rows) == _one(connection, "select count(*) from latest where source is not null"):
        return  # no source id has had two numbers
    connection.execute(
        f"""
        insert into number_key
        select e.normal, coalesce(min(a.person_key), min(e.person_key)) from (
            select seen.normal, s.person_key
            from seen join source_key as s using (source)
            where {_REAL} and not exists (select 1 from number_key as n where n.normal = seen.normal)
        ) as e
        left join (select normal, person_key from vault.alias
            where namespace = '{NUMBER}' and normal in (select normal from seen)) as a using (normal)
        group by e.normal
        """
    )


def _fill(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """Give every row of a table that has no key yet a new one."""
    if count := _one(connection, f"select count(*) from {table} where person_key is null"):
        connection.register("fresh_keys", pa.table({"fresh": new_keys(count)}))
        rest = "" if table == "number_key" else ", t.is_new"
        connection.execute(
            f"create or replace temporary table filled as"
            f" select t.{column}, coalesce(t.person_key, k.fresh) as person_key{rest} from (select *,"
            " case when person_key is null then row_number() over (partition by person_key is null) end as nth"
            f" from {table}) as t"
            " left join (select fresh, row_number() over () as nth from fresh_keys) as k on k.nth = t.nth"
        )
        connection.execute(f"drop table {table}")
        connection.execute(f"create temporary table {table} as select * from filled")
        connection.unregister("fresh_keys")


def _add_aliases(connection: duckdb.DuckDBPyConnection, sighting: Sighting, moment: datetime) -> None:
    parts = []
    if sighting.source:
        space = sighting.contract.system
        parts.append(
            f"select '{space}' as namespace, source as value, 'source_id' as kind, null::varchar as normal, person_key"
            " from source_key where is_new"
        )
    if sighting.number:
        parts.append(
            f"select '{NUMBER}', p.value, p.kind, p.normal, n.person_key"
            f" from parsed as p join number_key as n using (normal) where {_REAL} and not exists"
            f" (select 1 from vault.alias as a where a.namespace = '{NUMBER}' and a.value = p.value)"
        )
    connection.execute(f"create or replace temporary table added as {' union all '.join(parts)}")
    if count := _one(connection, "select count(*) from added"):
        connection.register("record_keys", pa.table({"record_key": new_keys(count)}))
        connection.execute(
            "insert into new_alias select a.*, ?::timestamptz, k.record_key from added as a"
            " positional join record_keys as k",
            [moment],
        )
        connection.unregister("record_keys")


def _add_claims(
    connection: duckdb.DuckDBPyConnection, space: str, said: str, moment: datetime, *, dossiers: bool = False
) -> None:
    """Which number (or dossier number) each source id has, where it is another than what was said last.

    `said`: a select of source, kind, number and load.
    """
    same_kind = "kind = 'dossier'" if dossiers else "kind <> 'dossier'"
    connection.execute(
        f"""
        insert into new_claim
        select '{space}', s.source, s.kind, s.number, received.received_at::date, s.load, ?::timestamptz
        from (
            select *, lag(number) over (partition by source order by load, number) as before from ({said})
        ) as s
        join received on received.load = s.load
        left join (
            select value, arg_max(number, load) as number, max(load) as load
            from vault.claim where namespace = '{space}' and {same_kind}
                and value in (select source from seen) group by 1
        ) as c on c.value = s.source
        where s.number is distinct from coalesce(s.before, c.number) and s.load > coalesce(c.load, 0)
        """,
        [moment],
    )


def _add_conflicts(connection: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    """Persons whom the vault has as two, and whose records have one real number now; for the steward."""
    connection.execute(
        """
        insert into new_conflict
        select distinct least(s.person_key, n.person_key), greatest(s.person_key, n.person_key), ?::timestamptz
        from latest join source_key as s using (source) join number_key as n using (normal)
        where s.person_key <> n.person_key
        """,
        [moment],
    )


def _unresolved(connection: duckdb.DuckDBPyConnection) -> int:
    return _one(connection, f"select count(*) from parsed where not {_REAL}")


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
