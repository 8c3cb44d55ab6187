"""What stands out among the comparisons of units, with so many comparisons kept in mind."""

from dia_assets.scan import findings


def model(dbt, session):
    """The comparisons that are large enough and too unlikely to be chance."""
    dbt.config(materialized="table")
    return findings(dbt.ref("scan_comparison").to_arrow_table(), dbt.ref("ref_scan").to_arrow_table())
