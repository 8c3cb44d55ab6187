"""File rows that name a person by a temporary or reserve number alone: somebody's, if the register leaves no doubt.

Such numbers are shared between people and between schools. A row is taken for a pupil only when the register has
exactly one person in the row's unit and class, at that time, with the birth date and sex that the number states; when
nobody in the class lacks a birth date or sex; when the file has no second such number there and no row of that pupil by
another number; and when the pupil is not protected, which is asked last of all. Everything else waits for the steward.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from dia_assets import delta
from dia_assets.contracts import Column, DatasetContract
from dia_assets.identity import numbers
from dia_assets.identity.matching import NUMBER
from dia_assets.settings import Lake

CLASS = "class_label"
SPRING_YEAR = "spring_year"
REGISTER = ("organisation", "person", "school_group", "group_membership")
# A class is written in many ways (9A, 9 a, 09A); compared without spaces, leading zeros and case.
_CLASS = "ltrim(upper(replace({name}, ' ', '')), '0')"
# SCB: the first digit after TF is 1 for boys and 2 for girls; other reserve numbers state no sex.
_SEX = "case when n[9:10] = 'TF' and n[11:11] = '1' then 'man' when n[9:10] = 'TF' and n[11:11] = '2' then 'kvinna' end"


def scope_of(contract: DatasetContract) -> tuple[Column, Column] | None:
    """The number's column and the column of the unit, where a dataset has what such a row can be told by."""
    for column in contract.person_identifiers:
        if column.identifier == NUMBER and column.identifier_scope and len(contract.person_identifiers) == 1:
            names = {stored.name for stored in contract.stored_columns}
            return (column, contract.column(column.identifier_scope)) if CLASS in names else None
    return None


def add(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    contracts: Iterable[DatasetContract],
    contract: DatasetContract,
    moment: datetime,
) -> None:
    """Add to `new_local_alias` whom `new_rows` names beyond doubt, and to `new_waiting` the rest, as counts."""
    own = [column for column in contract.person_identifiers if column.identifier == NUMBER]
    if not own or len(contract.person_identifiers) > 1:
        return
    scope = scope_of(contract)
    _open_local_rows(connection, contract, own[0], scope[1].name if scope else "null::varchar", moment)
    if scope and _open_register(connection, lake, contracts):
        _judge(connection, contract)
    else:
        connection.execute(
            "create or replace temporary table judged as select *, null::varchar as person_key,"
            " case when kind in ('temporary', 'reserve') then 'no_scope' else 'not_a_number' end as reason"
            " from local_row"
        )
    connection.execute(
        "insert into new_local_alias select ?, load, unit, class, value, person_key, ?::timestamptz from judged"
        " where person_key is not null",
        [contract.key, moment],
    )
    connection.execute(
        "insert into new_waiting select ?, load, kind, reason, sum(rows), ?::timestamptz from judged"
        " where person_key is null group by load, kind, reason order by all",
        [contract.key, moment],
    )


def _open_local_rows(
    connection: duckdb.DuckDBPyConnection, contract: DatasetContract, number: Column, unit: str, moment: datetime
) -> None:
    """Temporary table `local_row`: the numbers that stand for nobody alone, by unit and class as written."""
    stored = {column.name for column in contract.stored_columns}
    label = CLASS if CLASS in stored else "null::varchar"
    # A yearly file is about the classes of its spring term; others about those of the day they were received.
    day = f"make_date(try_cast(any_value({SPRING_YEAR}) as integer), 6, 1)" if SPRING_YEAR in stored else "null::date"
    connection.execute(
        f"create or replace temporary table parsed as {numbers.parsed_sql(number.name, 'new_rows', moment.date())}"
    )
    connection.execute(
        f"""
        create or replace temporary table local_row as
        select l.*, coalesce(l.about, received.received_at::date) as day, n as normal,
            try_cast(n[:4] || '-' || n[5:6] || '-' || n[7:8] as date) as birth_date, {_SEX} as sex
        from (
            select r.{number.name} as value, {unit} as unit, {label} as class, _load as load, p.kind,
                any_value(p.normal) as n, count(*) as rows, {day} as about
            from new_rows as r join parsed as p on p.value = r.{number.name}
            where p.kind not in ('personnummer', 'samordningsnummer')
            group by all
        ) as l join received on received.load = l.load
        """
    )


