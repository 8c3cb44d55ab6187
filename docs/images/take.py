"""Takes the pictures of the README: the start page of the made-up municipality, and Dagster's graph of all assets.

DIA_DATA=/tmp/pictures make nightly PRESET=tiny      # the municipality
DIA_DATA=/tmp/pictures make ui                       # in another terminal, for the graph
.venv/bin/python -m docs.images.take /tmp/pictures http://127.0.0.1:3000
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import chromium

HERE = Path(__file__).parent
START_PAGE = Path("serving", "public", "current", "index.html")
LAST_GROUP = "serving"
PATIENCE = 120_000  # milliseconds that Dagster may take to load and lay out the graph
MARGIN = 24


def take(root: Path, dagster: str) -> None:
    """Take both pictures: from a data root after its night, and from Dagster's pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.goto((root / START_PAGE).absolute().as_uri())
        page.screenshot(path=HERE / "start-page.png")
        _take_graph(browser.new_page(viewport={"width": 1900, "height": 1000}, device_scale_factor=2), dagster)
        browser.close()


def _take_graph(page: Page, dagster: str) -> None:
    """The groups of assets with what lies between, and nothing of the page around them."""
    page.goto(f"{dagster}/asset-groups")
    page.locator("svg foreignObject").get_by_text(LAST_GROUP, exact=True).first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(3000)  # it glides into its place
    boxes = [box for node in page.locator("svg foreignObject").all() if (box := node.bounding_box())]
    left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
    right, bottom = max(box["x"] + box["width"] for box in boxes), max(box["y"] + box["height"] for box in boxes)
    clip = {"x": left - MARGIN, "y": top - MARGIN, "width": right - left, "height": bottom - top}
    clip = {**clip, "width": clip["width"] + 2 * MARGIN, "height": clip["height"] + 2 * MARGIN}
    page.screenshot(path=HERE / "asset-graph.png", clip=clip)  # type: ignore[arg-type]


if __name__ == "__main__":
    take(Path(sys.argv[1]), sys.argv[2])
