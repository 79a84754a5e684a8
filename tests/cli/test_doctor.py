import json
from pathlib import Path

from typer.testing import CliRunner, Result

from seedbed.cli.main import app
from seedbed.settings import Settings
from seedbed.store.keys import KeyStore
from seedbed.store.schema import open_database
from seedbed.store.workers import WorkerStore


def run(folder: Path, **environment: str) -> Result:
    return CliRunner().invoke(app, ["doctor"], env={"SEEDBED_DATA_DIR": str(folder), **environment})


def test_trouble_is_code_1_and_says_what_to_do(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "trouble  no API key is valid" in result.stdout
    assert "`seedbed keys create`" in result.stdout


def test_warnings_alone_are_code_0(tmp_path: Path) -> None:
    database = open_database(Settings(data_dir=tmp_path))
    KeyStore(database).create("a")
    WorkerStore(database).beat("one", draws=True)
    database.close()
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "warning  webhooks link to images at" in result.stdout


def test_settings_that_cannot_be_are_told_first(tmp_path: Path) -> None:
    refused = run(tmp_path, SEEDBED_QUEUE_LIMIT="many")
    assert refused.exit_code == 1
    assert "SEEDBED_QUEUE_LIMIT" in refused.stderr


def test_findings_are_told_as_json(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json"], env={"SEEDBED_DATA_DIR": str(tmp_path)})
    assert result.exit_code == 1
    findings = [json.loads(line) for line in result.stdout.splitlines()]
    assert any(each["severity"] == "trouble" and "API key" in each["words"] for each in findings)
