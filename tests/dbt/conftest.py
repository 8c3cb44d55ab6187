from __future__ import annotations

from pathlib import Path

import pytest

from tests.dbt import golden
from tests.dbt.lake import Lake


@pytest.fixture(scope="session")
def golden_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The golden class, from raw to published."""
    lake = Lake(Path(tmp_path_factory.mktemp("golden")))
    lake.deliver("ss12000.organisation", golden.organisation_rows())
    lake.deliver("ss12000.person", golden.person_rows())
    lake.deliver("ss12000.enrolment", golden.enrolment_rows())
    lake.deliver("scb.final_grade_year9", golden.grade_rows())
    lake.build()
    return lake
