"""Publication: what people outside the data team may read, one versioned folder per audience.

Only aggregates after disclosure control come here, and only from a database that has passed every gate. What is
computed belongs in dbt_project, how a page looks in `pages`. Nothing here knows Dagster.
"""
