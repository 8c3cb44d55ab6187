"""Servers that stand for the real ones, each a process of its own on 127.0.0.1: moto for S3, Azurite for Azure."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dia_assets.object_store import filesystem
from dia_assets.sources.config import ObjectStoreSource

AZURITE = Path(__file__).parent / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
MOTO = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("listens on http://127.0.0.1:%d" % server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""
# Azurite's only account, the same everywhere: published by its makers, a secret of nobody.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
SECRETS = {"EMULATOR_KEY": ACCOUNT, "EMULATOR_SECRET": ACCOUNT_KEY}


@contextmanager
def object_store(kind: str, bucket: str = "skola") -> Iterator[ObjectStoreSource]:
    """A running store with one empty bucket. Its secrets are those in `SECRETS`."""
    command = [sys.executable, "-c", MOTO] if kind == "s3" else _azurite()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        found = (re.search(r"listens on (http://127\.0\.0\.1:\d+)", line) for line in process.stdout)
        address = next((match[1] for match in found if match), None)
        assert address is not None, f"the emulator of {kind} did not start"
        store = ObjectStoreSource.model_validate(
            {"kind": kind, "bucket": bucket, "endpoint": address}
            | {"access_key": "EMULATOR_KEY", "secret_key": "EMULATOR_SECRET", "timeout_seconds": 20}
        )
        with pytest.MonkeyPatch.context() as patch:
            for name, value in SECRETS.items():
                patch.setenv(name, value)
            _make_bucket(store)
            yield store
    finally:
        process.kill()
        process.communicate()


def _make_bucket(store: ObjectStoreSource) -> None:
    if store.kind == "azure":
        filesystem(store).create_dir(store.bucket)
        return
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=store.endpoint,
        region_name=store.region,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key=ACCOUNT_KEY,
    )
    client.create_bucket(Bucket=store.bucket, CreateBucketConfiguration={"LocationConstraint": store.region})


def _azurite() -> list[str]:
    node = shutil.which("node")
    assert node and AZURITE.is_file(), "Azurite is not installed: run `make emulators`"
    where = ["--blobHost", "127.0.0.1", "--blobPort", "0"]
    return [
        node,
        str(AZURITE),
        *where,
        "--inMemoryPersistence",
        "--disableTelemetry",
        "--silent",
        "--skipApiVersionCheck",
    ]
