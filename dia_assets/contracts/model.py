"""What a dataset contract consists of; docs/contracts.md explains every key. Nothing here reads a file.

A contract answers: can the row be read, whose is it, what law covers it, when is it due?
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

SQL_TYPES = {
    "text": "VARCHAR",
    "json": "VARCHAR",
    "marked": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMPTZ",
    "boolean": "BOOLEAN",
}
LoadMode = Literal["full", "period", "upsert", "append"]
LOCAL_TIME = "Europe/Stockholm"  # what a time without zone is in, as Swedish systems write it
TRUE_WORDS = ("j", "ja", "true", "1", "y", "s")
FALSE_WORDS = ("n", "nej", "false", "0")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileLayout(_Part):
    """Another layout of a file without header, told by its number of columns and, where said, the years it was used.

    `without`: the columns of the contract that it lacks. Years are those of the file name's group `year`.
    """

    columns: int
    without: tuple[str, ...]
    from_year: int | None = None
    to_year: int | None = None

    def is_of(self, year: str | None) -> bool:
        """Whether it was used in the year that a file's name says; where no year is said, only if it has no years."""
        if self.from_year is None and self.to_year is None:
            return True
        return year is not None and (self.from_year or 0) <= int(year) <= (self.to_year or int(year))

    @property
    def years_sv(self) -> str:
        """The years in Swedish, in brackets; empty when none are said."""
        years = [f"från {self.from_year}"] if self.from_year else []
        years += [f"till och med {self.to_year}"] if self.to_year else []
        return f" ({' '.join(years)})" if years else ""


class Format(_Part):
    """How the file is written."""

    kind: Literal["delimited", "json", "excel", "parquet"]
    delimiter: str = ";"
    quote: str | None = '"'
    header: bool = True
    header_row: int | Literal["find"] = 1
    encodings: tuple[str, ...] = ("utf-8",)
    decimal: Literal[",", "."] = "."
    columns: int | None = None
    layouts: tuple[FileLayout, ...] = ()
    footer: Literal["first_blank_key"] | None = None
    records: str | None = None
    member: str | None = None
    file_set: Literal["oneroster", "sds"] | None = None
    sheet: str | None = None
    break_rows: str | None = None
    skip_rows: str | None = None

    @field_validator("member", "sheet", "break_rows", "skip_rows")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        re.compile(value or "")
        return value

    @property
    def is_report(self) -> bool:
        """Whether the file is a report to be read row by row: a heading to look for, break rows, rows to skip."""
        is_wide = "utf-16" in self.encodings  # Excel's "Unicode text", in which a line end is two bytes
        return self.header_row == "find" or self.break_rows is not None or self.skip_rows is not None or is_wide


class Load(_Part):
    """What a delivery means for what is already there.

    `full`: the whole dataset; `period`: replaces the scopes (combinations of the scope columns) that it contains;
    `upsert`: adds and replaces by key; `append`: only adds. `entity`: the columns that name the source's own record
    (in SS 12000 the object that a row is, or is part of): a delivery of changes replaces all rows of the records that
    it contains, and a deleted record takes all its rows with it. `order`: the named groups of the file name (a day, a
    version) that say which of two deliveries of the same thing is the newer; an older one that comes later is not
    taken in, so that the order of arrival does not matter. `asked`: for each of the `entity` columns the parameter of
    the request that says it; an answer then replaces what was asked for, such as a month, also when it is empty.
    """

    mode: LoadMode
    key: tuple[str, ...]
    scope: tuple[str, ...] = ()
    entity: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    asked: dict[str, str] = {}


class Expected(_Part):
    """How often a delivery is due: stale when the latest accepted one is older than `every_days` + `grace_days`.

    `part`: the named group of the file name that tells whose part of the dataset a file is (a school unit, say), where
    each part is delivered on its own and grows old on its own.
    """

    every_days: int
    grace_days: int = 0
    part: str | None = None


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
    aliases: tuple[str, ...] = ()
    file_group: str | None = None
    break_group: str | None = None
    request: str | None = None
    type: Literal["text", "integer", "decimal", "date", "time", "timestamp", "boolean", "json", "marked"]
    required: bool = False
    may_be_missing: bool = False
    pattern: str | None = None
    values: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    thousands: bool = False
    repair: Literal["leading_zeros"] | None = None
    role: Literal["person_identifier", "related_person_identifier", "direct_identifier", "security_marking"] | None = (
        None
    )
    identifier: Literal["source_id", "person_number", "dossier_number"] | None = None
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

    @model_validator(mode="after")
    def _ways_of_reading_fit(self) -> Column:
        if self.formats and self.type not in ("date", "timestamp", "time"):
            raise ValueError(f"column {self.name}: `formats` is for dates and times")
        if self.repair and not re.fullmatch(r"\\d\{\d+\}", self.pattern or ""):
            raise ValueError(f"column {self.name}: `repair: leading_zeros` needs a pattern of fixed width, as \\d{{8}}")
        return self

    @property
    def from_file(self) -> bool:
        """Whether the value stands in the record itself, and not in the file's name, a break row or the request."""
        return not (self.file_group or self.break_group or self.request)

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
            case "decimal":
                return _number_sql(trimmed, self.thousands, self.unit == "percent", self.decimal_mark == ",")
            case "timestamp":
                tried = f"try_strptime({trimmed}, [{_listed(self.formats)}])" if self.formats else "null"
                return _moment_sql(trimmed, tried)
            case "date" if self.formats:
                return (
                    f"coalesce(try_cast({trimmed} as date), try_strptime({trimmed}, [{_listed(self.formats)}])::date)"
                )
            case _:
                return f"try_cast({trimmed} as {SQL_TYPES[self.type].lower()})"


