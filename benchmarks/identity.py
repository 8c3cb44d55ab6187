"""The vault from nothing against one hash join of the same rows, an increment, and possible duplicates as persons grow.

    python -m benchmarks identity

Two systems know the same made-up persons: each has an id of its own for everyone, and the person's number, so a million
persons have three million identifiers. The join ties the same identifiers to their persons in DuckDB with the same
memory, and writes nothing. Each measurement is a process of its own. The numbers are Skatteverket's test series.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from benchmarks.measure import PROJECT

if TYPE_CHECKING:
    import duckdb

    from dia_assets.settings import Settings

PERSONS, QUICK_PERSONS = 1_000_000, 20_000
LINKED, QUICK_LINKED = (50_000, 100_000, 200_000), (2_000, 4_000)
MEMORY = "2GB"
WHAT = ("join", "scratch", "increment", "linkage")
# Of a running number n: a day from 1889 on (20 numbers a day in the series 980–999), and the check digit.
_NUMBER = "strftime(date '1889-06-01' + (n // 20)::integer, '%Y%m%d') || (980 + n % 20)"
_TWELVE = "stem || luhn_of(stem[3:]::bigint)"
SYSTEMS = {"ss12000.person": ("person_id", "civic_number"), "oneroster.user": ("user_id", "civic_number")}


def deliver(settings: Settings, first: int, count: int) -> None:
    """Accepted deliveries of both systems, with these running numbers as persons, as landing would have left them."""
    import duckdb
    import pyarrow.parquet as pq

    from dia_assets import delta
    from dia_assets.contracts import load_contracts
    from dia_assets.identity import numbers
    from dia_assets.ledger import Ledger

    ledger = Ledger(settings.lake.ledger)
    with duckdb.connect() as connection:
        numbers.install(connection)
        for key, (id_name, number_name) in SYSTEMS.items():
            contract = load_contracts()[key]
            delivery = ledger.add_delivery(
                system=contract.system, dataset=contract.name, file=f"{first}", sha256=f"{key}{first}", size=1,
                received_at=datetime.now(UTC), landed_path=Path("landed"), mode="changes" if first else "full",
            )  # fmt: skip
            table = settings.lake.raw(contract)
            table.mkdir(parents=True, exist_ok=True)
            file = table / f"part-{delivery.load}.parquet"
            made = {id_name: f"md5('{key}' || n)", number_name: _TWELVE}
            columns = ", ".join(f"{made.get(c.name, 'null::varchar')} as {c.name}" for c in contract.stored_columns)
            connection.execute(
                f"copy (select {columns}, 'f' as _file, n as _row, {delivery.load}::bigint as _load from"
                f" (select n, {_NUMBER} as stem from range({first}, {first + count}) as r(n)))"
                f" to '{file}' (format parquet)"
            )
            delta.commit_files(table, [file], pq.read_schema(file), f"load-{delivery.load}", {})
            ledger.accept(delivery.load, rows_read=count, rows_kept=count, rows_quarantined=0, raw_version=0)


def resolve(settings: Settings) -> Any:
    """One resolution of all that is new, written to the vault."""
    from dia_assets.contracts import load_contracts
    from dia_assets.identity import vault
    from dia_assets.ledger import Ledger

    contracts = load_contracts()
    chosen = [contracts[key] for key in SYSTEMS]
    return vault.resolve(settings, settings.lake, Ledger(settings.lake.ledger), chosen, datetime.now(UTC))


def settings_of(folder: Path) -> Settings:
    from dia_assets.settings import Settings

    settings = Settings(data=folder, memory_limit=MEMORY, threads=2)
    settings.lake.prepare()
    return settings


def measure_join(persons: int) -> float:
    """Seconds of one hash join of three million identifiers with what each stands for."""
    from dia_assets.engine import connect

    with tempfile.TemporaryDirectory() as folder, connect(settings_of(Path(folder))) as connection:
        connection.execute(
            f"create table known as select md5(k || n) as value, n as person from range({persons}) as r(n),"
            " (values ('a'), ('b'), ('c')) as kinds(k)"
        )
        connection.execute("create table named as select value from known order by hash(value)")
        began = time.perf_counter()
        connection.execute(
            "create table joined as select named.value, known.person from named join known using (value)"
        )
        return time.perf_counter() - began


def measure_vault(what: str, persons: int) -> float:
    """Seconds of a resolution from nothing, or of one per cent more."""
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(Path(folder))
        deliver(settings, 0, persons)
        seconds, more = 0.0, max(persons // 100, 1)
        for first, count in ((0, persons), (persons - more, 2 * more)) if what == "increment" else ((0, persons),):
            if first:
                deliver(settings, first + more, count - more)
            began = time.perf_counter()
            report = resolve(settings)
            seconds = time.perf_counter() - began
            assert report.new_persons == (more if first else persons), report
        assert report.identifiers == 3 * report.persons
        return seconds


def measure_linkage(persons: int) -> tuple[float, dict[str, float]]:
    """Seconds to propose pairs among so many persons, with the share of true doublets proposed and how many are not."""
    from dia_assets.engine import connect
    from dia_assets.identity import linkage
    from dia_assets.synthetic.doublets import people

    table, truth = people(persons, seed=1)
    with tempfile.TemporaryDirectory() as folder, connect(settings_of(Path(folder))) as connection:
        connection.register("made", table)
        connection.register("truth", truth)
        connection.execute("create temporary table person as select * from made")
        began = time.perf_counter()
        proposed = linkage.propose(connection)
        seconds = time.perf_counter() - began
        return seconds, _judged(connection, proposed)


def _judged(connection: duckdb.DuckDBPyConnection, proposed: str) -> dict[str, float]:
    row = connection.execute(
        f"select count(p.person_key), count(*) from truth left join {proposed} as p using (person_key, other_key)"
    ).fetchone()
    total = connection.execute(f"select count(*) from {proposed}").fetchone()
    assert row and total
    return {"recall": row[0] / row[1], "untrue": total[0] - row[0], "proposed": total[0]}


def measure(persons: int, linked: tuple[int, ...], repeat: int) -> list[dict[str, Any]]:
    """Every measurement `repeat` times, each in a process; the median of seconds and the highest peak."""
    results = []
    for what, count in [
        ("join", persons),
        ("scratch", persons),
        ("increment", persons),
        *(("linkage", n) for n in linked),
    ]:
        runs = []
        for _ in range(repeat):
            command = [sys.executable, "-m", "benchmarks.identity", what, str(count)]
            done = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
            runs.append(json.loads(done.stdout.splitlines()[-1]))
        seconds, peak = median(run["seconds"] for run in runs), max(run["peak_mb"] for run in runs)
        results.append({**runs[0], "seconds": seconds, "peak_mb": peak})
    return results


@click.command()
@click.argument("what", type=click.Choice(WHAT))
@click.argument("persons", type=int)
def main(what: str, persons: int) -> None:
    """One measurement, printed as JSON."""
    judged: dict[str, float] = {}
    if what == "join":
        seconds = measure_join(persons)
    elif what == "linkage":
        seconds, judged = measure_linkage(persons)
    else:
        seconds = measure_vault(what, persons)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(json.dumps({"what": what, "persons": persons, "seconds": seconds, "peak_mb": peak, **judged}))


if __name__ == "__main__":
    main()
