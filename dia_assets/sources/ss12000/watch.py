"""What the records of a pull show of the server: ignored filters, times without zone, records that came twice."""

from __future__ import annotations

from array import array
from datetime import datetime
from typing import Any

import numpy as np

from dia_assets.sources.ss12000.paging import Page
from dia_assets.sources.ss12000.resources import Month, moment_of


class Watch:
    """Looks at each page as it passes and remembers counts; of ids eight bytes each, so that memory is all but flat."""

    def __init__(self, *, since: datetime | None, is_whole: bool) -> None:
        self._since, self._is_whole = since, is_whole
        self._ids = array("q")
        self.records = 0
        self.too_old = 0
        self.outside = 0
        self.has_no_zones = False

    def see(self, page: Page, month: Month | None, by: str | None) -> None:
        """Look at a page of the answer to a question about that month, if it was about one."""
        records = page.records
        self.records += len(records)
        if self._is_whole:
            self._ids.extend([hash(str(record["id"])) for record in records if "id" in record])
            records = records[:1]  # enough to see how times are written
        for record in records:
            modified = self._moment((record.get("meta") or {}).get("modified"))
            if self._since and modified and modified <= self._since:
                self.too_old += 1
            if month and by == "window" and not self._is_within(record, month):
                self.outside += 1

    def _moment(self, text: object) -> datetime | None:
        if text is None:
            return None
        moment, is_naive = moment_of(text)
        self.has_no_zones |= is_naive
        return moment

    def _is_within(self, record: dict[str, Any], month: Month) -> bool:
        begins = self._moment(record.get("startTime"))
        return begins is None or month.begins <= begins < month.next.begins

    @property
    def came_twice(self) -> int:
        """How many records came more than once, which shows that pages moved while they were read."""
        return len(self._ids) - len(np.unique(np.frombuffer(self._ids, np.int64))) if self._ids else 0

    def warnings_sv(self) -> list[str]:
        """What a person should know of the answer."""
        found = []
        if self.too_old:
            found.append(
                f"Servern bortser från filtret på ändringstid: {self.too_old} av {self.records} poster är äldre än det "
                "som efterfrågades. Svaret används, men hämtningen blir onödigt stor."
            )
        if self.outside:
            found.append(
                f"Servern bortser från tidsfönstret: {self.outside} av {self.records} händelser ligger utanför det. "
                "Svaret används, men hämtningen blir onödigt stor."
            )
        if self.has_no_zones:
            found.append("Tidpunkterna saknar tidszon och lästes som UTC.")
        return found
