"""Writes a pull: the pages that a server answered, as received, in one zip archive with an index of the requests.

`landing.members` reads it. The archive has no times of its own, so the same answers to the same requests are the same
bytes, and landing sees that nothing is new, unless the source says when each page was fetched.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from dia_assets.landing.members import INDEX

ALWAYS = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can say
FAST = 1  # level of compression: pages pack to about a tenth, and slower levels win little more


class PullWriter:
    """An archive that is written page by page under a temporary name and gets its own name when all went well.

    Use it in a `with` block; after an exception nothing is left. Memory holds one page and a line per page.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._half = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._archive = zipfile.ZipFile(self._half, "w", zipfile.ZIP_DEFLATED)
        self._index: list[str] = []

    @property
    def pages(self) -> int:
        """Pages written so far."""
        return len(self._index)

    def add(
        self,
        content: bytes,
        parameters: Mapping[str, str | tuple[str, ...]],
        url: str,
        status: int = 200,
        kind: str = "records",
        fetched_at: datetime | None = None,
    ) -> None:
        """Write one page as received. `parameters`: what was asked for, which a contract's column may take its value
        from; `url` has no secret in it; `kind` as in `landing.members`.
        """
        number = len(self._index) + 1
        name = f"{number:06}.json"
        self._write(name, content)
        page: dict[str, Any] = {"file": name, "page": number, "kind": kind, "url": url, "status": status}
        page["parameters"] = dict(parameters)
        if fetched_at:
            page["fetched_at"] = fetched_at.isoformat()
        page["sha256"] = hashlib.sha256(content).hexdigest()
        self._index.append(json.dumps(page, ensure_ascii=False, sort_keys=True))

    def __enter__(self) -> PullWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self._write(INDEX, "".join(f"{line}\n" for line in self._index).encode())
        self._archive.close()
        if kind is None:
            self._half.replace(self._path)
        else:
            self._half.unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        info = zipfile.ZipInfo(name, ALWAYS)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o400 << 16
        self._archive.writestr(info, content, compresslevel=FAST)
