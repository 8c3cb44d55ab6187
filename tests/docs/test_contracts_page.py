"""The page of contract keys against the models that validate them, in both directions."""

from __future__ import annotations

import pytest
import yaml
from pydantic import BaseModel

from dia_assets import contracts
from dia_assets.contracts import load_contracts
from docs.reading import blocks, first_codes, page, section

PARTS: dict[str, type[BaseModel]] = {
    "Dataset": contracts.DatasetContract,
    "`format`": contracts.Format,
    "`load`": contracts.Load,
    "`expected`": contracts.Expected,
    "`klassa`": contracts.Klassa,
    "Column": contracts.Column,
}


@pytest.mark.parametrize("heading", PARTS)
def test_every_key_of_a_contract_is_explained_and_no_other(heading: str) -> None:
    written = first_codes(section(page("docs/contracts.md"), heading))
    keys = list(PARTS[heading].model_fields)
    missing, gone = set(keys) - set(written), set(written) - set(keys)
    assert not missing and not gone, f"docs/contracts.md lacks {sorted(missing)} and explains {sorted(gone)}"
    assert len(written) == len(set(written))


def test_the_example_of_a_new_dataset_is_a_valid_contract(tmp_path) -> None:
    example = blocks(page("docs/add-a-dataset.md"), "yaml")[0]
    name = yaml.safe_load(example)["sources"][0]["name"]
    (tmp_path / name).mkdir()
    (tmp_path / name / f"_{name}__sources.yml").write_text(example, encoding="utf-8")
    assert list(load_contracts(tmp_path)) == ["trygghet.answer"]
