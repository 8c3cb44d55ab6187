"""A pull over SS 12000 against a bare loop that only downloads the same pages, and its memory against their number.

    python -m benchmarks ss12000

The server is a process of its own on the loopback, with every page rendered beforehand, so that it is the same cheap
opponent for both. Each measurement is a process too, timed from the first request to the finished file; the bare loop
knows every page's token, so it reads nothing of what it gets and keeps nothing.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import UUID

import click

from benchmarks.measure import PROJECT

PAGE = 500
PERSONS, QUICK_PERSONS = (10_000, 100_000), (500, 2_000)
WHAT = ("bare", "pull", "increment")
CHANGED = 0.01  # share of the persons that a day changes, at most a page of them
READ_TO, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def changed(persons: int) -> bytes:
    """The answer about a day's changes: one page."""
    few = [_person(number) for number in range(min(max(int(persons * CHANGED), 1), PAGE))]
    data = [{**person, "meta": {"created": LATER, "modified": LATER}} for person in few]
    return json.dumps({"data": data, "pageToken": None}, ensure_ascii=False).encode()


def rendered(persons: int) -> list[bytes]:
    """The answers of a register of that many pupils, page by page; about a kilobyte each, as real ones are."""
    pages = []
    for first in range(0, persons, PAGE):
        data = [_person(number) for number in range(first, min(first + PAGE, persons))]
        token = str(first // PAGE + 1) if first + PAGE < persons else None
        pages.append(json.dumps({"data": data, "pageToken": token}, ensure_ascii=False).encode())
    return pages


def _person(number: int) -> dict[str, object]:
    unit = {"id": str(UUID(int=10**9 + number // 400)), "displayName": f"Skola {number // 400}"}
    guardians = [str(UUID(int=2 * 10**9 + 2 * number + place)) for place in (0, 1)]
    when = f"2025-08-{1 + number % 28:02}T0{number % 10}:00:00Z"
    return {
        "id": str(UUID(int=number * 7_919_000_000_000_000_003 % 2**127)),
        "meta": {"created": when, "modified": when},
        "givenName": f"Elev{number % 977}",
        "familyName": f"Efternamn{number % 1_313}",
        "eduPersonPrincipalNames": [f"elev{number}@kommun.example"],
        "birthDate": f"{2008 + number % 12}-{1 + number % 12:02}-{1 + number % 28:02}",
        "sex": "Kvinna" if number % 2 else "Man",
        "securityMarking": "Ingen",
        "personStatus": "Aktiv",
        "emails": [{"value": f"elev{number}@kommun.example", "type": "Skola elev"}],
        "addresses": [
            {
                "type": "Folkbokföring",
                "streetAddress": f"Påhittade vägen {number % 90}",
                "locality": "Ingenstans",
                "postalCode": "000 00",
                "municipalityCode": 381,
            }
        ],
        "enrolments": [{"enroledAt": unit, "schoolType": "GR", "schoolYear": number % 10, "startDate": "2025-08-18"}],
        "responsibles": [{"person": {"id": guardian}, "relationType": "Vårdnadshavare"} for guardian in guardians],
    }


def bare(url: str, persons: int, _: Path) -> Callable[[], int]:
    """Download every page and forget it; the loop gives how many bytes they were."""
    import requests

    def download() -> int:
        total = 0
        with requests.Session() as session:
            for page in range(-(-persons // PAGE)):
                token = {"pageToken": str(page)} if page else {}
                answer = session.get(f"{url}/persons", params={"limit": str(PAGE), **token}, timeout=60)
                answer.raise_for_status()
                total += len(answer.content)
        return total

    return download


def pull(url: str, _: int, folder: Path, *, has_been_read: bool = False) -> Callable[[], int]:
    """The product's way, to the finished pull; gives its size. After a whole reading it asks for changes alone."""
    from dia_assets.contracts import load_contracts
    from dia_assets.ledger import Ledger
    from dia_assets.settings import Settings
    from dia_assets.sources import ss12000
    from dia_assets.sources.brought import Request
    from dia_assets.sources.config import Ss12000Source

    source = Ss12000Source(kind="ss12000", base_url=url, page_size=PAGE)
    settings = Settings(data=folder, sources={"ss12000": source})
    settings.lake.prepare()
    contracts, ledger = [load_contracts()["ss12000.person"]], Ledger(settings.lake.ledger)
    if has_been_read:
        whole = ledger.add_delivery(
            system="ss12000", dataset="person", file="persons_1.pull.zip", sha256="1", size=1, mode="full",
            received_at=datetime.now(UTC), landed_path=Path("landed"), watermark=READ_TO,
        )  # fmt: skip
        ledger.accept(whole.load, rows_read=1, rows_kept=1, rows_quarantined=0, raw_version=0)
    request = Request(settings, ledger, source, "ss12000", contracts, settings.lake.fetched, datetime.now(UTC))

    def fetch() -> int:
        (brought,) = ss12000.fetch(request)
        assert brought.path is not None, brought.message_sv
        return brought.path.stat().st_size

    return fetch


def measure_here(what: str, url: str, persons: int) -> dict[str, float]:
    """One measurement in this process, which has imported everything before it begins."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        has_been_read = what == "increment"
        way = bare(url, persons, folder) if what == "bare" else pull(url, persons, folder, has_been_read=has_been_read)
        began = time.perf_counter()
        size = way()
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "bytes": size, "peak_mb": peak}


@contextmanager
def serving(persons: int) -> Iterator[str]:
    """The server in a process of its own; gives its address."""
    command = [sys.executable, "-m", "benchmarks.ss12000", "--serve", str(persons)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()  # the server ends when nobody holds its input any more
            process.wait(timeout=30)


def measure(persons: tuple[int, ...], repeat: int) -> list[dict[str, float | str]]:
    """Both ways on each register, alternating; the median of the seconds and the highest peak."""
    results: list[dict[str, float | str]] = []
    for count in persons:
        found: dict[str, list[dict[str, float]]] = {what: [] for what in WHAT}
        with serving(count) as url:
            for _ in range(repeat):
                for what in WHAT:
                    found[what].append(_in_a_process(what, url, count))
        opponent = median(run["seconds"] for run in found["bare"])
        for what, runs in found.items():
            seconds = median(run["seconds"] for run in runs)
            results.append(
                {
                    "what": what,
                    "persons": count,
                    "megabytes": runs[0]["bytes"] / 1e6,
                    "seconds": seconds,
                    "ratio_to_bare": seconds / opponent,
                    "peak_mb": max(run["peak_mb"] for run in runs),
                }
            )
    return results


def _in_a_process(what: str, url: str, persons: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.ss12000", "--measure", what, "--url", url, "--persons", str(persons)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


@click.command()
@click.option("--serve", type=int, hidden=True)
@click.option("--measure", "what", type=click.Choice(WHAT), hidden=True)
@click.option("--url", default="", hidden=True)
@click.option("--persons", type=int, default=PERSONS[-1])
@click.option("--repeat", type=click.IntRange(1), default=3)
def main(serve: int | None, what: str | None, url: str, persons: int, repeat: int) -> None:
    """Measure one size and print it."""
    if serve is not None:
        from tests.servers.ss12000 import Ss12000Server

        with Ss12000Server(rendered={"persons": rendered(serve), "persons?changed": [changed(serve)]}) as server:
            click.echo(server.base_url)
            sys.stdin.read()
    elif what:
        click.echo(json.dumps(measure_here(what, url, persons)))
    else:
        for result in measure((persons,), repeat):
            click.echo(json.dumps(result))


if __name__ == "__main__":
    main()
