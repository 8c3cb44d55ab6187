"""One publication per audience from a database that has passed every gate: Parquet, a DuckDB file, pages, one switch.

The caller vouches for the gates. What may be published is decided in `release`; what the tables mean stands in
`tables`; how the pages look is the matter of `pages`. A run that dies here leaves the last publication as it was.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from dia_assets.contracts import DatasetContract
from dia_assets.engine import connect
from dia_assets.errors import DiaError
from dia_assets.identity.vault import MARKED_AT
from dia_assets.ledger import Ledger
from dia_assets.pages.render import Site, render_pages
from dia_assets.serving import folders, gap, night, tables
from dia_assets.serving.access import AUDIENCE, publish_access
from dia_assets.serving.certainty import tell_certainty
from dia_assets.serving.freshness import freshness
from dia_assets.serving.release import STOCKHOLM, Decision, cycle_of, last_released_id, release
from dia_assets.serving.units import publish_units
from dia_assets.settings import Lake, Settings

log = logging.getLogger(__name__)

DATABASE = "skoldata.duckdb"
FIGURES = {f"parquet/{table.name}.parquet" for table in (tables.INDICATOR_VALUE, tables.SEX_GAP, tables.INDICATOR)}
STORAGE_VERSION = "v1.2.0"  # read by every DuckDB from 1.2 on, so by today's BI tools


@dataclass(frozen=True)
class Run:
    """The run that publishes: its id, the time it believes it is, the program's version."""

    run_id: str
    now: datetime
    code_version: str


@dataclass(frozen=True)
class Publication:
    """What was published for one audience, and what was not.

    Of the audience `unit`, which has a folder for every school unit, rows are counted by unit instead of by table.
    """

    audience: str
    publication_id: str
    folder: Path
    rows: dict[str, int]
    unchanged_files: tuple[str, ...]
    decisions: tuple[Decision, ...]

    @property
    def released(self) -> list[Decision]:
        """Blocks whose figures are new tonight."""
        return [decision for decision in self.decisions if decision.released]

    @property
    def held(self) -> list[Decision]:
        """Blocks with a change that waits for the next cycle. For the run's log, not for readers."""
        return [decision for decision in self.decisions if decision.verdict == "held"]


def publish(
    settings: Settings,
    lake: Lake,
    database: Path,
    run: Run,
    contracts: Mapping[str, DatasetContract],
    ledger: Ledger,
) -> list[Publication]:
    """Publish for every audience what `database` (all gates passed, nobody else writing) gives leave to.

    Each audience's `current` link is switched when its whole folder is ready. Raises `DiaError` when the last look
    finds something that must not be published; readers then keep the publication they have.
    """
    for audience in tables.AUDIENCES:
        if left := folders.sweep(lake.serving(audience)):
            log.warning("removed %d half-made publications of audience %s", left, audience)
    lake.spill.mkdir(parents=True, exist_ok=True)
    with connect(settings) as connection, _attached(connection, database, "lakehouse", "read_only"):
        publication_id = _next_id(lake, connection, run.now)
        decisions = release(
            connection,
            lake.released,
            publication_id=publication_id,
            run_id=run.run_id,
            now=run.now,
            marked_at=datetime.fromisoformat(told) if (told := ledger.fact(MARKED_AT)) else None,
            quality=night.family_quality(ledger.check_states()),
        )
        _refuse_unsafe(connection)
        tell_certainty(connection)
        made_up = _made_up_name(settings, lake)
        site = Site(
            municipality=_name_municipality(settings, connection, made_up),
            is_synthetic=made_up is not None,
            contracts=contracts,
        )
        made = []
        asked = {system for system, source in settings.sources.items() if source.kind != "folder"}
        for audience in tables.AUDIENCES:
            rows = _tonight(audience, publication_id, run, contracts, ledger, asked)
            folder, counts, unchanged = _publish_one(settings, lake, connection, audience, publication_id, rows, site)
            own = tuple(decision for decision in decisions if decision.audience == audience)
            made.append(Publication(audience, publication_id, folder, counts, unchanged, own))
        moment = rows[tables.PUBLICATION.name][0] | {"audience": tables.UNIT}
        own = tuple(decision for decision in decisions if decision.audience == tables.UNIT)
        root = lake.serving(tables.UNIT)
        of_units = publish_units(connection, root, publication_id, settings.keep_publications, site, moment)
        counts = {one.school_unit_code: one.rows for one in of_units}
        unchanged = tuple(one.school_unit_code for one in of_units if not one.is_new)
        made.append(Publication(tables.UNIT, publication_id, root, counts, unchanged, own))
        publish_access(
            connection,
            lake.serving(AUDIENCE),
            lake.analyst_secrets,
            settings.analysts,
            publication_id=publication_id,
            today=run.now.astimezone(STOCKHOLM).date(),
        )
        return made


