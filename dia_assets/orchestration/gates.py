"""The blocking gates after master and marts, as Dagster asset checks."""

from collections.abc import Iterator
from typing import Literal

import dagster as dg

from dia_assets import workbench
from dia_assets.gates.checks import check_specs, to_asset_check_results
from dia_assets.gates.table_gate import gate_tables
from dia_assets.orchestration.ingest import with_untried
from dia_assets.orchestration.lakehouse import Lakehouse, guarded


def table_gate(layer: Literal["master", "marts"]) -> dg.AssetChecksDefinition:
    """Every rule of one layer's suites; a broken blocking rule keeps the last publication.

    A night without change passes on the results of the run that was accepted.
    """
    specs = check_specs(layer)

    @dg.multi_asset_check(name=f"gate_{layer}", specs=specs)
    @guarded
    def gate(context: dg.AssetCheckExecutionContext, lakehouse: Lakehouse) -> Iterator[dg.AssetCheckResult]:
        ledger = lakehouse.ledger
        ledger.start_run(context.run.run_id, lakehouse.moment)
        if workbench.exists(lakehouse.settings):
            results = gate_tables(lakehouse.settings, lakehouse.lake.working_db, layer)
        else:
            results = [state.result for state in ledger.check_states() if state.result.layer == layer]
        ledger.record_checks(context.run.run_id, results)
        yield from with_untried(to_asset_check_results(results), specs)

    return gate