def _open_register(connection: duckdb.DuckDBPyConnection, lake: Lake, contracts: Iterable[DatasetContract]) -> bool:
    """Temporary table `classmate` (person, unit, class, time, birth date, sex) from the register, latest row first."""
    tables = {c.name: lake.table(lake.raw(c)) for c in contracts if c.system == "ss12000" and c.name in REGISTER}
    if len(tables) < len(REGISTER) or not all(delta.exists(table) for table in tables.values()):
        return False
    if connection.execute("select 1 from duckdb_tables() where table_name = 'classmate'").fetchone():
        return True
    rows = {name: delta.view_sql(table) for name, table in tables.items()}
    label = _CLASS.format(name="g.display_name")
    connection.execute(
        f"""
        create temporary table classmate as
        select distinct a.person_key, o.school_unit_code as unit, {label} as class,
            try_cast(m.start_date as date) as first_day, try_cast(m.end_date as date) as last_day,
            p.birth_date, p.sex
        from {rows["group_membership"]} as m
        join (select group_id, arg_max(display_name, _load) as display_name,
                arg_max(organisation_id, _load) as organisation_id
            from {rows["school_group"]} where group_type = 'Klass' group by 1) as g on g.group_id = m.group_id
        join (select organisation_id, arg_max(school_unit_code, _load) as school_unit_code
            from {rows["organisation"]} group by 1) as o on o.organisation_id = g.organisation_id
        join vault.alias as a on a.namespace = 'ss12000' and a.value = m.person_id
        left join (select person_id, try_cast(arg_max(birth_date, _load) as date) as birth_date,
                lower(arg_max(sex, _load)) as sex
            from {rows["person"]} group by 1) as p on p.person_id = m.person_id
        """
    )
    return True


def _judge(connection: duckdb.DuckDBPyConnection, contract: DatasetContract) -> None:
    """Temporary table `judged`: each local number with the person it is beyond doubt, or why it is nobody's."""
    number, unit = scope_of(contract) or (None, None)
    assert number and unit
    connection.execute(
        f"""
        create or replace temporary table judged as
        with mates as (
            select l.value, l.unit, l.class, l.load, count(distinct c.person_key) as fitting,
                min(c.person_key) as person_key
            from local_row as l join classmate as c on c.unit = l.unit and c.class = {_CLASS.format(name="l.class")}
                and l.day >= c.first_day and l.day <= coalesce(c.last_day, l.day)
                and c.birth_date = l.birth_date and c.sex = l.sex
            group by all
        ),
        unknown as (
            select distinct l.value, l.unit, l.class, l.load from local_row as l
            join classmate as c on c.unit = l.unit and c.class = {_CLASS.format(name="l.class")}
            where c.birth_date is null or c.sex is null
        ),
        others as (
            select unit, {_CLASS.format(name="class")} as class, load, birth_date, sex,
                count(distinct normal) as numbers
            from local_row group by all
        ),
        named as (
            select distinct r._load as load, a.person_key from new_rows as r
            join vault.alias as a on a.namespace = '{NUMBER}' and a.value = r.{number.name}
        ),
        weighed as (
            select l.*, m.person_key as found, case
                when l.kind not in ('temporary', 'reserve') then 'not_a_number'
                when m.person_key is null then 'nobody_fits'
                when m.fitting > 1 or others.numbers > 1 then 'several_fit'
                when unknown.value is not null or named.person_key is not null
                    or m.person_key in (select person_key from vault.protected) then 'in_doubt'
            end as reason
            from local_row as l
            left join mates as m on m.value = l.value and m.unit = l.unit and m.class = l.class and m.load = l.load
            left join unknown on unknown.value = l.value and unknown.unit = l.unit and unknown.class = l.class
                and unknown.load = l.load
            left join others on others.unit = l.unit and others.class = {_CLASS.format(name="l.class")}
                and others.load = l.load and others.birth_date = l.birth_date and others.sex = l.sex
            left join named on named.load = l.load and named.person_key = m.person_key
        )
        select * exclude (found), case when reason is null then found end as person_key from weighed
        """
    )
