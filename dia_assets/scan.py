"""The scan for what a person would miss: which of all comparisons stands out when so many are made.

Each comparison (`scan_comparison`) is a unit against the others of the municipality: an effect and its standard error.
Units differ anyway, so that within a kind the errors are widened until the middle nine tenths of the comparisons look
like chance (a multiplicative overdispersion factor from winsorised z-scores; Spiegelhalter, Statistics in Medicine
2005). The p-values of every comparison of every kind are then adjusted together by Benjamini and Hochberg's method: of
what is told, at most one in twenty is expected to be chance. A finding must also be as large as `ref_scan` asks for.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy import special

FALSE_DISCOVERY_RATE = 0.05
TAIL = 0.05  # of the z-scores on either side, drawn in before their spread is judged
SCHEMA = pa.schema(
    [
        ("scan_code", pa.string()),
        ("school_unit_code", pa.string()),
        ("period", pa.string()),
        ("subject", pa.string()),
        ("smallest_n", pa.int64()),
        ("effect", pa.float64()),
        ("standard_error", pa.float64()),
        ("z", pa.float64()),
        ("q", pa.float64()),
        ("comparisons", pa.int64()),
    ]
)


def findings(comparisons: pa.Table, kinds: pa.Table) -> pa.Table:
    """The comparisons that stand out, the least likely first; columns as `SCHEMA`.

    `comparisons`: as the model `scan_comparison`; `kinds`: as the seed `ref_scan`. `standard_error` is the widened one,
    `q` the least false discovery rate at which the finding is told, `comparisons` how many were made in all.
    """
    if not comparisons.num_rows:
        return SCHEMA.empty_table()
    rows = comparisons.to_pylist()
    known = {row["scan_code"]: row for row in kinds.to_pylist()}
    codes = np.array([row["scan_code"] for row in rows])
    effects = np.array([row["effect"] for row in rows], dtype=float)
    errors = np.array([row["standard_error"] for row in rows], dtype=float)
    for code in known:
        if known[code]["units_differ_anyway"]:
            here = codes == code
            errors[here] *= np.sqrt(overdispersion(effects[here] / errors[here]))
    z = effects / errors
    q = adjusted(special.erfc(np.abs(z) / np.sqrt(2)))
    least = np.array([known[code]["least_effect"] for code in codes])
    told = np.flatnonzero((q <= FALSE_DISCOVERY_RATE) & (np.abs(effects) >= least))
    found = [
        {**rows[i], "standard_error": errors[i], "z": z[i], "q": q[i], "comparisons": len(rows)}
        for i in sorted(told, key=lambda i: (-abs(z[i]), codes[i], rows[i]["school_unit_code"], rows[i]["period"]))
    ]
    return pa.Table.from_pylist(found, schema=SCHEMA)


def adjusted(p: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's adjusted p-values. (SciPy has them too, in a module that takes a second to import.)"""
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate(np.minimum(p[order] * len(p) / ranks, 1.0))
    return q


def overdispersion(z: np.ndarray) -> float:
    """How many times wider than chance the z-scores spread, their tails drawn in; never less than 1.

    1.0 for no score at all. Under chance alone the factor is 1 however many scores there are, the loss of the tails
    being made good.
    """
    if not len(z):
        return 1.0
    low, high = np.quantile(z, [TAIL, 1 - TAIL])
    drawn_in = float(np.mean(np.clip(z, low, high) ** 2))
    cut = special.ndtri(1 - TAIL)
    inside = 1 - 2 * TAIL - 2 * cut * np.exp(-(cut**2) / 2) / np.sqrt(2 * np.pi)
    expected = inside + 2 * TAIL * cut**2
    return max(1.0, drawn_in / expected)
