"""`python -m benchmarks.watched FILE nightly`: the product's command line as it is, noting what it had imported.

The file gets one name per line: those of `HEAVY` that the process holds when it ends (everything runs in one process).
"""

from __future__ import annotations

import atexit
import sys
from pathlib import Path

# The parts that take seconds to start.
HEAVY = ("dbt", "great_expectations")


def main() -> None:
    """Hand over to the product's command line."""
    from dia_assets.cli import main as command_line

    target = Path(sys.argv.pop(1))
    atexit.register(lambda: target.write_text("".join(f"{name}\n" for name in HEAVY if name in sys.modules)))
    command_line()


if __name__ == "__main__":
    main()
