"""The pages of a publication: for every reader, on every screen, with no request to any other host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from serving.lakehouse import REQUIRED, UNITS, Cell, demo_cells, fill_ledger, night, suppressed

from dia_assets.ledger import Ledger
from dia_assets.pages import context
from dia_assets.settings import Settings
from tests.browser import chromium

STYLE = Path(context.__file__).parent / "static" / "skoldata.css"
PAIRS = [
    ("ink", "ground"), ("ink", "paper"), ("quiet", "ground"), ("quiet", "paper"), ("accent", "paper"),
    ("accent", "ground"), ("good", "good-soft"), ("warn", "warn-soft"), ("bad", "bad-soft"), ("paper", "accent"),
]  # fmt: skip


class Reading(HTMLParser):
    """What the tests look at in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.referred: list[str] = []
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.language = ""
        self.bare_headers = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.addresses += [v for k in ("src", "href", "srcset", "action", "poster", "data") if (v := values.get(k))]
        self.referred += (values.get("aria-labelledby") or "").split()
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "html":
            self.language = values.get("lang") or ""
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th" and values.get("scope") not in ("col", "row"):
            self.bare_headers += 1


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(data=tmp_path_factory.mktemp("site"), memory_limit="1GB")
    fill_ledger(settings)
    night(settings, demo_cells())
    return settings.lake.serving_root


@pytest.fixture(scope="module")
def readings(site: Path) -> dict[str, Reading]:
    pages = sorted(site.glob("*/current/*.html"))
    return {f"{p.parent.parent.name}/{p.name}": Reading(p.read_text(encoding="utf-8")) for p in pages}


def test_every_expected_page_is_there(readings: dict[str, Reading]) -> None:
    everyone = {"index.html", "indikatorer.html", "tabeller.html", "kallor.html", "om.html", "indikator-ind-03.html"}
    assert {f"public/{name}" for name in everyone} <= set(readings)
    assert {f"municipality/{name}" for name in (*everyone, "kvalitet.html", "aktualitet.html")} <= set(readings)


def test_the_start_page_counts_every_indicator_and_shows_the_registers_headlines(site: Path) -> None:
    for folder in (site / audience / "current" for audience in ("public", "municipality")):
        start = (folder / "index.html").read_text(encoding="utf-8")
        pages = {path.name for path in folder.glob("indikator-*.html")}
        assert f"{len(pages)} indikatorer" in start
        shown = set(re.findall(r"indikator-[a-z0-9-]+[.]html", start))
        assert "indikator-ind-02.html" in shown and "indikator-ind-04-es.html" in pages - shown


def test_pages_are_swedish_and_have_one_main_heading_and_no_skipped_level(readings: dict[str, Reading]) -> None:
    for name, page in readings.items():
        assert page.language == "sv", name
        assert page.headings.count(1) == 1, name
        assert page.headings[0] == 1, name
        assert all(after - before <= 1 for before, after in pairwise(page.headings)), name


def test_tables_have_captions_and_headers_with_scope(readings: dict[str, Reading]) -> None:
    for name, page in readings.items():
        assert page.bare_headers == 0, name
        assert page.tags.count("caption") == page.tags.count("table"), name


def test_ids_are_unique_and_every_label_refers_to_one(readings: dict[str, Reading]) -> None:
    for name, page in readings.items():
        assert len(page.ids) == len(set(page.ids)), name
        assert set(page.referred) <= set(page.ids), name


def test_every_link_leads_to_a_file_of_the_publication(site: Path, readings: dict[str, Reading]) -> None:
    for name, page in readings.items():
        folder = site / name.split("/")[0] / "current"
        for address in page.addresses:
            if address == "data:,":
                continue
            file, _, anchor = address.partition("#")
            assert not re.match(r"[a-z]+:|//", address), f"{name}: {address}"
            assert not file or (folder / file).is_file(), f"{name}: {address}"
            target = readings[f"{name.split('/')[0]}/{file}"] if file.endswith(".html") else page
            assert not anchor or anchor in target.ids, f"{name}: {address}"


def test_pages_have_no_script_and_the_style_sheet_loads_nothing(readings: dict[str, Reading]) -> None:
    assert not any("script" in page.tags or "iframe" in page.tags for page in readings.values())
    assert not re.search(r"url\(|@import|@font-face", STYLE.read_text(encoding="utf-8"))


def test_every_pair_of_colours_has_enough_contrast() -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", STYLE.read_text(encoding="utf-8")))

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for text, ground in PAIRS:
        light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text} on {ground}"


def test_school_units_stand_in_swedish_alphabetical_order_whatever_their_values(site: Path) -> None:
    html = (site / "public" / "current" / "indikator-ind-02.html").read_text(encoding="utf-8")
    table = html[html.index('id="per-skolenhet"') : html.index('id="kon"')]
    names = re.findall(r'<th scope="row">([^<]+)</th>', table)
    assert names == [
        "Björkskolan", "Internationella skolan i Norra Stadsdelen", "Lillskolan", "Zetterbergs skola", "Åsskolan",
        "Ängsskolan", "Örtagårdsskolan", "Östra skolan F–9",
    ]  # fmt: skip


