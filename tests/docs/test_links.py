"""What the pages point at is there, and they point at nothing that another reader cannot reach."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dia_assets.settings import PROJECT
from docs.reading import PAGES, anchors, links, page, relative

KNOWN_HOSTS = {"127.0.0.1", "api.kolada.se", "api.skolverket.se", "keepachangelog.com", "semver.org"}
# A path from the root that is no example: examples lie below /srv.
MACHINE_PATH = re.compile(r"(?<![\w.:<>*/\]})])/(?!srv/)[a-z]+/[\w./-]+")


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    broken = []
    for link in links(path.read_text(encoding="utf-8")):
        if link.startswith("http"):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_a_page_names_no_host_that_has_not_been_agreed(path: Path) -> None:
    hosts = set(re.findall(r"https?://([\w.-]+)", path.read_text(encoding="utf-8")))
    assert {host for host in hosts if not host.endswith(".example")} <= KNOWN_HOSTS


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_a_page_names_no_path_of_somebodys_machine(path: Path) -> None:
    assert MACHINE_PATH.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_a_page_leaves_nothing_unfinished(path: Path) -> None:
    words = ("TO" + "DO", "FIX" + "ME", "lorem")
    assert [word for word in words if word in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_a_page_names_only_files_of_the_project_that_exist(path: Path) -> None:
    named = re.findall(r"`((?:dia_assets|dbt_project|expectations|tests)/[\w./]*\w/?)`", path.read_text("utf-8"))
    assert [name for name in named if not (PROJECT / name).exists()] == []


def test_every_page_can_be_reached_from_the_first() -> None:
    seen: set[Path] = set()
    waiting = [PROJECT / "README.md"]
    while waiting:
        here = waiting.pop()
        seen.add(here)
        text = here.read_text(encoding="utf-8")
        near = [(here.parent / link.partition("#")[0]).resolve() for link in links(text)]
        near += [PROJECT / name for name in re.findall(r"`(docs/[\w/-]+\.md)`", text)]
        waiting += [other for other in near if other in PAGES and other not in seen]
    assert {relative(path) for path in PAGES} - {relative(path) for path in seen} == set()


def test_the_first_page_shows_the_graph_and_the_start_page() -> None:
    assert {"docs/images/asset-graph.png", "docs/images/start-page.png"} <= set(links(page("README.md")))
