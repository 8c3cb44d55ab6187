"""What dbt's staging models read: raw as views in the working database, each row with its person's key beside it.

The views hold no data. They join raw's files with the vault's files, so that the vault itself is never copied into
a database that outlives the run.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from dia_assets import delta
from dia_assets.contracts import DatasetContract
from dia_assets.identity import decisions, local, store
from dia_assets.identity.matching import namespace
from dia_assets.settings import Lake


def create_raw_views(connection: duckdb.DuckDBPyConnection, lake: Lake, contracts: Iterable[DatasetContract]) -> None:
    """Create `raw.<system>__<dataset>` for each contract, empty where nothing has been delivered.

    Columns: the contract's stored columns as text, `_file`, `_row`, `_load`; for datasets about persons also
    `_person_key` (NULL: nobody known), `_<column>_key` per related person, and `_is_protected` (any of them). Where
    there are related persons also `_person_is_protected` (the row's own), for staging models that carry no key of the
    related ones. Where the contract has `load.entity` there are also rows with `_is_entity`, that say only which of the
    source's records a delivery of changes was about, and `_record_key`, which stands for such a record when it is a
    person's.
    """
    connection.execute("create schema if not exists raw")
    connection.execute("create schema if not exists vault")
    decisions.install(connection, decisions.read(lake))
    alias = decisions.ALIAS.format(relation=store.relation(lake, "alias"))
    connection.execute(f"create or replace view vault.alias as {alias}")
    for name in ("marking", "local_alias"):
        connection.execute(f"create or replace view vault.{name} as select * from {store.relation(lake, name)}")
    marked = """
        select distinct person_key from (
            select dataset, person_key, arg_max(is_marked, load) as is_marked from vault.marking group by all
        ) where is_marked
    """
    connection.execute(f"create or replace view vault.protected as {decisions.PROTECTED.format(marked=marked)}")
    for contract in contracts:
        connection.execute(f"create or replace view raw.{contract.slug} as {_raw_sql(lake, contract)}")


def _raw_sql(lake: Lake, contract: DatasetContract) -> str:
    source = _rows_sql(lake, contract)
    persons = [*contract.person_identifiers[:1], *contract.related_identifiers]
    if not persons:
        return source
    keys, joins, protected = [], [], []
    for index, column in enumerate(persons):
        name = "_person_key" if column.role == "person_identifier" else f"_{column.name}_key"
        scope = local.scope_of(contract) if name == "_person_key" else None
        key = f"coalesce(a{index}.person_key, o.person_key)" if scope else f"a{index}.person_key"
        keys.append(f"{key} as {name}")
        if column.name in contract.load.entity:
            keys.append(f"a{index}.record_key as _record_key")
        joins.append(
            f"left join vault.alias as a{index} on a{index}.namespace = '{namespace(contract, column)}'"
            f" and a{index}.value = r.{column.name}"
        )
        if scope:
            joins.append(
                f"left join vault.local_alias as o on o.dataset = '{contract.key}' and o.load = r._load and"
                f" o.unit = r.{scope[1].name} and o.class = r.{local.CLASS} and o.value = r.{column.name}"
            )
        joins.append(f"left join vault.protected as p{index} on p{index}.person_key = {key}")
        protected.append(f"p{index}.person_key is not null")
    if contract.related_identifiers and contract.person_identifiers:
        keys.append(f"({protected[0]}) as _person_is_protected")
    return (
        f"select r.*, {', '.join(keys)}, ({' or '.join(protected)}) as _is_protected"
        f" from ({source}) as r {' '.join(joins)}"
    )


def _rows_sql(lake: Lake, contract: DatasetContract) -> str:
    names = [column.name for column in contract.stored_columns]
    raw, entities = lake.table(lake.raw(contract)), lake.table(lake.entities(contract))
    if delta.exists(raw):
        rows = f"select {', '.join(names)}, _file, _row, _load from {delta.view_sql(raw)}"
    else:
        empty = ", ".join(f"null::varchar as {name}" for name in [*names, "_file"])
        rows = f"select {empty}, null::bigint as _row, null::bigint as _load where false"
    if not contract.load.entity:
        return rows
    rows = f"select *, false as _is_entity from ({rows})"
    if not delta.exists(entities):
        return rows
    entity = ", ".join(name if name in contract.load.entity else f"null::varchar as {name}" for name in names)
    return (
        f"{rows} union all select {entity}, null::varchar as _file, null::bigint as _row, _load, true as _is_entity"
        f" from {delta.view_sql(entities)}"
    )
