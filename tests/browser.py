"""The browser that the tests, and the pictures of the README, look at pages with."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Path of Chromium: what `DIA_CHROMIUM` names, else the first on the path."""
    named = os.environ.get("DIA_CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise LookupError(f"No Chromium: looked for {named or ', '.join(NAMES)} (DIA_CHROMIUM names another).")
    return found
