"""What a pull of this interface is called, and how one of its pages is noted in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from dia_assets.landing.members import PULL
from dia_assets.sources.brought import Request
from dia_assets.sources.pull import PullWriter
from dia_assets.sources.ss12000.paging import Page


def pull_path(request: Request, resource: str, part: str = "") -> Path:
    """Where a pull is written: the resource and the run's moment are its name."""
    return request.folder / f"{resource}_{request.moment:%Y%m%dT%H%M%SZ}{part}{PULL}"


def add_page(pull: PullWriter, page: Page, kind: str = "records") -> None:
    """Write a page as received, with the request that it answers and when it came."""
    pull.add(page.content, page.parameters, page.url, page.status, kind, page.fetched_at)


def copy_for(pull: Path, name: str) -> Path:
    """The same pull under the name of another resource."""
    target = pull.with_name(name)
    half = target.with_suffix(".tmp")
    shutil.copyfile(pull, half)
    return half.rename(target)