def test_a_suppressed_figure_is_shown_as_its_mark_with_an_explanation(site: Path) -> None:
    html = (site / "public" / "current" / "indikator-ind-03.html").read_text(encoding="utf-8")
    line = html[html.index(">Lillskolan<") :]
    assert '<span class="away">visas inte</span>' in line[: line.index("</tr>")]
    assert "<dt>..</dt>" in html


def test_a_suppressed_canary_value_is_on_no_page_and_in_no_file(settings: Settings) -> None:
    night(settings, [suppressed(Cell(value=98.7654)), Cell(entity_code="00000002", value=55.5)])
    hits = [
        p
        for p in settings.lake.serving_root.rglob("*")
        if p.is_file() and re.search(rb"98[.,]76|98[.,]8", p.read_bytes())
    ]
    assert hits == []


def test_numbers_on_pages_have_decimal_commas(site: Path) -> None:
    html = (site / "municipality" / "current" / "indikator-ind-02.html").read_text(encoding="utf-8")
    figures = re.findall(r'<td class="num">([^<]+)</td>', html)
    assert figures
    assert not [text for text in figures if re.search(r"\d\.\d", text)]


def test_the_stewards_page_tells_what_fails_first_and_what_to_do(site: Path) -> None:
    html = (site / "municipality" / "current" / "kvalitet.html").read_text(encoding="utf-8")
    assert html.index("En lektion finns en gång per elev") < html.index("Minuterna på en lektion går ihop")
    assert html.index("Minuterna på en lektion går ihop") < html.index("Datum finns på varje rad")
    assert "Rätta minuterna i närvarosystemet" in html
    assert "1\u00a0841 av 7\u00a0012\u00a0345" in html


def test_the_stewards_page_lists_what_to_put_right_in_the_sources(site: Path) -> None:
    html = (site / "municipality" / "current" / "kvalitet.html").read_text(encoding="utf-8")
    lists = html[html.index("Arbetslistor") :]
    assert lists.index("Tillfälligt nummer") < lists.index("Möjliga dubbletter"), "most rows first"
    assert "Slutbetyg" in lists and "Identitetsvalvet" in lists and "Kör dia identity candidates" in lists


def test_a_refused_delivery_is_told_with_reason_and_remedy(site: Path) -> None:
    for page in ("index.html", "aktualitet.html"):
        html = (site / "municipality" / "current" / page).read_text(encoding="utf-8")
        assert "Kolumnen Giltig frånvaro saknas" in html
        assert "Exportera filen på nytt" in html
    assert "Giltig frånvaro" not in (site / "public" / "current" / "index.html").read_text(encoding="utf-8")


def test_a_school_units_stale_part_is_told_by_the_units_name(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, memory_limit="1GB")
    refused = Ledger(settings.lake.ledger).add_delivery(
        system="scb", dataset="final_grade_year9", file="betyg_ak9_2026_00000001.txt", sha256="e" * 64, size=10,
        received_at=datetime(2026, 7, 1, tzinfo=UTC), landed_path=Path("x"),
    )  # fmt: skip
    Ledger(settings.lake.ledger).refuse(refused.load, rule="x", reason_sv="Filen är avhuggen.", remedy_sv="Exportera.")
    night(settings, demo_cells())
    html = (settings.lake.serving_root / "municipality" / "current" / "aktualitet.html").read_text(encoding="utf-8")
    assert f"{UNITS['00000001']} <code>00000001</code>" in html


def test_the_limits_on_the_page_are_those_of_the_policy(site: Path) -> None:
    for audience, limit in (("public", 10), ("municipality", 5)):
        html = (site / audience / "current" / "om.html").read_text(encoding="utf-8")
        assert f"färre än {limit} elever visas inte, varken" in html


def test_every_dataset_of_the_inventory_is_in_the_catalogue_with_its_law(site: Path) -> None:
    html = (site / "public" / "current" / "kallor.html").read_text(encoding="utf-8")
    assert html.count("<dt>Rättslig grund</dt>") == html.count("<dt>Dataägare</dt>") == len(REQUIRED)
    assert all(f'id="{contract.slug}"' in html for contract in REQUIRED.values())


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_the_browser_is_the_one_that_is_named_else_the_one_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "google-chrome"
    own.write_text("#!/bin/sh\n", encoding="utf-8")
    own.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DIA_CHROMIUM", raising=False)
    assert chromium() == str(own)
    monkeypatch.setenv("DIA_CHROMIUM", "/bin/sh")
    assert chromium() == "/bin/sh"
    monkeypatch.setenv("DIA_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(LookupError, match="/nowhere/chromium"):
        chromium()


def test_a_browser_asks_for_nothing_but_the_publications_own_files(site: Path, browser_page: Page) -> None:
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    root = (site / "municipality" / "current").as_uri()
    for path in sorted((site / "municipality" / "current").glob("*.html")):
        browser_page.goto(f"{root}/{path.name}")
    assert asked
    assert [url for url in asked if not url.startswith(root) and url != "data:,"] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_the_screen(site: Path, browser_page: Page, width: int) -> None:
    browser_page.set_viewport_size({"width": width, "height": 800})
    for path in sorted((site / "municipality" / "current").glob("*.html")):
        browser_page.goto(path.as_uri())
        over = browser_page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, path.name
