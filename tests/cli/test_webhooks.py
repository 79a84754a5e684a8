import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seedbed.cli.main import app
from seedbed.webhooks.signature import sign
from tests.backing import backed
from tests.receiver import Answer, receiving
from tests.workflow.announcing import announcing


def secrets(folder: Path, *more: str, **environment: str) -> list[str]:
    given = {"SEEDBED_DATA_DIR": str(folder), **environment}
    result = CliRunner().invoke(app, ["webhooks", "secret", *more], env=given)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_the_configured_secrets_are_shown(tmp_path: Path) -> None:
    assert secrets(tmp_path, SEEDBED_WEBHOOK_SECRET="old, new") == ["old", "new"]
    told = secrets(tmp_path, "--json", SEEDBED_WEBHOOK_SECRET="old, new")
    assert [json.loads(line) for line in told] == [{"secret": "old"}, {"secret": "new"}]


def test_the_servers_own_secret_stays_the_same(tmp_path: Path) -> None:
    (first,) = secrets(tmp_path)
    assert first.startswith("whsec_")
    assert secrets(tmp_path) == [first]
    assert secrets(tmp_path / "another") != [first]


def run(*arguments: str) -> list[str]:
    result = CliRunner().invoke(app, ["webhooks", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_a_dead_letter_is_listed_shown_and_told_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"data_dir": str(tmp_path), **backed(tmp_path)}.items():
        monkeypatch.setenv(f"SEEDBED_{name.upper()}", value)
    with receiving(lambda _: Answer(410)) as receiver, announcing(tmp_path) as server:
        task = server.settled(server.post(webhook_url=receiver.url))
        webhook_id = f"msg_{task.task_id}_completed"
        until = time.monotonic() + 30
        while not any(webhook_id in line for line in run("list", "--dead", "--task", task.task_id)):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert run("list", "--task", "another") == []
        (shown,) = run("show", webhook_id)
        assert "given up" in shown
        assert "410" in shown
        told = json.loads(run("list", "--dead", "--json")[0])
        assert (told["webhook_id"], told["outcome"], told["number"]) == (webhook_id, "given up", 1)
        receiver.answer = lambda _: Answer()
        assert run("replay", webhook_id) == [f"{webhook_id} is in the queue"]
        (again,) = (json.loads(line) for line in run("replay", webhook_id, "--json"))
        assert again == {"webhook_id": webhook_id, "queued": True}
        while "delivered" not in run("show", webhook_id)[0]:
            assert time.monotonic() < until + 30
            time.sleep(0.1)
    assert receiver.deliveries[-1].headers["webhook-id"] == webhook_id


def test_what_was_never_tried_cannot_be_told_again(tmp_path: Path) -> None:
    environment = {"SEEDBED_DATA_DIR": str(tmp_path)}
    refused = CliRunner().invoke(app, ["webhooks", "replay", "msg_x_completed"], env=environment)
    assert (refused.exit_code, refused.stderr) == (1, "seedbed: Delivery not found\n")


def verified(*more: str, body: bytes = b"{}") -> tuple[int, str]:
    signature = sign(["test-secret"], "msg_1", 1_700_000_000, b"{}")
    given = ["--id", "msg_1", "--timestamp", "1700000000", "--signature", signature, "--secret", "test-secret"]
    result = CliRunner().invoke(app, ["webhooks", "verify", *given, *more], input=body)
    return result.exit_code, result.stdout + result.stderr


def test_a_webhook_can_be_verified_by_hand() -> None:
    assert verified("--at", "1700000100") == (0, "signed by us\n")
    assert verified("--at", "1700000100", "--json") == (0, '{"webhook_id": "msg_1", "verified": true}\n')
    assert verified() == (1, "seedbed: the timestamp is more than five minutes off\n")
    assert verified("--at", "1700000100", body=b"{ }") == (1, "seedbed: no signature matches\n")