def _next_id(lake: Lake, connection: duckdb.DuckDBPyConnection, now: datetime) -> str:
    """Publications are numbered in one sequence, so that their names sort in the order they were made."""
    known = [path.name for audience in tables.AUDIENCES for path in folders.versions(lake.serving(audience))]
    known += last_released_id(connection, lake.released)
    last = max((int(name.split("-")[0]) for name in known), default=0)
    return f"{last + 1:06d}-{now.astimezone(STOCKHOLM):%Y-%m-%d}"


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, path: Path, alias: str, option: str) -> Iterator[None]:
    quoted = str(path).replace("'", "''")
    connection.execute(f"attach '{quoted}' as {alias} ({option})")
    try:
        yield
    finally:
        connection.execute(f"detach {alias}")


def _refuse_unsafe(connection: duckdb.DuckDBPyConnection) -> None:
    """The last look before anything is written: no figure on few pupils, no value beside a mark."""
    few, both = connection.execute(
        """
        select count(*) filter (where c.n between 1 and coalesce(l.least, p.k_min) - 1),
            count(*) filter (where c.mark is not null and c.value is not null)
        from published_cell as c
        join policy_now as p using (audience)
        left join least_now as l using (audience, indicator_id)
        """
    ).fetchone() or (0, 0)
    if few or both:
        raise DiaError(
            f"{few} figures on too few pupils and {both} values beside a mark were about to be published; "
            "nothing was, and the last publication stays. Look at marts.pub_indicator_value.",
            f"{few} uppgifter om för få elever och {both} värden som skulle ha dolts var på väg ut. "
            "Inget har publicerats; den förra publiceringen gäller.",
        )


def _made_up_name(settings: Settings, lake: Lake) -> str | None:
    """The name of the made-up municipality, where that is what is published."""
    file = lake.synthetic / "municipality.json"
    if settings.sources or not file.is_file():
        return None
    return str(json.loads(file.read_text(encoding="utf-8"))["name"])


def _name_municipality(settings: Settings, connection: duckdb.DuckDBPyConnection, made_up: str | None) -> str:
    """Table `named_municipality`, in which a made-up one has its own name and no real one's; gives the own name."""
    connection.execute(
        """
        create or replace temp table named_municipality as
        select municipality_code, case municipality_code when $code then coalesce($made_up, name_sv) else name_sv end
            as name_sv
        from lakehouse.reference.ref_municipality
        """,
        {"code": settings.municipality_code, "made_up": made_up},
    )
    own = connection.execute(
        "select name_sv from named_municipality where municipality_code = ?", [settings.municipality_code]
    ).fetchone()
    return str(own[0]) if own else settings.municipality_code


