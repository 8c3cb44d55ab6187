"""`dia ui` starts Dagster's webserver and daemon on this machine's own address, on the instance of the data root."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dia_assets import cli
from dia_assets.settings import PROJECT

LISTENS = "0A"  # the state in /proc/net/tcp
TRIES = 240


def test_the_command_names_the_workspace_the_address_and_the_data_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    monkeypatch.setenv("DIA_DATA", str(tmp_path))
    monkeypatch.setenv("DIA_PORT", "3456")
    monkeypatch.setattr(os, "chdir", called.append)
    monkeypatch.setattr(os, "execve", lambda *arguments: called.append(arguments))
    answer = CliRunner().invoke(cli.main, ["ui"])
    assert answer.exit_code == 0 and "http://127.0.0.1:3456" in answer.output
    folder, (program, command, environment) = called
    assert (folder, program) == (PROJECT, sys.executable)
    workspace = str(PROJECT / "workspace.yaml")
    assert command[1:] == ["-m", "dagster", "dev", "--workspace", workspace, "--host", "127.0.0.1", "--port", "3456"]
    assert (environment["DIA_DATA"], environment["DAGSTER_HOME"]) == (str(tmp_path), str(tmp_path / "dagster"))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`dia ui` in a session of its own, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    env = {**os.environ, "DIA_DATA": str(tmp_path), "DIA_PORT": str(port)}
    with (tmp_path / "told").open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "dia_assets.cli", "ui"],
            env=env, cwd=PROJECT, stdout=told, stderr=told, start_new_session=True,
        )  # fmt: skip
        try:
            yield process, port
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def test_it_answers_on_this_machine_and_listens_nowhere_else(running: tuple[subprocess.Popen[bytes], int]) -> None:
    process, port = running
    assert "dagster_version" in _answer(process, f"http://127.0.0.1:{port}/server_info")
    commands = [" ".join(_command(pid)) for pid in _session(process.pid)]
    assert any("dagster._daemon" in command for command in commands), commands
    listening = {address for pid in _session(process.pid) for address in _listening(pid)}
    assert f"{port:04X}" in {address.partition(":")[2] for address in listening}
    assert {address.partition(":")[0] for address in listening} == {"0100007F"}, listening


def _answer(process: subprocess.Popen[bytes], address: str) -> dict[str, Any]:
    for _ in range(TRIES):
        assert process.poll() is None
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return json.load(answer)  # type: ignore[no-any-return]
        except OSError:
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
    raise AssertionError("no answer")


def _session(leader: int) -> list[int]:
    """The processes of a session."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                own = os.getsid(int(folder.name)) == leader
            except ProcessLookupError:
                continue
            found += [int(folder.name)] if own else []
    return found


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
    except OSError:
        return []


def _listening(pid: int) -> list[str]:
    """The addresses (hexadecimal) that a process listens on, TCP of both versions."""
    try:
        sockets = {path.readlink().name for path in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return []
    inodes = {name.removeprefix("socket:[").removesuffix("]") for name in sockets if name.startswith("socket:")}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[3] == LISTENS and row[9] in inodes]
