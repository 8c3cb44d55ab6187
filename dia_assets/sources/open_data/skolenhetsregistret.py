"""Skolenhetsregistret v2: the state of each school unit of a municipality on given days.

The list gives the units, the details their state on a day (`search_date`). A past day is asked for once; today's state
again and again. One pull per municipality and day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DiaError
from dia_assets.sources.brought import Brought
from dia_assets.sources.open_data.asking import Asking, strange_answer
from dia_assets.sources.pull import PullWriter

UNITS = "v2/school-units"
MEASURE_DAY = (10, 15)  # the day of the year on which pupils and staff are counted


def bring(asking: Asking, contract: DatasetContract) -> Iterator[Brought]:
    """A pull per municipality and day that has not been asked for yet, and today's state when it is due."""
    names = [item.file for item in asking.request.ledger.deliveries(contract.key) if item.status != "refused"]
    for municipality in asking.municipalities:
        past = [day for day in past_days(asking) if not any(f"_{municipality}_{day}_" in name for name in names)]
        days = past + ([asking.today] if asking.is_due(contract, f"_{municipality}_") else [])
        if not days:
            continue
        codes = _codes(asking, municipality)
        for day in days:
            yield _state(asking, contract, municipality, day, codes)


def past_days(asking: Asking) -> list[date]:
    """The days in the past that the deployment file asks for, earliest first."""
    today, source = asking.today, asking.source
    years = range(source.first_year, today.year + 1) if source.first_year else ()
    days = {*source.dates, *(date(year, *MEASURE_DAY) for year in years)}
    return sorted(day for day in days if day < today)


def _codes(asking: Asking, municipality: str) -> list[str]:
    page = asking.get(UNITS, {"municipality_code": municipality})
    data = page.body.get("data") if page else None
    units = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(units, list) or not all(isinstance(unit, dict) and unit.get("schoolUnitCode") for unit in units):
        raise strange_answer(asking.source)
    return sorted({str(unit["schoolUnitCode"]) for unit in units})


def _state(asking: Asking, contract: DatasetContract, municipality: str, day: date, codes: list[str]) -> Brought:
    """The state of the units on a day; a unit that was not there then (404) has no row."""
    path = asking.path(contract, municipality, day.isoformat())
    asked = {"search_date": day.isoformat(), "municipality_code": municipality}
    is_today = day == asking.today
    with PullWriter(path) as pull:
        for code in codes:
            page = asking.get(f"{UNITS}/{code}", {"search_date": day.isoformat()}, may_be_gone=True)
            if page is None:
                continue
            if is_today:
                _refuse_other_municipality(page.body, municipality)
            pull.add(page.content, {**asked, "school_unit_code": code}, page.url)
        found = pull.pages
    return Brought((contract,), "new", path, expected_rows=found, watermark=day.isoformat())


def _refuse_other_municipality(body: dict[str, object], municipality: str) -> None:
    data = body.get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    code = attributes.get("municipalityCode") if isinstance(attributes, dict) else None
    if code not in (None, municipality):
        raise DiaError(
            "The register answered about another municipality than the one asked for.",
            "Skolenhetsregistret svarade med en annan kommun än den tillfrågade: urvalet på kommun följdes inte."
            " Ingenting har tagits in. Hör med Skolverket.",
        )
