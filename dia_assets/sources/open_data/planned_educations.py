"""Planned Educations v4: Skolverket's list of school units and the published statistics of each.

Pages are counted against `totalElements`; a list that changed while it was read is read again from its first page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DiaError, TransientError
from dia_assets.sources.brought import Brought
from dia_assets.sources.open_data.asking import MOST_PAGES, Asking, Page, question, strange_answer
from dia_assets.sources.pull import PullWriter

ACCEPT = "application/vnd.skolverket.plannededucations.api.v4.hal+json"
UNITS = "v4/school-units"
LARGEST_PAGE = 100  # the most that the interface gives
READINGS = 3


def bring(asking: Asking, contract: DatasetContract) -> Iterator[Brought]:
    """A pull of the dataset when it is due."""
    word = question(asking.municipalities)
    if not asking.is_due(contract, word):
        return
    path = asking.path(contract, word)
    listed = {municipality: _list_units(asking, municipality) for municipality in asking.municipalities}
    school_type = contract.fetch.get("school_type")
    with PullWriter(path) as pull:
        if school_type is None:
            for municipality, pages in listed.items():
                for page in pages:
                    pull.add(page.content, {"municipality_code": municipality}, page.url)
        else:
            _add_statistics(asking, pull, str(school_type), [page for pages in listed.values() for page in pages])
    rows = sum(len(_units(page)) for pages in listed.values() for page in pages) if school_type is None else None
    yield Brought((contract,), "new", path, expected_rows=rows)


def _add_statistics(asking: Asking, pull: PullWriter, school_type: str, pages: list[Page]) -> None:
    """The statistics of each unit that has the school form; a unit without any (404) has no page."""
    for unit in (unit for page in pages for unit in _units(page)):
        forms = {form.get("code") for form in unit.get("typeOfSchooling") or []}
        if school_type not in forms:
            continue
        code = str(unit["code"])
        answer = asking.get(f"{UNITS}/{code}/statistics/{school_type}", may_be_gone=True)
        if answer is not None:
            pull.add(answer.content, {"school_unit_code": code, "school_type": school_type}, answer.url)


def _list_units(asking: Asking, municipality: str) -> list[Page]:
    """All pages of a municipality's units, which hold exactly as many as the server says that there are."""
    for _ in range(READINGS):
        pages = _read_list(asking, municipality)
        if pages is not None:
            return pages
    raise TransientError(
        f"The list of school units changed {READINGS} times while it was read.",
        "Listan över skolenheter ändrades hela tiden medan den hämtades. Nästa körning försöker igen.",
    )


def _read_list(asking: Asking, municipality: str) -> list[Page] | None:
    """The pages, or None when the list changed meanwhile."""
    size = min(asking.source.page_size, LARGEST_PAGE)
    pages: list[Page] = []
    codes: list[str] = []
    total = None
    while total is None or len(codes) < total:
        asked = {"geographicalAreaCode": municipality, "page": str(len(pages)), "size": str(size), "sort": "name,asc"}
        page = asking.get(UNITS, asked)
        assert page is not None
        told = _total(asking, page)
        units = _units(page)
        if total not in (None, told) or (not units and len(codes) < told) or len(pages) >= MOST_PAGES:
            return None
        _refuse_other_municipality(units, municipality)
        total = told
        pages.append(page)
        codes += [str(unit.get("code")) for unit in units]
    return pages if len(codes) == len(set(codes)) == total else None


def _total(asking: Asking, page: Page) -> int:
    body = page.body.get("body")
    counted = body.get("page") if isinstance(body, dict) else None
    if not isinstance(counted, dict) or not isinstance(counted.get("totalElements"), int):
        raise strange_answer(asking.source)
    return int(counted["totalElements"])


def _units(page: Page) -> list[dict[str, Any]]:
    """The units of a page; one without any has no list at all."""
    embedded = page.body["body"].get("_embedded") or {}
    units: list[dict[str, Any]] = embedded.get("listedSchoolUnits") or []
    return units


def _refuse_other_municipality(units: list[dict[str, Any]], municipality: str) -> None:
    if any(unit.get("geographicalAreaCode") != municipality for unit in units):
        raise DiaError(
            "The list has units of another municipality than the one asked for.",
            "Skolverkets lista har skolenheter i en annan kommun än den tillfrågade: urvalet på kommun följdes inte."
            " Ingenting har tagits in. Hör med Skolverket.",
        )