def _tonight(
    audience: str,
    publication_id: str,
    run: Run,
    contracts: Mapping[str, DatasetContract],
    ledger: Ledger,
    asked: Collection[str],
) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table that has no query."""
    deliveries, states = ledger.deliveries(), ledger.check_states()
    contacts = ledger.contacts()
    fresh = freshness(contracts, deliveries, run.now, contacts)
    return {
        tables.FRESHNESS.name: [_columns(tables.FRESHNESS, item) for item in fresh],
        tables.FRESHNESS_PART.name: [_columns(tables.FRESHNESS_PART, part) for item in fresh for part in item.parts],
        tables.SOURCE_CONTACT.name: night.source_contacts(contracts, contacts, asked),
        tables.QUALITY.name: night.quality(states, contracts),
        tables.QUALITY_RULE.name: night.quality_rules(states, contracts),
        tables.DELIVERY.name: night.deliveries_to_tell(contracts, deliveries, run.now),
        tables.PUBLICATION.name: [
            {
                "publication_id": publication_id,
                "audience": audience,
                "run_id": run.run_id,
                "published_at": run.now,
                "cycle": cycle_of(run.now),
                "code_version": run.code_version,
            }
        ],
        **night.descriptions(audience),
    }


def _columns(table: tables.Table, item: object) -> dict[str, Any]:
    """What a table publishes of a record."""
    return {column.name: getattr(item, column.name) for column in table.columns}


def _publish_one(
    settings: Settings,
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    audience: str,
    publication_id: str,
    rows: dict[str, list[dict[str, Any]]],
    site: Site,
) -> tuple[Path, dict[str, int], tuple[str, ...]]:
    """Build the folder beside the others, then switch. Gives the folder, rows per table, files equal to last time's."""
    serving = lake.serving(audience)
    gap.remember(connection, folders.current_version(serving))
    with folders.building(serving, publication_id) as folder:
        shown = tables.tables_for(audience)
        counts = {t.name: _write_parquet(connection, t, audience, rows.get(t.name, []), folder) for t in shown}
        before = folders.current_version(serving)
        unchanged = folders.link_unchanged(folder, before, [f"parquet/{table.name}.parquet" for table in shown])
        with _attached(connection, folder / DATABASE, "publication", f"storage_version '{STORAGE_VERSION}'"):
            for table in shown:
                _pack(connection, table, folder)
            connection.execute("checkpoint publication")
            render_pages(connection, folder, audience, site, before if set(unchanged) >= FIGURES else None)
    removed = folders.prune(serving, settings.keep_publications)
    log.info(
        "published %s for %s: %d rows, %d of %d tables unchanged, %d old versions removed",
        publication_id, audience, sum(counts.values()), len(unchanged), len(shown), removed,
    )  # fmt: skip
    return serving / "versions" / publication_id, counts, tuple(unchanged)


def _write_parquet(
    connection: duckdb.DuckDBPyConnection,
    table: tables.Table,
    audience: str,
    rows: list[dict[str, Any]],
    folder: Path,
) -> int:
    """Fill one table by its contract and write it; give its rows. Only the contract's columns can come through."""
    typed = ", ".join(f"cast({column.name} as {column.type}) as {column.name}" for column in table.columns)
    name = f"out_{table.name}"
    order = ", ".join(table.order_by)
    if table.query:
        sql = f"create or replace temp table {name} as select {typed} from ({table.query}) order by {order}"
        connection.execute(sql, {"audience": audience} if "$audience" in table.query else None)
    else:
        columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
        connection.execute(f"create or replace temp table {name} ({columns})")
        if rows:
            made = pa.Table.from_pylist(rows)
            connection.register("made", made)
            connection.execute(f"insert into {name} by name select {typed} from made order by {order}")
            connection.unregister("made")
    path = folder / "parquet" / f"{table.name}.parquet"
    path.parent.mkdir(exist_ok=True)
    connection.table(name).write_parquet(str(path), compression="zstd")
    found = connection.execute(f"select count(*) from {name}").fetchone()
    connection.execute(f"drop table {name}")
    return int(found[0]) if found else 0


def _pack(connection: duckdb.DuckDBPyConnection, table: tables.Table, folder: Path) -> None:
    """Put one table of the publication into its DuckDB file, with its Swedish texts as comments."""
    name = f"publication.main.{table.name}"
    path = folder / "parquet" / f"{table.name}.parquet"
    connection.execute(f"create table {name} as select * from read_parquet(?)", [str(path)])
    connection.execute(f"comment on table {name} is {_text(f'{table.label_sv}. {table.description_sv}')}")
    for column in table.columns:
        text = _text(f"{column.label_sv}. {column.description_sv}")
        connection.execute(f"comment on column {name}.{column.name} is {text}")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
