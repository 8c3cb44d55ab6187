"""Persons who may be the same: pairs for the steward, with what speaks for and against. No machine ever joins them.

Record linkage by the model of Fellegi and Sunter, with Splink in the vault's own DuckDB connection: no network, no
file. The weights are data (`ref_linkage_weight`), not learned anew each night, so that a list does not change because a
sample did. Only pairs that share a block (the birth date with the unit or the beginning of a name; both names with the
birth year) are looked at, so the work grows with the number of persons.

Left out before anything is compared: protected persons, and whoever a decision ties to them. Never proposed: two
persons who both have a personnummer, since a fictitious identity must never be tied to an earlier one.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import duckdb

from dia_assets import delta
from dia_assets.contracts import DatasetContract
from dia_assets.identity import decisions, numbers, store
from dia_assets.identity.matching import NUMBER, namespace
from dia_assets.settings import PROJECT, Lake

SEEDS = PROJECT / "dbt_project" / "seeds"
ATTRIBUTES = ("given_name", "family_name", "birth_date", "sex", "school_unit")
# What Splink compares. A level holds when its condition does and no earlier one did; `other` is the rest.
_NEAR_NAME = (
    "jaro_winkler_similarity({name}_l, {name}_r) >= 0.88"
    " or starts_with({name}_l, {name}_r || '-') or starts_with({name}_r, {name}_l || '-')"
)
_LEVELS = {
    "given_name": (("same", "given_name_l = given_name_r"), ("near", _NEAR_NAME.format(name="given_name"))),
    "family_name": (("same", "family_name_l = family_name_r"), ("near", _NEAR_NAME.format(name="family_name"))),
    "birth_date": (
        ("same", "birth_date_l = birth_date_r"),
        ("near", "damerau_levenshtein(birth_date_l, birth_date_r) <= 1 or (birth_date_l[:4] = birth_date_r[:4] and"
                 " birth_date_l[6:7] = birth_date_r[9:10] and birth_date_l[9:10] = birth_date_r[6:7])"),
    ),
    "sex": (("same", "sex_l = sex_r"),),
    "school_unit": (("same", "school_unit_l = school_unit_r"),),
}  # fmt: skip
_BLOCKS = (
    "l.birth_date = r.birth_date and l.family_name[:3] = r.family_name[:3]",
    "l.birth_date = r.birth_date and l.given_name[:3] = r.given_name[:3]",
    "l.birth_date = r.birth_date and l.school_unit = r.school_unit",
    "l.given_name = r.given_name and l.family_name = r.family_name and l.birth_year = r.birth_year",
)


@dataclass(frozen=True)
class LinkageReport:
    """How many persons were compared and how many pairs the steward has to look at. Counts only."""

    compared: int
    candidates: int


def find(
    connection: duckdb.DuckDBPyConnection, lake: Lake, contracts: Iterable[DatasetContract], moment: datetime
) -> LinkageReport:
    """Write the vault's table `candidate` anew. `connection` has schema `vault` and nobody else's tables."""
    _open_persons(connection, lake, list(contracts))
    pairs = propose(connection)
    _same_numbers(connection)
    decided = [
        sorted((row.person_key, row.other_key))
        for row in decisions.effective(decisions.read(lake))
        if row.action in ("not_same", "merge")
    ]
    connection.execute("create or replace temporary table decided_pair (first varchar, second varchar)")
    if decided:
        connection.executemany("insert into decided_pair values (?, ?)", decided)
    count = store.replace(
        connection,
        lake,
        "candidate",
        f"""
        select c.*, timestamptz '{moment.isoformat()}' as recorded_at
        from (select * from {pairs} union all select * from same_number) as c
        left join vault.key_map as k on k.person_key = c.person_key
        left join vault.key_map as o on o.person_key = c.other_key
        where coalesce(k.current_key, c.person_key) <> coalesce(o.current_key, c.other_key)
            and (c.person_key, c.other_key) not in (select (first, second) from decided_pair)
            and c.person_key not in (select person_key from vault.protected)
            and c.other_key not in (select person_key from vault.protected)
        order by probability desc, person_key, other_key
        """,
    )
    row = connection.execute("select count(*) from person").fetchone()
    return LinkageReport(int(row[0]) if row else 0, count)


def named(contracts: Iterable[DatasetContract]) -> list[DatasetContract]:
    """The datasets that say what persons are called."""
    wanted = {"given_name", "family_name"}
    return [
        contract
        for contract in contracts
        if contract.person_identifiers and wanted <= {column.name for column in contract.stored_columns}
    ]


def propose(connection: duckdb.DuckDBPyConnection) -> str:
    """Compare the persons of the temporary table `person`; the name of a table of pairs above the threshold."""
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    connection.execute(
        "create or replace table linked_person as select *, birth_date[:4] as birth_year from person"
        " where given_name is not null and family_name is not null"
    )
    connection.execute(
        "create or replace table proposed (person_key varchar, other_key varchar, probability double, agrees varchar,"
        " differs varchar, rule varchar)"
    )
    row = connection.execute("select count(*) from linked_person").fetchone()
    if row and row[0] > 1:
        database = DuckDBAPI(connection=connection)
        linker = Linker(database.register("linked_person"), _settings(), log_level=None)
        found = linker.inference.predict(threshold_match_probability=_threshold("propose_from"))
        connection.execute(_proposed_sql(found.physical_name))
        found.drop_table_from_database_and_remove_from_cache()
        database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return "proposed"


def _proposed_sql(found: str) -> str:
    """From Splink's levels (the highest is `same`, 0 is `other`, -1 not known) to words; no values."""
    agrees, differs = [], []
    for name in ATTRIBUTES:
        same = len(_LEVELS[name])
        agrees.append(f"case when gamma_{name} = {same} then '{name}' when gamma_{name} > 0 then '{name}~' end")
        differs.append(f"case when gamma_{name} = 0 then '{name}' end")
    return f"""
        insert into proposed
        select least(person_key_l, person_key_r), greatest(person_key_l, person_key_r), round(match_probability, 4),
            concat_ws(' ', {", ".join(agrees)}), concat_ws(' ', {", ".join(differs)}), 'linkage'
        from {found} where personnummer_l is null or personnummer_r is null or personnummer_l = personnummer_r
    """


