"""A module that is imported lazily is the module itself as soon as somebody uses it."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from dia_assets.lazy_import import lazily
lazily("colorsys", "json")
import colorsys
import json
assert json.loads("1") == 1, "loaded before, and left as it was"
assert not hasattr(colorsys, "__path__") and "hls_to_rgb" not in vars(colorsys)
assert colorsys.hls_to_rgb(0, 0, 0) == (0, 0, 0)
from colorsys import rgb_to_hls
assert sys.modules["colorsys"].__file__.endswith("colorsys.py") and rgb_to_hls is colorsys.rgb_to_hls
try:
    colorsys.nothing
except AttributeError as error:
    print(error)
"""


def test_a_module_is_there_when_it_is_used_and_not_before() -> None:
    command = [sys.executable, "-c", f"import json\n{SCRIPT}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "module 'colorsys' has no attribute 'nothing'"


def test_what_great_expectations_needs_of_them_still_works() -> None:
    from scipy import stats

    from dia_assets.gates import great  # noqa: F401

    assert stats.norm.cdf(0) == 0.5
