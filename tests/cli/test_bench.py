import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seedbed.cli.main import app
from tests.service.served import KEY, serving

os.environ["NO_PROXY"] = "*"


@pytest.fixture(autouse=True)
def noop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_MODEL", "noop")


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["bench", *arguments])


def test_pictures_are_timed_here() -> None:
    ran = bench("--pictures", "3", "--json")
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert (told["model"], told["size"], told["pictures"]) == ("noop", "64x64", 3)
    assert 0 < told["fastest_seconds"] <= told["median_seconds"] <= told["slowest_seconds"]
    assert told["pictures_per_minute"] > 0
    assert "noop, 64x64 pixels" in bench("--pictures", "1").stdout


def test_pictures_are_timed_with_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_CLIENT_KEY", KEY)
    with serving(tmp_path) as served:
        ran = bench("--pictures", "2", "--server", served.url, "--json")
        assert ran.exit_code == 0, ran.output
        assert len(served.client.get("/v1/seedbed/tasks").json()["data"]) == 3


def test_what_cannot_be_timed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEEDBED_CLIENT_KEY", raising=False)
    assert bench("--pictures", "0").exit_code == 2
    refused = bench("--server", "http://127.0.0.1:9")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
