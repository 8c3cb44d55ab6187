"""Everything that is Dagster: assets, checks, jobs. The rooms that do the work know nothing of it."""
