"""Kolada v3: values of chosen indicators per municipality and per school unit, with the published title of each.

Titles come from `/kpi`, never from a list of our own: an id that Kolada does not know, or that has another title than
the deployment file expects, is told. A path names at most 25 ids of a kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dia_assets.contracts import DatasetContract
from dia_assets.sources.brought import Brought
from dia_assets.sources.open_data.asking import Asking, Page, question, strange_answer
from dia_assets.sources.pull import PullWriter

MOST_IDS = 25
COUNTRY = "0000"
YEARS_BACK = 5


def bring(asking: Asking, contract: DatasetContract) -> Iterator[Brought]:
    """A pull of the dataset when it is due; none when the deployment file chooses no indicator for it."""
    level = str(contract.fetch["level"])
    indicators = _indicators(asking, level)
    word = question(level, indicators, _areas(asking), _years(asking), asking.source.unit_kinds)
    if not indicators or not asking.is_due(contract, word):
        return
    definitions = list(_definitions(asking, indicators))
    known = {str(kpi.get("id")): kpi for page in definitions for kpi in _values(asking, page)}
    pages = (
        definitions if level == "definition" else _data(asking, level, [name for name in indicators if name in known])
    )
    path = asking.path(contract, word)
    with PullWriter(path) as pull:
        rows = 0
        for page in pages:
            pull.add(page.content, {"level": level}, page.url)
            rows += _records(asking, page, level)
        is_empty = not pull.pages
    if is_empty:
        path.unlink()
    else:
        message = _told_of_titles(asking, known, indicators)
        yield Brought((contract,), "new", path, expected_rows=rows, message_sv=message)
    if unknown := [name for name in indicators if name not in known]:
        yield Brought((contract,), "failed", message_sv=_told_of_unknown(unknown))


def _indicators(asking: Asking, level: str) -> list[str]:
    source = asking.source
    chosen = {"municipality": source.indicators, "unit": source.unit_indicators}
    return sorted(set(chosen.get(level, source.indicators + source.unit_indicators)))


def _years(asking: Asking) -> list[str]:
    this = asking.request.moment.year
    return [str(year) for year in sorted(asking.source.years or range(this - YEARS_BACK, this + 1))]


def _areas(asking: Asking) -> list[str]:
    """The municipalities, and the country to compare with."""
    return sorted({*asking.municipalities, COUNTRY})


def _data(asking: Asking, level: str, indicators: list[str]) -> Iterator[Page]:
    if not indicators:
        return
    prefix, kind, ids = ("data", "municipality", _areas(asking)) if level == "municipality" else _units(asking)
    for some_indicators in _parts(indicators):
        for some_ids in _parts(ids):
            for years in _parts(_years(asking)):
                path = f"{prefix}/kpi/{','.join(some_indicators)}/{kind}/{','.join(some_ids)}/year/{','.join(years)}"
                yield from _get_all(asking, path)


def _units(asking: Asking) -> tuple[str, str, list[str]]:
    """The municipalities' units of the kinds that are wanted, as Kolada lists them."""
    found: set[str] = set()
    for municipality in asking.municipalities:
        for page in _get_all(asking, "ou", {"municipality": municipality}):
            found |= {str(unit.get("id")) for unit in _values(asking, page)}
    return "oudata", "ou", sorted(unit for unit in found if unit.startswith(asking.source.unit_kinds))


def _definitions(asking: Asking, indicators: list[str]) -> Iterator[Page]:
    """What Kolada says of the indicators; ids that it does not know are in none of the pages."""
    for some in _parts(indicators):
        pages = list(_get_all(asking, f"kpi/{','.join(some)}"))
        if not pages and len(some) > 1:  # one unknown id may make the whole question unknown
            pages = [page for name in some for page in _get_all(asking, f"kpi/{name}")]
        yield from pages


def _get_all(asking: Asking, path: str, parameters: dict[str, str] | None = None) -> Iterator[Page]:
    asked = {**(parameters or {}), "per_page": str(asking.source.page_size)}
    return asking.get_all(path, asked, may_be_gone=path.startswith("kpi/"))


def _values(asking: Asking, page: Page) -> list[dict[str, Any]]:
    values = page.body.get("values")
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise strange_answer(asking.source)
    return values


def _records(asking: Asking, page: Page, level: str) -> int:
    """How many records a page holds: a definition each, or a value per sex."""
    values = _values(asking, page)
    return len(values) if level == "definition" else sum(len(value.get("values") or []) for value in values)


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS))


def _told_of_titles(asking: Asking, known: dict[str, dict[str, Any]], indicators: list[str]) -> str:
    expected = asking.source.titles
    differ = [
        name
        for name in indicators
        if name in known and name in expected and str(known[name].get("title", "")).strip() != expected[name].strip()
    ]
    if not differ:
        return ""
    return (
        f"Kolada har en annan titel än deployment.yaml för {', '.join(differ)}. Värdena är hämtade med den publicerade"
        " titeln. Kontrollera att det är rätt mått och skriv in den nya titeln."
    )


def _told_of_unknown(unknown: list[str]) -> str:
    return (
        f"Kolada känner inte till {', '.join(unknown)}. Övriga nyckeltal är hämtade. Rätta eller ta bort dem i"
        " deployment.yaml."
    )