def _number_sql(text: str, thousands: bool, percent: bool, comma: bool) -> str:
    """A decimal number, as the macro `as_decimal_comma` reads it in staging."""
    if percent:
        text = f"rtrim({text}, ' \u00a0\u202f%')"
    if thousands:
        text = f"regexp_replace({text}, '[ \u00a0\u202f]', '', 'g')"
    return f"try_cast(replace({text}, ',', '.') as double)" if comma or thousands else f"try_cast({text} as double)"


def _moment_sql(text: str, tried: str) -> str:
    """A point in time: RFC 3339 with `Z` or an offset as it says; without, Swedish local time."""
    local = f"coalesce(try_cast({text} as timestamp), {tried}) at time zone '{LOCAL_TIME}'"
    zoned = f"regexp_matches({text}, ':[0-9.]+ ?([zZ]|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$')"
    return f"case when {zoned} then try_cast({text} as timestamptz) else {local} end"


def _sql_list(words: tuple[str, ...]) -> str:
    return f"({_listed(words)})"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


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
    optional: bool = False
    fetch: dict[str, Any] = {}
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
        named = {*self.load.key, *self.load.scope, *self.load.entity}
        named |= {name for layout in self.format.layouts for name in layout.without}
        named |= {c.identifier_scope for c in self.columns if c.identifier_scope} | {
            c.marks for c in self.columns if c.marks
        }
        if missing := named - set(names):
            raise ValueError(
                f"load, layouts, identifier_scope or marks name columns that do not exist: {sorted(missing)}"
            )
        groups = {*re.compile(self.files).groupindex, *re.compile(self.format.member or "").groupindex}
        if missing := {c.file_group for c in self.columns if c.file_group} - groups:
            raise ValueError(f"file_group without a named group in `files`: {sorted(str(m) for m in missing)}")
        if self.expected.part and self.expected.part not in groups:
            raise ValueError(f"expected.part without a named group in `files`: {self.expected.part}")
        if missing := set(self.load.order) - groups:
            raise ValueError(f"load.order without a named group in `files`: {sorted(missing)}")
        breaks = set(re.compile(self.format.break_rows or "").groupindex)
        if missing := {c.break_group for c in self.columns if c.break_group} - breaks:
            raise ValueError(f"break_group without a named group in `break_rows`: {sorted(str(m) for m in missing)}")
        if self.load.mode == "period" and not self.load.scope:
            raise ValueError("load mode period needs `scope`")
        if self.load.asked and set(self.load.asked) != set(self.load.entity):
            raise ValueError("`load.asked` names a parameter for each column of `load.entity`, and no other")
        return self

    @model_validator(mode="after")
    def _layouts_fit(self) -> DatasetContract:
        whole = [column for column in self.columns if column.from_file]
        required = {column.name for column in whole if column.required}
        form = self.format
        if form.layouts and (form.kind != "delimited" or form.header or form.is_report):
            raise ValueError("`layouts` is for delimited files without header, read line by line")
        for layout in self.format.layouts:
            if layout.columns != len(whole) - len(layout.without):
                raise ValueError(f"layout of {layout.columns} columns: {len(whole)} less `without` is another number")
            if lacking := required & set(layout.without):
                raise ValueError(f"layout of {layout.columns} columns lacks required columns: {sorted(lacking)}")
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

    def subject(self, file_name: str) -> dict[str, str | None] | None:
        """What a file is about, as its name says: its named groups but for those that tell versions apart."""
        match = self.matches(file_name)
        return {k: v for k, v in match.groupdict().items() if k not in self.load.order} if match else None