def _settings() -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "person_key",
        "probability_two_random_records_match": _threshold("prior"),
        "comparisons": [_comparison(name) for name in ATTRIBUTES],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in _BLOCKS
        ],
        "additional_columns_to_retain": ["personnummer"],
        "retain_matching_columns": True,
    }


def _comparison(name: str) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": f"{name}_l is null or {name}_r is null", "is_null_level": True, "label_for_charts": "unknown"}
    ]
    for level, condition in (*_LEVELS[name], ("other", "ELSE")):
        m, u = _weights()[name, level]
        levels.append({"sql_condition": condition, "label_for_charts": level, "m_probability": m, "u_probability": u})
        if level == "same" and name.endswith("_name"):
            levels[-1] |= {"tf_adjustment_column": name, "tf_minimum_u_value": 0.0005}
    return {"output_column_name": name, "comparison_levels": levels}


@lru_cache
def _weights() -> dict[tuple[str, str], tuple[float, float]]:
    with (SEEDS / "ref_linkage_weight.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["attribute"], row["level"]): (float(row["m_probability"]), float(row["u_probability"]))
            for row in csv.DictReader(file)
        }


@lru_cache
def _threshold(name: str) -> float:
    with (SEEDS / "ref_linkage_threshold.csv").open(encoding="utf-8", newline="") as file:
        return next(float(row["value"]) for row in csv.DictReader(file) if row["name"] == name)


