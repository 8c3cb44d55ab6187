"""A school system's SS 12000:2020 interface as a source: what is asked for follows from the contracts' `fetch`."""

from dia_assets.sources.ss12000.fetch import fetch

__all__ = ["fetch"]
