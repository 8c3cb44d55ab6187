"""The page on connecting SS 12000: its examples are read by the settings, its tables are the code's."""

from __future__ import annotations

import re
from typing import get_args

import pytest
import yaml

from dia_assets.ledger import ContactOutcome
from dia_assets.settings import Settings
from dia_assets.sources.config import Authentication, Ss12000Source
from dia_assets.sources.ss12000.resources import ORDER
from docs.reading import between, page, rows, section

PAGE = page("docs/connect-ss12000.md")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_every_example_is_a_deployment_file(example: str) -> None:
    source = Settings(**yaml.safe_load(example)).sources["ss12000"]
    assert isinstance(source, Ss12000Source) and source.authentication.kind != "none"


def test_there_is_an_example_of_every_way_of_authentication_and_each_is_explained() -> None:
    ways = set(get_args(Authentication.model_fields["kind"].annotation))
    shown = {Settings(**yaml.safe_load(example)).sources["ss12000"].authentication.kind for example in EXAMPLES}  # type: ignore[union-attr]
    assert shown == ways - {"none"}
    assert {cells[0].strip("`") for cells in rows(section(PAGE, "Authentication"))} == ways


def test_the_order_is_the_codes() -> None:
    listed = between(PAGE, "order", "end of order").replace("\n", " ")
    assert tuple(name.strip() for name in listed.split(",")) == ORDER


def test_every_outcome_is_explained() -> None:
    told = {cells[0].strip("`") for cells in rows(section(PAGE, "What an outcome means")) if cells[0].startswith("`")}
    assert told == set(get_args(ContactOutcome)) - {"no_file"}  # only a place with files has none


def test_the_settings_are_the_codes_with_their_defaults() -> None:
    told: dict[str, str] = {}
    for cells in rows(section(PAGE, "Other settings")):
        told |= dict(zip(re.findall(r"`(\w+)`", cells[0]), re.findall(r"`(\w+)`", cells[1]) or ["None"], strict=True))
    fields = Ss12000Source.model_fields
    assert set(told) == set(fields) - {"kind", "base_url", "authentication"}
    assert told == {name: f"{fields[name].default}".removesuffix(".0") for name in told}
