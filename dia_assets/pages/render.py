"""Fill the templates and write the pages into a publication's folder; which page shows what is decided here."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from dia_assets.pages import context, swedish, unit, words
from dia_assets.pages.context import Site

__all__ = ["Site", "render_pages", "render_unit"]

HERE = Path(__file__).parent
STYLE = "skoldata.css"
MENU = (
    ("index.html", "Start"),
    ("indikatorer.html", "Indikatorer"),
    ("aktualitet.html", "Aktualitet"),
    ("kvalitet.html", "Kvalitet"),
    ("tabeller.html", "Tabeller"),
    ("kallor.html", "Källor"),
    ("om.html", "Så skyddas uppgifterna"),
)
STEWARDS_PAGES = ("aktualitet.html", "kvalitet.html")


def render_pages(
    connection: duckdb.DuckDBPyConnection, folder: Path, audience: str, site: Site, same_figures_as: Path | None = None
) -> list[Path]:
    """Write every page for an audience from the database attached as `publication`; give the files.

    `same_figures_as`: an earlier publication with the same figures and register, whose pages of indicators are linked
    instead of written again, unless they were made by other templates.
    """
    rows = _reader(connection)
    shown = context.indicators(rows)
    steward = any(row["table_name"] == "quality_rule" for row in rows("table_description"))
    common = {
        "audience": audience,
        "site": site,
        "made_by": _made_by(site),
        "publication": rows("publication")[0],
        "menu": [(file, label) for file, label in MENU if steward or file not in STEWARDS_PAGES],
        "has_steward_pages": steward,
    }
    write = _writer(folder, common)
    freshness = context.freshness(rows)
    deliveries = rows("delivery")
    files = [
        write(
            "index.html",
            families=context.by_family(context.headlines(shown)),
            indicator_count=len(shown),
            freshness=freshness,
            quality=context.quality_by_dataset(rows),
            tables=context.table_list(rows),
            refused=[row for row in deliveries if row["status"] == "refused"],
            parquet=sorted((folder / "parquet").glob("*.parquet")),
            database=next(iter(folder.glob("*.duckdb")), None),
        ),
        write("indikatorer.html", families=context.by_family(shown)),
        write("tabeller.html", tables=context.table_list(rows)),
        write("kallor.html", inventory=context.inventory(site)),
        write("om.html", policy=next(iter(reversed(rows("suppression_policy"))), None)),
    ]
    earlier = same_figures_as if same_figures_as and is_made_by(site, same_figures_as / "indikatorer.html") else None
    for indicator in shown:
        path = folder / f"indikator-{indicator.slug}.html"
        if earlier and (earlier / path.name).is_file():
            os.link(earlier / path.name, path)
        else:
            write("indikator.html", path.name, indicator=indicator)
        files.append(path)
    if steward:
        failing, passing = context.rules(rows)
        files.append(write("kvalitet.html", failing=failing, passing=passing, work=context.work_items(rows, site)))
        files.append(
            write(
                "aktualitet.html",
                freshness=freshness,
                deliveries=deliveries,
                parts=rows("freshness_part"),
                unit_names={row["school_unit_code"]: row["school_unit_name"] for row in rows("school_unit")},
                contacts=rows("source_contact"),
            )
        )
    shutil.copyfile(HERE / "static" / STYLE, folder / STYLE)
    return files


def render_unit(
    folder: Path, site: Site, publication: dict[str, Any], own: dict[str, Any], rows: Sequence[Any]
) -> Path:
    """Write the one page of a school unit for its own principal; `rows` are its figures and the municipality's."""
    common = {
        "audience": "unit",
        "site": site,
        "made_by": _made_by(site),
        "publication": publication,
        "menu": [("index.html", "Start")],
    }
    today = publication["published_at"].astimezone(swedish.STOCKHOLM).date()
    path = _writer(folder, common)("enhet.html", "index.html", unit=own, families=unit.families(rows, today))
    shutil.copyfile(HERE / "static" / STYLE, folder / STYLE)
    return path


def _made_by(site: Site) -> str:
    """A word for what a page looks like besides its figures: templates, the code beside them, whose pages they are."""
    digest = hashlib.sha256(f"{site.municipality} {site.is_synthetic}".encode())
    for path in sorted([*HERE.glob("*.py"), *(HERE / "templates").iterdir()]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def is_made_by(site: Site, page: Path, heading: str = "") -> bool:
    """Whether a page was made by these templates for this site, and has the heading."""
    if not page.is_file():
        return False
    text = page.read_text(encoding="utf-8")
    return _made_by(site) in text and str(escape(heading)) in text


def _reader(connection: duckdb.DuckDBPyConnection) -> context.Rows:
    """Read a table of the publication as dictionaries; one that this audience does not get has no rows."""

    @lru_cache
    def rows(table: str) -> list[dict[str, Any]]:
        found = connection.execute(
            "select 1 from duckdb_tables() where database_name = 'publication' and table_name = ?", [table]
        ).fetchone()
        return connection.execute(f"from publication.main.{table}").to_arrow_table().to_pylist() if found else []

    return rows


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=swedish.number,
        percent=swedish.percent,
        day=swedish.day,
        moment=swedish.moment,
        period=swedish.period,
        short_period=swedish.short_period,
        days=swedish.days,
        size=swedish.size,
    )
    environment.globals.update(words=words, count_of=swedish.count_of)
    return environment


def _writer(folder: Path, common: dict[str, Any]) -> Callable[..., Path]:
    def write(template: str, file: str | None = None, **values: Any) -> Path:
        path = folder / (file or template)
        html = _environment().get_template(f"{template}.j2").render(**common, this=path.name, **values)
        path.write_text(html, encoding="utf-8")
        return path

    return write
