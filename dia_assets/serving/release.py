"""What may be published tonight, compared with what has been published before (build nightly, publish by calendar).

A block is one audience × indicator family × period. It is published at once when its period has closed. After that it
stands for the rest of the publication cycle (a calendar month): a figure that moves from one night to the next would
tell about the pupil who made it move, such as one whose identity became protected that day. The exception is a change
in which every changed figure shows that at least `k_comp` pupils came or went. An audience that sees the pupils
themselves, a unit's own, also gets periods that are still open, and those move every night. The next cycle publishes
what is computed then, but not a closed period that few pupils have changed in since a mark of protected personal data
was set or lifted: no closed period is computed anew because of a mark, the difference between two months would be the
pupil. Blocks that are protected together are released together. Whether a block was held back is for the run's own log:
to publish it would tell that something changed.

The released table is an append-only Delta table and the memory of every value ever published. Of a unit's own figures,
which may be about a single pupil, only those that its principal has now are kept, in a file beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from deltalake import CommitProperties, DeltaTable, write_deltalake

from dia_assets.errors import DiaError

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BLOCK = ("audience", "family", "period")
CELL = (*BLOCK, "indicator_id", "level", "entity_code", "breakdown", "breakdown_value")
CONTENT = {
    "indicator_version": "VARCHAR",
    "period_closed_on": "DATE",
    "value": "DOUBLE",
    "mark": "VARCHAR",
    "n": "BIGINT",
    "n_mark": "VARCHAR",
    "policy_id": "VARCHAR",
}
RELEASE = {
    "publication_id": "VARCHAR",
    "run_id": "VARCHAR",
    "released_at": "TIMESTAMPTZ",
    "cycle": "VARCHAR",
    "quality_percent": "INTEGER",
}
REASONS_SV = {
    "new": "Perioden är avslutad och publiceras för första gången.",
    "cycle": "Ny publiceringsmånad: värdena publiceras som de räknats nu.",
    "revised": "Ändringen rör så många elever att den kan publiceras direkt.",
    "policy": "Reglerna för små tal har ändrats: värdena publiceras på nytt.",
    "unchanged": "Ingen ändring sedan den förra publiceringen.",
    "held": "Ändringen rör få elever och väntar: till nästa publiceringsmånad, eller tills den rör fler.",
    "gone": "Perioden räknas inte längre, och rektors uppgifter sparas inte.",
    "kept": "Perioden räknas inte längre; det som är publicerat står kvar.",
}
OWN = "released_units.parquet"  # beside the table: of audiences that see the pupils themselves, tonight's alone
SEES_PUPILS = "audience in (select p.audience from policy_now as p where p.sees_pupils)"
RELEASING = ("new", "cycle", "revised", "policy")


@dataclass(frozen=True)
class Decision:
    """What happens to one block tonight; `verdict` is a key of `REASONS_SV`."""

    audience: str
    family: str
    period: str
    verdict: str
    cells: int
    changed: int

    @property
    def released(self) -> bool:
        """Whether tonight's figures replace what stood there before."""
        return self.verdict in RELEASING

    @property
    def reason_sv(self) -> str:
        """The reason in Swedish, for the run's own log."""
        return REASONS_SV[self.verdict]


def cycle_of(now: datetime) -> str:
    """The publication cycle: the calendar month in Sweden, `2026-06`."""
    return f"{now.astimezone(STOCKHOLM):%Y-%m}"


def release(
    connection: duckdb.DuckDBPyConnection,
    released: Path,
    *,
    publication_id: str,
    run_id: str,
    now: datetime,
    marked_at: datetime | None = None,
    quality: Mapping[str, int] | None = None,
) -> list[Decision]:
    """Decide every block, append what is released to the Delta table `released`, and make table `published_cell`.

    `connection` has the gated database attached as `lakehouse`. `published_cell` then holds every figure that is
    public from now on; what the register no longer lets an audience have is not among them, whenever it was released.
    Run twice with the same figures, the second run releases nothing.
    `marked_at`: when somebody's mark of protected personal data was last set or lifted.
    `quality` is each family's quality level (0–100) tonight; it stays with the figures that are released with it.
    """
    cycle = cycle_of(now)
    _computed(connection)
    _released(connection, released)
    _policy(connection, now)
    decisions = _decide(connection, cycle, now.astimezone(STOCKHOLM).date(), marked_at)
    connection.execute("create or replace temp table family_quality (family varchar, quality_percent integer)")
    if quality:
        connection.executemany("insert into family_quality values (?, ?)", list(quality.items()))
    connection.execute(
        f"""
        create or replace temp table released_tonight as
        select {", ".join(f"c.{name}" for name in (*CELL, *CONTENT))},
            ?::varchar as publication_id, ?::varchar as run_id, ?::timestamptz as released_at, ?::varchar as cycle,
            q.quality_percent
        from computed_cell as c
        join block_decision as d using ({", ".join(BLOCK)})
        left join family_quality as q using (family)
        where d.verdict in {RELEASING}
        order by {", ".join(CELL)}
        """,
        [publication_id, run_id, now, cycle],
    )
    _published(connection)
    rows = connection.execute(f"select * from released_tonight where not {SEES_PUPILS}").to_arrow_table()
    if rows.num_rows:
        metadata = {"dia.publication_id": publication_id, "dia.run_id": run_id}
        properties = CommitProperties(custom_metadata=metadata)
        write_deltalake(str(released), rows, mode="append", schema_mode="merge", commit_properties=properties)
    _keep_own(connection, released)
    return decisions


