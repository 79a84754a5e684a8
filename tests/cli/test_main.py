import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from seedbed.cli.main import app

HEAVY = {"fastapi", "uvicorn", "dbos", "sqlalchemy", "torch", "httpx2", "obstore", "numpy"}


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    for command in ("serve", "generate", "vocabulary", "mcp", "bench", "train", "keys", "webhooks", "demo"):
        assert command in shown.output


ENDLESS = {"serve", "worker", "mcp"}
"""Commands that go on until they are stopped, and so have no answer to print."""


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command with its whole name."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_every_command_that_answers_does_so_as_json_if_asked() -> None:
    found = dict(commands(typer.main.get_command(app)))
    assert found.keys() >= ENDLESS | {"models list", "keys secret", "webhooks verify", "demo", "train"}
    without = {name for name, command in found.items() if not any("--json" in each.opts for each in command.params)}
    assert without == ENDLESS


def test_the_command_loads_nothing_heavy_before_it_knows_what_to_do() -> None:
    code = f"import sys, seedbed.cli.main; print(sorted({HEAVY} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_what_we_refuse_on_purpose_is_one_sentence_and_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_NO_SUCH_SETTING", "1")
    refused = CliRunner().invoke(app, ["serve"])
    assert refused.exit_code == 1
    assert refused.stderr == "seedbed: unknown settings: SEEDBED_NO_SUCH_SETTING\n"


def test_the_module_is_the_command() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "seedbed", "keys", "--help"], capture_output=True, text=True, check=True
    )
    assert "seedbed keys" in ran.stdout


def _interruptible() -> None:
    # Tests that a shell started in the background ignore interruptions, and so would what they start.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interruption_is_code_130_and_the_same_command_goes_on(tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("slow 0\nslow 300\n")
    command = [sys.executable, "-m", "seedbed", "generate", "--from", "prompts.txt", "-o", "out"]
    environment = {**os.environ, "SEEDBED_MODEL": "noop-faulty"}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL, preexec_fn=_interruptible
    )
    manifest = tmp_path / "out" / "manifest.jsonl"
    while not (manifest.exists() and manifest.read_text()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert len(manifest.read_text().splitlines()) == 1
    (tmp_path / "prompts.txt").write_text("slow 0\nfail\n")
    again = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert again.returncode == 3
    assert "there already" in again.stdout


def test_the_shell_completes_commands_and_values() -> None:
    def completed(words: str, place: int) -> list[str]:
        asked = {"_SEEDBED_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
        return CliRunner().invoke(app, [], prog_name="seedbed", env=asked).stdout.split()

    assert completed("seedbed ta", 1) == ["tasks"]
    assert completed("seedbed tasks c", 2) == ["cancel"]
    assert completed("seedbed generate --aspect-ratio wide", 3) == ["widescreen_16_9"]