def _open_persons(connection: duckdb.DuckDBPyConnection, lake: Lake, contracts: list[DatasetContract]) -> None:
    """Temporary table `person`: what the latest delivery that names a person says, a register's before a file's."""
    parts = [part for contract in named(contracts) if (part := _named(lake, contract))]
    rows = " union all ".join(parts) or (
        "select null::varchar as person_key, null::varchar as given_name, null::varchar as family_name,"
        " null::varchar as birth_date, null::varchar as sex, null::varchar as unit, 0 as rank, 0 as load where false"
    )
    connection.execute(
        f"""
        create or replace temporary table person as
        select n.person_key, lower(trim(given_name)) as given_name, lower(trim(family_name)) as family_name, birth_date,
            case when lower(sex) in ('man', 'm', 'pojke') then 'M' when lower(sex) in ('kvinna', 'k', 'flicka') then 'K'
            end as sex, coalesce(n.unit, e.unit) as school_unit, a.normal as personnummer
        from (
            select *, row_number() over (partition by person_key order by rank, load desc, given_name, unit) as nth
            from ({rows}) where given_name is not null and family_name is not null
                and person_key not in (select person_key from vault.protected)
        ) as n
        left join ({_enrolled(lake, contracts)}) as e on e.person_key = n.person_key
        left join (select person_key, max(normal) as normal from vault.alias where kind = 'personnummer' group by 1)
            as a on a.person_key = n.person_key
        where nth = 1
        """
    )


def _named(lake: Lake, contract: DatasetContract) -> str:
    """A select of the persons that a dataset names, or nothing where nothing has been delivered."""
    table = lake.table(lake.raw(contract))
    stored = {column.name for column in contract.stored_columns}
    if not delta.exists(table):
        return ""
    own = contract.person_identifiers[0]
    number = "a.normal" if own.identifier == NUMBER else "null"
    born = f"{number}[:4] || '-' || {number}[5:6] || '-' || lpad(({number}[7:8]::integer % 60)::varchar, 2, '0')"
    odd = f"try_cast({number}[11:11] as integer) % 2 = 1"
    states = f"case when {odd} then 'man' when {number} is not null then 'kvinna' end"
    birth_date = "try_cast(r.birth_date as date)::varchar" if "birth_date" in stored else f"({born})"
    sex = "r.sex" if "sex" in stored else f"({states})"
    unit = "r.school_unit_code" if "school_unit_code" in stored else "null::varchar"
    rank = 0 if "birth_date" in stored else 1
    return (
        f"select a.person_key, r.given_name, r.family_name, {birth_date} as birth_date, {sex} as sex, {unit} as unit,"
        f" {rank} as rank, r._load as load from {delta.view_sql(table)} as r"
        f" join vault.alias as a on a.namespace = '{namespace(contract, own)}' and a.value = r.{own.name}"
    )


def _enrolled(lake: Lake, contracts: list[DatasetContract]) -> str:
    """A select of the school unit of each person's latest enrolment in the register."""
    tables = {c.name: lake.table(lake.raw(c)) for c in contracts if c.system == "ss12000"}
    if not all(name in tables and delta.exists(tables[name]) for name in ("enrolment", "organisation")):
        return "select null::varchar as person_key, null::varchar as unit where false"
    return f"""
        select a.person_key, arg_max(o.unit, (e._load, coalesce(e.start_date, ''))) as unit
        from {delta.view_sql(tables["enrolment"])} as e
        join (select organisation_id, arg_max(school_unit_code, _load) as unit
            from {delta.view_sql(tables["organisation"])} group by 1) as o on o.organisation_id = e.organisation_id
        join vault.alias as a on a.namespace = 'ss12000' and a.value = e.person_id
        group by 1
    """


def _same_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Temporary table `same_number`: persons whose register now gives them a real number that another person has."""
    connection.execute(
        f"""
        create or replace temporary table same_number as
        with numbered as (
            select s.person_key, arg_max(c.number, c.load) as number
            from vault.alias as s join vault.claim as c on c.namespace = s.namespace and c.value = s.value
            where s.person_key in (select person_key from vault.conflict union select other_key from vault.conflict)
            group by s.person_key, s.namespace, s.value having arg_max(c.kind, c.load) in {numbers.REAL}
        )
        select distinct least(c.person_key, o.person_key) as person_key,
            greatest(c.person_key, o.person_key) as other_key, 1.0::double as probability, 'person_number' as agrees,
            '' as differs, 'same_number' as rule
        from numbered as c
        join (select normal, person_key from vault.alias
            where namespace = '{NUMBER}' and normal in (select number from numbered)) as o on o.normal = c.number
        where c.person_key <> o.person_key
        """
    )