def _keep_own(connection: duckdb.DuckDBPyConnection, released: Path) -> None:
    """Keep what principals have now, and nothing of what they had: their figures may be about a single pupil."""
    file = released.with_name(OWN)
    half = file.with_suffix(".half")
    half.unlink(missing_ok=True)
    released.parent.mkdir(parents=True, exist_ok=True)
    connection.sql(f"select * from published_cell where {SEES_PUPILS}").write_parquet(str(half), compression="zstd")
    half.replace(file)


def _published(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `published_cell`: released tonight or before, for the audiences that the register gives each indicator."""
    connection.execute(
        f"""
        create or replace temp table published_cell as
        with register as (
            select indicator_id, ' ' || arg_max(audiences, version::integer) || ' ' as audiences
            from lakehouse.reference.ref_indicator group by indicator_id
        ),
        cell as (
            select * from released_tonight
            union all
            select r.* from released_cell as r join block_decision as d using ({", ".join(BLOCK)})
            where d.verdict <> 'gone' and d.verdict not in {RELEASING}
        )
        select cell.* from cell left join register using (indicator_id)
        where coalesce(register.audiences like '% ' || cell.audience || ' %', true)
        """
    )


def _computed(connection: duckdb.DuckDBPyConnection) -> None:
    columns = [f"coalesce(cast({name} as varchar), 'all') as {name}" for name in CELL]
    columns += [f"cast({name} as {kind}) as {name}" for name, kind in CONTENT.items()]
    connection.execute(
        f"create or replace temp table computed_cell as select {', '.join(columns)} "
        "from lakehouse.marts.pub_indicator_value"
    )
    twice = connection.execute(
        f"select count(*) from (select 1 from computed_cell group by {', '.join(CELL)} having count(*) > 1)"
    ).fetchone()
    if twice and twice[0]:
        raise DiaError(
            f"pub_indicator_value has {twice[0]} figures with more than one row; nothing was published.",
            f"{twice[0]} uppgifter finns i flera exemplar i resultattabellen; inget har publicerats.",
        )


def _released(connection: duckdb.DuckDBPyConnection, released: Path) -> None:
    """Table `released_cell`: of every block what was released last."""
    columns = {**dict.fromkeys(CELL, "VARCHAR"), **CONTENT, **RELEASE}
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"create or replace temp table released_cell ({typed})")
    if files := _files(released):
        connection.execute(
            f"""
            insert into released_cell by name
            with latest as (
                select {", ".join(BLOCK)}, max(publication_id) as publication_id
                from read_parquet($files, union_by_name = true) group by all
            )
            select r.* from read_parquet($files, union_by_name = true) as r
            join latest using ({", ".join(BLOCK)}, publication_id)
            """,
            {"files": files},
        )

    own = released.with_name(OWN)
    if own.is_file():
        connection.execute("insert into released_cell by name select * from read_parquet(?)", [str(own)])


def last_released_id(connection: duckdb.DuckDBPyConnection, released: Path) -> list[str]:
    """The id of the latest publication that released anything, if there is one."""
    files = _files(released)
    rows = connection.execute("select max(publication_id) from read_parquet(?)", [files]).fetchall() if files else []
    return [row[0] for row in rows if row[0]]


def _files(released: Path) -> list[str]:
    return DeltaTable(str(released)).file_uris() if DeltaTable.is_deltatable(str(released)) else []


def _policy(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Tables `policy_now` and `least_now`: each audience's limits on the day, and the least number of each indicator.

    An audience without limits stops the publication.
    """
    connection.execute(
        """
        create or replace temp table policy_now as
        select audience, arg_max(policy_id, valid_from) as policy_id,
            arg_max(k_min, valid_from)::bigint as k_min, arg_max(k_comp, valid_from)::bigint as k_comp,
            arg_max(k_mean, valid_from)::bigint as k_mean,
            arg_max(sees_pupils, valid_from)::boolean as sees_pupils
        from lakehouse.reference.ref_suppression_policy
        where valid_from::date <= $day and coalesce(valid_to::date > $day, true) group by audience
        """,
        {"day": now.astimezone(STOCKHOLM).date()},
    )
    connection.execute(
        """
        create or replace temp table least_now as
        select p.audience, i.indicator_id,
            coalesce(l.least::bigint, case when i.kind in ('mean', 'ratio') then p.k_mean else p.k_min end) as least
        from policy_now as p
        cross join (select distinct indicator_id, counts, kind from lakehouse.reference.ref_indicator) as i
        left join lakehouse.reference.ref_least_number as l on p.policy_id = l.policy_id and i.counts = l.counts
        """
    )
    without = connection.execute(
        "select distinct audience from computed_cell where audience not in (select audience from policy_now)"
    ).fetchall()
    if without:
        raise DiaError(
            f"ref_suppression_policy has no valid row for: {sorted(row[0] for row in without)}; nothing was published.",
            "Regler för små tal saknas för en läsargrupp; inget har publicerats.",
        )


def _decide(connection: duckdb.DuckDBPyConnection, cycle: str, day: date, marked_at: datetime | None) -> list[Decision]:
    """Table `block_decision`: what happens to each block; blocks that are protected together are decided together."""
    _compare(connection, day)
    connection.execute(
        """
        create or replace temp table block_decision as
        with tie as (
            select distinct own.family, other.family as widest, coalesce(own.later_years::integer, 0) as years
            from lakehouse.reference.ref_indicator as own
            join lakehouse.reference.ref_indicator as other
                on other.indicator_id = coalesce(own.among_indicator_id, own.later_of_indicator_id)
        ),
        tied as (
            select b.*, coalesce(t.widest, b.family) as widest, case when coalesce(t.years, 0) = 0 then b.period
                else printf('%d/%02d', b.period[:4]::integer - t.years, (b.period[:4]::integer - t.years + 1) % 100)
                end as together
            from block_change as b left join tie as t using (family)
        ),
        summed as (
            select *,
                max(cycle) over same as latest_cycle,
                bool_or(breaks_policy) over same as any_breaks_policy,
                bool_or(is_computed and not is_released) over same as has_new,
                coalesce(sum(changed) filter (where is_released) over same, 0) as all_changed,
                coalesce(sum(changed_by_few) filter (where is_released) over same, 0) as all_by_few,
                coalesce(max(released_at) over same < $marked_at, false) and not sees_pupils as marks_since
            from tied window same as (partition by audience, widest, together)
        )
        select *,
            case
                when not is_computed and sees_pupils then 'gone'
                when not is_computed then 'kept'
                when not is_released and (all_by_few = 0 or latest_cycle < $cycle) then 'new'
                when not is_released then 'held'
                when latest_cycle < $cycle and (has_new or not marks_since or all_by_few = 0) then 'cycle'
                when any_breaks_policy then 'policy'
                when all_changed = 0 then 'unchanged'
                when all_by_few = 0 then 'revised'
                else 'held'
            end as verdict
        from summed
        """,
        {"cycle": cycle, "marked_at": marked_at},
    )
    rows = connection.execute(
        f"select {', '.join(BLOCK)}, verdict, cells, changed from block_decision order by {', '.join(BLOCK)}"
    ).fetchall()
    return [Decision(*row) for row in rows]


def _compare(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """Table `block_change`: of each block how much is computed otherwise tonight than what was released last."""
    same = " and ".join(f"c.{name} is not distinct from r.{name}" for name in CONTENT)
    connection.execute(
        f"""
        create or replace temp table block_change as
        with cell as (
            select {", ".join(CELL)},
                c.audience is not null as is_computed,
                r.audience is not null as is_released,
                c.audience is null or r.audience is null or not ({same}) as is_changed,
                case
                    when p.sees_pupils then coalesce(coalesce(c.period_closed_on, r.period_closed_on) > $day, false)
                    else coalesce(abs(c.n - r.n) >= p.k_comp, false)
                end as shows_many,
                coalesce(p.sees_pupils, false) as sees_pupils,
                r.n between 1 and coalesce(l.least, p.k_min) - 1 or r.policy_id <> p.policy_id as breaks_policy,
                r.cycle,
                r.released_at
            from (select *, true as here from computed_cell) as c
            full join released_cell as r using ({", ".join(CELL)})
            left join policy_now as p using (audience)
            left join least_now as l using (audience, indicator_id)
        )
        select {", ".join(BLOCK)}, max(cycle) as cycle, max(released_at) as released_at,
            bool_or(is_computed) as is_computed, bool_or(is_released) as is_released,
            coalesce(bool_or(breaks_policy), false) as breaks_policy,
            bool_or(sees_pupils) as sees_pupils,
            count(*) filter (where is_computed) as cells,
            count(*) filter (where is_changed) as changed,
            count(*) filter (where is_changed and not shows_many) as changed_by_few
        from cell group by {", ".join(BLOCK)}
        """,
        {"day": day},
    )
