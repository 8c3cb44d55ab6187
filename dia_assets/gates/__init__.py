"""Gates: is the data right? Suites that stewards write (`expectations/`), run by Great Expectations where the data is.

`suites` reads them, `run` runs one on one table, `raw_gate` decides about deliveries, `table_gate` about master and
marts, `checks` shows it all to Dagster. Only `great` imports Great Expectations (seconds), and only when a gate runs.
"""

from dia_assets.lazy_import import lazily

# Great Expectations imports them (two seconds) for expectations about distributions, and for drawing those.
lazily("scipy.stats", "altair")
