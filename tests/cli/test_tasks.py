import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seedbed.cli.generate import SOME_FAILED
from seedbed.cli.main import app
from tests.backing import only_on_one_machine
from tests.service.served import KEY, Served, serving

os.environ["NO_PROXY"] = "*"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, served: Served) -> None:
    monkeypatch.setenv("SEEDBED_CLIENT_URL", served.url)
    monkeypatch.setenv("SEEDBED_CLIENT_KEY", KEY)
    monkeypatch.chdir(tmp_path)


def seedbed(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's disk that is always full")
def test_a_full_disk_is_one_sentence(served: Served) -> None:
    task_id = served.drawn(prompt="a cat").json()["data"]["task_id"]
    refused = seedbed("tasks", "save", task_id, "-o", "/dev/full")
    assert refused.exit_code == 1
    assert refused.stderr == "seedbed: /dev/full cannot be written: No space left on device\n"


def test_tasks_are_listed_shown_and_saved(served: Served, tmp_path: Path) -> None:
    task_id = served.drawn(prompt="on the line", seed=3).json()["data"]["task_id"]
    (listed,) = seedbed("tasks", "list", "--limit", "1").stdout.splitlines()
    assert listed == f"{task_id}  COMPLETED    64x64  seed 3  on the line"
    shown = seedbed("tasks", "show", task_id).stdout
    assert "COMPLETED" in shown
    assert "seed 3" in shown
    told = json.loads(seedbed("tasks", "show", task_id, "--json").stdout)
    assert (told["status"], told["seed"], told["size"]) == ("COMPLETED", 3, "64x64")
    ran = seedbed("tasks", "save", task_id, "-o", "it.jpeg")
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "it.jpeg").read_bytes().startswith(b"\xff\xd8")
    saved = json.loads(seedbed("tasks", "save", task_id, "-o", "it.jpeg", "--json").stdout)
    assert (saved["task_id"], saved["file"], saved["seed"]) == (task_id, "it.jpeg", 3)


@only_on_one_machine("of three workers one is free to draw what is to wait")
def test_a_task_is_followed_and_stopped(served: Served) -> None:
    slow = served.post(prompt="slow 8").json()["data"]["task_id"]
    while served.get(slow).json()["data"]["status"] == "CREATED":
        time.sleep(0.02)
    waiting = served.post().json()["data"]["task_id"]
    assert "1 before it" in seedbed("tasks", "show", waiting).stdout
    assert "FAILED" in seedbed("tasks", "cancel", waiting).stdout
    seedbed("tasks", "cancel", slow)
    assert "cancelled by its owner" in seedbed("tasks", "watch", slow).stdout.splitlines()[-1]
    assert seedbed("tasks", "list", "--status", "FAILED", "--limit", "2").stdout.count("FAILED") == 2


def test_what_cannot_be_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = seedbed("tasks", "show", "no-such-task")
    assert (ran.exit_code, ran.stderr) == (1, "seedbed: Task not found\n")
    monkeypatch.setenv("SEEDBED_CLIENT_KEY", "wrong")
    assert seedbed("tasks", "list").stderr == (
        "seedbed: Invalid API key: set SEEDBED_CLIENT_KEY to one that `seedbed keys create` made there\n"
    )
    monkeypatch.delenv("SEEDBED_CLIENT_KEY")
    assert "SEEDBED_CLIENT_KEY" in seedbed("tasks", "list").stderr


def test_a_server_draws_a_batch(served: Served, tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("two owls\nfail\n")
    arguments = ("generate", "--from", "prompts.txt", "--seeds", "1..2", "--server", served.url, "-o", "out", "--json")
    ran = seedbed(*arguments)
    assert ran.exit_code == SOME_FAILED, ran.output
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [(line["prompt"], line["seed"], line["error"]) for line in lines] == [
        ("two owls", 1, None),
        ("two owls", 2, None),
        ("fail", 1, "the prompt asked for a failure"),
        ("fail", 2, "the prompt asked for a failure"),
    ]
    assert [line["model"] for line in lines[:2]] == ["noop", "noop"]
    before = len(served.client.get("/v1/seedbed/tasks").json()["data"])
    seedbed(*arguments)
    assert len(served.client.get("/v1/seedbed/tasks").json()["data"]) == before + 2
