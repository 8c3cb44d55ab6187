"""The data inventory: the dbt sources' metadata, read and validated into one contract per dataset.

A contract answers: can the row be read, whose is it, what law covers it, when is it due? Everything else in the
product (reader, raw asset, vault, freshness, catalogue page, register of processing) is derived from it; adding a
dataset is one YAML block. docs/contracts.md explains every key. Nothing here reads a data file.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dia_assets.errors import DiaError
from dia_assets.settings import PROJECT

STAGING = PROJECT / "dbt_project" / "models" / "staging"

SQL_TYPES = {
    "text": "VARCHAR",
    "json": "VARCHAR",
    "marked": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
TRUE_WORDS = ("j", "ja", "true", "1", "y", "s")
FALSE_WORDS = ("n", "nej", "false", "0")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Format(_Part):
    """How the file is written."""

    kind: Literal["delimited", "json"]
    delimiter: str = ";"
    quote: str | None = '"'
    header: bool = True
    header_row: int = 1
    encodings: tuple[str, ...] = ("utf-8",)
    decimal: Literal[",", "."] = "."
    columns: int | None = None
    footer: Literal["first_blank_key"] | None = None
    records: str | None = None


class Load(_Part):
    """What a delivery means for what is already there.

    `full`: the whole dataset; `period`: replaces the scopes (combinations of the scope columns) that it contains;
    `upsert`: adds and replaces by key; `append`: only adds.
    """

    mode: Literal["full", "period", "upsert", "append"]
    key: tuple[str, ...]
    scope: tuple[str, ...] = ()


class Expected(_Part):
    """How often a delivery is due: stale when the latest accepted one is older than `every_days` + `grace_days`."""

    every_days: int
    grace_days: int = 0


class Klassa(_Part):
    """Information classes by KLASSA, 0–3; class 4 (Sweden's security) is not handled here and is refused."""

    confidentiality: int = Field(ge=0, le=3)
    integrity: int = Field(ge=0, le=3)
    availability: int = Field(ge=0, le=3)
    traceability: int = Field(ge=0, le=3)


class Column(_Part):
    """One column of a dataset: where it comes from, what it means, how sensitive it is."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str
    source: str | None = None
    file_group: str | None = None
    type: Literal["text", "integer", "decimal", "date", "time", "timestamp", "boolean", "json", "marked"]
    required: bool = False
    pattern: str | None = None
    role: Literal["person_identifier", "related_person_identifier", "direct_identifier", "security_marking"] | None = (
        None
    )
    identifier: Literal["source_id", "person_number"] | None = None
    identifier_scope: str | None = None
    marks: str | None = None
    drop: bool = False
    unit: str | None = None
    classification: Literal["none", "personal", "integrity_sensitive", "special_category", "direct_identifier"]
    decimal_mark: str = "."

    @model_validator(mode="after")
    def _role_fits(self) -> Column:
        if self.role in ("person_identifier", "related_person_identifier") and not self.identifier:
            raise ValueError(f"column {self.name}: role {self.role} needs `identifier` (source_id or person_number)")
        return self

    def typed_sql(self, text: str) -> str:
        """SQL that casts the raw text to the column's type, NULL where it cannot be read."""
        trimmed = f"nullif(trim({text}), '')"
        match self.type:
            case "text" | "json" | "marked":
                return trimmed
            case "boolean":
                words = [f"when lower({trimmed}) in {_sql_list(TRUE_WORDS)} then true"]
                words.append(f"when lower({trimmed}) in {_sql_list(FALSE_WORDS)} then false")
                return f"case {' '.join(words)} end"
            case "decimal" if self.decimal_mark == ",":
                return f"try_cast(replace({trimmed}, ',', '.') as double)"
            case _:
                return f"try_cast({trimmed} as {SQL_TYPES[self.type].lower()})"


def _sql_list(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


class DatasetContract(_Part):
    """Everything the product knows about one dataset before it has seen a file of it."""

    system: str
    name: str
    label_sv: str
    system_label_sv: str
    vendor: str
    owner: str
    steward: str
    contact: str
    access: dict[str, str]
    description: str
    description_sv: str
    files: str
    format: Format
    load: Load
    expected: Expected
    klassa: Klassa
    legal_basis: str
    purpose: str
    retention: dict[str, str]
    columns: tuple[Column, ...]

    @field_validator("files")
    @classmethod
    def _files_is_a_pattern(cls, value: str) -> str:
        re.compile(value)
        return value

    @model_validator(mode="after")
    def _columns_fit(self) -> DatasetContract:
        names = [column.name for column in self.columns]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"columns named twice: {sorted(twice)}")
        named = {*self.load.key, *self.load.scope}
        named |= {c.identifier_scope for c in self.columns if c.identifier_scope} | {
            c.marks for c in self.columns if c.marks
        }
        if missing := named - set(names):
            raise ValueError(f"load, identifier_scope or marks name columns that do not exist: {sorted(missing)}")
        groups = set(re.compile(self.files).groupindex)
        if missing := {c.file_group for c in self.columns if c.file_group} - groups:
            raise ValueError(f"file_group without a named group in `files`: {sorted(str(m) for m in missing)}")
        if self.load.mode == "period" and not self.load.scope:
            raise ValueError("load mode period needs `scope`")
        return self

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> str:
        """`system.name`, as the contract is called in messages."""
        return f"{self.system}.{self.name}"

    @property
    def slug(self) -> str:
        """`system__name`, as its views are called in the database."""
        return f"{self.system}__{self.name}"

    @property
    def staging_model(self) -> str:
        """The dbt model that types and cleans the dataset."""
        return f"stg_{self.slug}"

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """The columns that are kept; a column marked `drop` is never stored."""
        return tuple(column for column in self.columns if not column.drop)

    @property
    def person_identifiers(self) -> tuple[Column, ...]:
        """Columns that identify the row's own person."""
        return tuple(column for column in self.columns if column.role == "person_identifier")

    @property
    def related_identifiers(self) -> tuple[Column, ...]:
        """Columns that identify another person than the row's own."""
        return tuple(column for column in self.columns if column.role == "related_person_identifier")

    @property
    def security_markings(self) -> tuple[Column, ...]:
        """Columns that may mark a person as protected."""
        return tuple(column for column in self.columns if column.role == "security_marking")

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def typed_columns_sql(self) -> str:
        """The typed view of raw rows as a select list: each column typed, its text as `<column>__text`, provenance."""
        typed = [f"{c.typed_sql(c.name)} as {c.name}, {c.name} as {c.name}__text" for c in self.stored_columns]
        return ", ".join([*typed, "_file", "_row", "_load"])

    def matches(self, file_name: str) -> re.Match[str] | None:
        """Whether a file of that name belongs to the dataset; its named groups are period, unit and the like."""
        return re.fullmatch(self.files, file_name)


def load_contracts(folder: Path = STAGING) -> dict[str, DatasetContract]:
    """Read every contract below `folder`, keyed `system.dataset` in a fixed order.

    Raises `DiaError` that names file, dataset, key and what is allowed.
    """
    return dict(_load(folder, _stamp(folder)))


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple((str(path), path.stat().st_mtime_ns) for path in sorted(folder.glob("*/_*__sources.yml")))


@lru_cache(maxsize=8)
def _load(folder: Path, stamp: tuple[tuple[str, int], ...]) -> tuple[tuple[str, DatasetContract], ...]:
    contracts: list[tuple[str, DatasetContract]] = []
    for path, _ in stamp:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        for source in document.get("sources", []):
            for table in source.get("tables", []):
                contract = _contract(Path(path), source, table)
                contracts.append((contract.key, contract))
    return tuple(contracts)


def _meta(item: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = item.get("config", {}).get("meta", {}).get("dia", {})
    return meta


def _contract(path: Path, source: dict[str, Any], table: dict[str, Any]) -> DatasetContract:
    system = _meta(source)
    meta = dict(_meta(table))
    decimal = meta.get("format", {}).get("decimal", ".")
    try:
        columns = tuple(_column(column, decimal) for column in table.get("columns", []))
        return DatasetContract(
            system=source["name"],
            name=table["name"],
            description=" ".join(table.get("description", "").split()),
            system_label_sv=system["label_sv"],
            **{key: meta.pop(key, system.get(key)) for key in ("vendor", "owner", "steward", "contact", "access")},
            **meta,
            columns=columns,
        )
    except (ValidationError, KeyError) as error:
        problems = (
            "; ".join(
                f"{'.'.join(str(p) for p in item['loc']) or 'contract'}: {item['msg']}" for item in error.errors()
            )
            if isinstance(error, ValidationError)
            else f"the key {error} is missing"
        )
        where = f"{path.name}, dataset {source.get('name')}.{table.get('name')}"
        raise DiaError(f"Contract not valid ({where}): {problems}") from None


def _column(column: dict[str, Any], decimal: str) -> Column:
    meta = dict(_meta(column))
    source = meta.pop("source", None)
    group = source.get("file_group") if isinstance(source, dict) else None
    return Column(
        name=column["name"],
        description=column.get("description", ""),
        source=None if group else source,
        file_group=group,
        decimal_mark=decimal,
        **meta,
    )
