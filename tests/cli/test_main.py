import subprocess
import sys

import pytest
from typer.testing import CliRunner

from seedbed.cli.main import app

HEAVY = {"fastapi", "uvicorn", "dbos", "sqlalchemy", "torch", "httpx2", "obstore", "numpy"}


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    for command in ("serve", "generate", "vocabulary", "train", "keys", "webhooks", "demo"):
        assert command in shown.output


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
