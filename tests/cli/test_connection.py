import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seedbed.cli.main import app

COMMANDS = [
    ("tasks", "list"),
    ("tasks", "show", "some-task"),
    ("tasks", "cancel", "some-task"),
    ("tasks", "watch", "some-task"),
    ("tasks", "save", "some-task"),
    ("generate", "a cat"),
    ("generate", "a cat", "--seeds", "1..2"),
    ("bench", "--pictures", "1"),
]
"""All commands that talk to a server, but `mcp`."""


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody answers, and nobody else can begin to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEEDBED_CLIENT_KEY", "some-key")
    monkeypatch.chdir(tmp_path)


def seedbed(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def sentence(address: str) -> str:
    return (
        f"seedbed: no answer from {address}: Connection refused; start one there with `seedbed serve`,"
        " or name another by --server or SEEDBED_CLIENT_URL\n"
    )


def test_who_cannot_reach_a_server_is_told_which_and_what_to_do(nobody: str, tmp_path: Path) -> None:
    # At once: they wait between their tries.
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "seedbed", *command, "--server", nobody],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NO_PROXY": "*"},
        )
        for command in COMMANDS
    ]
    told = [process.communicate(timeout=240) for process in running]
    for command, process, (out, error) in zip(COMMANDS, running, told, strict=True):
        assert (process.returncode, out, error) == (1, "", sentence(nobody)), command
    assert not list(tmp_path.glob("*.jpeg"))


def test_the_servers_address_may_come_from_the_settings(nobody: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_CLIENT_URL", nobody)
    ran = seedbed("tasks", "list", "--json")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (1, "", sentence(nobody))


@pytest.mark.parametrize("address", ["localhost:8000", "example.com", "ftp://example.com"])
def test_what_is_no_address_is_not_even_tried(address: str) -> None:
    ran = seedbed("tasks", "list", "--server", address)
    assert ran.exit_code == 1
    assert ran.stderr == f"seedbed: {address} is no server's address: write it as in http://127.0.0.1:8000\n"
