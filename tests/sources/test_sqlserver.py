"""SQL Server as a source: without its driver it says what to install. No server has been met yet."""

from __future__ import annotations

import sys

import pytest

from dia_assets.errors import DiaError
from dia_assets.sources import sqlserver


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mssql_python", None)
    with pytest.raises(DiaError, match=r"dia-lakehouse\[sqlserver\]"), sqlserver.session("Server=x", 1):
        pass
