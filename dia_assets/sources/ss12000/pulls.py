"""A pull: a zip archive with pages as received and, in `pages.jsonl`, the request behind each; written page by page."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from types import TracebackType

from dia_assets.landing.members import DELETED, INDEX, PULL
from dia_assets.sources.ss12000.paging import Page

FAST = 1  # level of compression: pages pack to about a tenth, and slower levels win little more


class PullFile:
    """Writes one pull. Only when it is finished it gets its name; otherwise nothing is left of it."""

    def __init__(self, folder: Path, name: str, *, is_deletions: bool = False) -> None:
        self._kind = DELETED if is_deletions else "records"
        self.path = folder / f"{name}{'.deleted' if is_deletions else ''}{PULL}"
        self._half = self.path.with_suffix(".tmp")
        self._index_path = self.path.with_suffix(".index.tmp")
        self.pages = 0

    def __enter__(self) -> PullFile:
        self._half.parent.mkdir(parents=True, exist_ok=True)
        self._archive = zipfile.ZipFile(self._half, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST)
        self._index = self._index_path.open("w", encoding="utf-8")
        return self

    def add(self, page: Page) -> None:
        """Write a page as received, and note the request that it answers."""
        self.pages += 1
        name = f"{self.pages:06}.json"
        self._archive.writestr(name, page.content)
        noted = {
            "file": name,
            "kind": self._kind,
            "page": self.pages,
            "url": page.url,
            "parameters": dict(page.parameters),
            "status": page.status,
            "fetched_at": page.fetched_at.isoformat(),
            "sha256": page.sha256,
        }
        self._index.write(f"{json.dumps(noted, ensure_ascii=False)}\n")

    def finish(self) -> Path:
        """The finished pull."""
        self._index.close()
        self._archive.write(self._index_path, INDEX)
        self._archive.close()
        return self._half.rename(self.path)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._index.close()
        self._archive.close()
        self._half.unlink(missing_ok=True)
        self._index_path.unlink(missing_ok=True)


def copy_for(pull: Path, name: str) -> Path:
    """The same pull under the name of another resource."""
    target = pull.with_name(name)
    half = target.with_suffix(".tmp")
    shutil.copyfile(pull, half)
    return half.rename(target)
