"""What a source in the deployment file may say, one class per kind of source. Names of secrets, never secrets.

A secret is the name of an environment variable; what it holds is looked up only when the source is asked. Nothing here
reaches out anywhere.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dia_assets.errors import DiaError


class _Source(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FolderSource(_Source):
    """A folder whose files are only read."""

    kind: Literal["folder"] = "folder"
    path: Path


class Authentication(_Source):
    """How a server over HTTP is told who asks; see docs/connect-ss12000.md for which one a supplier uses."""

    kind: Literal["none", "bearer", "client_credentials", "certificate", "certificate_and_token"] = "none"
    token: str | None = Field(default=None, description="Name of the secret that is the bearer token")
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = Field(default=None, description="Name of the secret that is the client's secret")
    client_in: Literal["body", "basic"] = "body"
    scope: str | None = None
    certificate: Path | None = None
    key: Path | None = None


class HttpSource(_Source):
    """What all sources over HTTP have in common."""

    base_url: str = Field(pattern=r"^https?://")
    authentication: Authentication = Authentication()
    ca: Path | None = Field(default=None, description="Certificate authority of the server, where it is its own")
    timeout_seconds: float = Field(default=60, gt=0)
    tries: int = Field(default=5, ge=1, le=20)
    longest_wait_seconds: float = Field(default=300, ge=0, description="Longest time that a Retry-After is obeyed")


class Ss12000Source(HttpSource):
    """A school system's SS 12000:2020 interface."""

    kind: Literal["ss12000"]
    page_size: int | None = Field(default=500, ge=1)
    full_every_days: int = Field(default=7, ge=1, description="Days between complete pulls of the keys")
    overlap_minutes: int = Field(default=10, ge=5)
    window_days_back: int = Field(default=35, ge=0)
    window_days_ahead: int = Field(default=14, ge=0)
    most_pages: int = Field(default=50_000, ge=1, le=99_999)


class OpenDataSource(HttpSource):
    """An authority's open interface: Skolenhetsregistret, Planned Educations or Kolada. See docs/open-statistics.md."""

    kind: Literal["skolenhetsregistret", "planned_educations", "kolada"]
    page_size: int = Field(default=500, ge=1, le=5000)
    municipalities: tuple[str, ...] = Field(default=(), description="Municipality codes; the own one when not said")
    dates: tuple[date, ...] = Field(default=(), description="Skolenhetsregistret: days whose state is asked for, once")
    first_year: int | None = Field(default=None, description="Skolenhetsregistret: 15 October of each year from here")
    indicators: tuple[str, ...] = Field(default=(), description="Kolada: indicators per municipality")
    unit_indicators: tuple[str, ...] = Field(default=(), description="Kolada: indicators per school unit")
    unit_kinds: tuple[str, ...] = Field(default=("V15E",), description="Kolada: how the ids of the units begin")
    years: tuple[int, ...] = Field(default=(), description="Kolada: years; this and the five before when not said")
    titles: dict[str, str] = Field(default={}, description="Kolada: the title that an indicator is expected to have")


class DatabaseSource(_Source):
    """Tables or views of a database, read in Arrow batches."""

    kind: Literal["postgresql", "sqlserver"]
    uri: str = Field(description="Name of the secret that is the connection string")
    batch_rows: int = Field(default=65_536, ge=1)


class SftpSource(_Source):
    """A folder on an SFTP server."""

    kind: Literal["sftp"]
    host: str
    port: int = 22
    user: str
    folder: str = "."
    key: Path | None = None
    password: str | None = Field(default=None, description="Name of the secret that is the password")
    known_hosts: Path
    timeout_seconds: float = Field(default=60, gt=0)
    settle_seconds: float = Field(default=5, ge=0, description="Time between the two looks at a new file")


class ObjectStoreSource(_Source):
    """A folder in object storage, S3 or Azure."""

    kind: Literal["s3", "azure"]
    bucket: str = Field(pattern=r"^[^/]+$", description="Bucket of S3, container of Azure")
    prefix: str = Field(default="", pattern=r"^([^/]+(/[^/]+)*)?$", description="Folder in the bucket")
    endpoint: str | None = Field(default=None, pattern=r"^https?://[^/]+$", description="Of a server of one's own")
    region: str = "eu-north-1"
    access_key: str = Field(description="Name of the secret that is the access key (S3) or the account (Azure)")
    secret_key: str = Field(description="Name of the secret that is the secret key (S3) or the account's key (Azure)")
    timeout_seconds: float = Field(default=60, gt=0)


Source = Annotated[
    FolderSource | Ss12000Source | OpenDataSource | DatabaseSource | SftpSource | ObjectStoreSource,
    Field(discriminator="kind"),
]


def spelled_out(value: object) -> object:
    """The sources as the deployment file has them, with a text for a folder spelled out."""
    if not isinstance(value, dict):
        return value
    return {
        system: {"kind": "folder", "path": source} if isinstance(source, str | Path) else source
        for system, source in value.items()
    }


def secret(name: str) -> str:
    """The secret in an environment variable. Raises `DiaError` that names the variable when it is not there."""
    value = os.environ.get(name)
    if not value:
        raise DiaError(
            f"The environment has no secret {name}.",
            f"Hemligheten {name} saknas i miljön. Lägg in den där körningen startas; den får inte stå i någon fil här.",
        )
    return value
