import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from httpx2 import Client
from standardwebhooks import Webhook

from seedbed.errors import SignatureError
from seedbed.store.keys import KeyStore
from seedbed.store.links import LinkSigner
from seedbed.store.secrets import SecretStore
from seedbed.task import TaskStatus
from seedbed.webhooks.signature import verify
from seedbed.workflow.deliver import signing_secrets
from tests.receiver import Answer, Delivery, Receiver, receiving
from tests.workflow.announcing import announcing, outcome

SECRET = "a secret of the test's own"


def statuses(receiver: Receiver) -> list[str]:
    return [delivery.status for delivery in receiver.deliveries]


def ids(receiver: Receiver) -> list[str]:
    return [delivery.headers["webhook-id"] for delivery in receiver.deliveries]


def threads_end(prefix: str, within: float) -> bool:
    until = time.monotonic() + within
    while running := [t for t in threading.enumerate() if t.name.startswith(prefix)]:
        if time.monotonic() > until:
            return False
        running[0].join(0.05)
    return True


def test_each_change_is_announced_as_it_happens(tmp_path: Path) -> None:
    with receiving() as receiver, announcing(tmp_path, webhook_secret=SECRET) as durable:
        go = durable.engine.hold("a cat")
        task = durable.post(webhook_url=receiver.url)
        receiver.take(1)
        go.set()
        beginning, end = receiver.take(2)
        shown = LinkSigner(b"secret", 3600).body(durable.ended(task), durable.settings.base_url)
    assert json.loads(beginning.body) == {"task_id": task.task_id, "status": "IN_PROGRESS", "generated": []}
    assert end.body == json.dumps(shown, separators=(",", ":")).encode()
    for delivery in (beginning, end):
        verify([SECRET], delivery.headers, delivery.body, time.time())
    assert len(set(ids(receiver))) == 2


def test_a_task_that_is_quicker_than_the_queue_is_announced_in_order(tmp_path: Path) -> None:
    with receiving() as receiver, announcing(tmp_path) as durable:
        tasks = [durable.post(webhook_url=receiver.url) for _ in range(5)]
        receiver.take(10)
        time.sleep(0.2)
    for task in tasks:
        mine = [d.status for d in receiver.deliveries if json.loads(d.body)["task_id"] == task.task_id]
        assert mine == ["IN_PROGRESS", "COMPLETED"]


def test_a_task_without_a_receiver_is_announced_to_nobody(tmp_path: Path) -> None:
    with announcing(tmp_path) as durable:
        assert durable.ended(durable.post()).status is TaskStatus.COMPLETED


def test_a_refusal_is_followed_by_another_attempt_of_the_same_event(tmp_path: Path) -> None:
    answers: Iterator[Answer] = iter([Answer(500), Answer(503), Answer(404)])
    refusing = receiving(lambda delivery: next(answers, Answer()))
    with refusing as receiver, announcing(tmp_path, webhook_secret=SECRET) as durable:
        task = durable.post(webhook_url=receiver.url)
        assert outcome(task, "COMPLETED", 3) == "delivered: 200"
    assert statuses(receiver) == ["IN_PROGRESS", "COMPLETED", "COMPLETED", "COMPLETED"]
    assert len(set(ids(receiver)[1:])) == 1
    for delivery in receiver.deliveries:
        verify([SECRET], delivery.headers, delivery.body, time.time())


def test_an_end_waits_for_a_beginning_that_is_on_its_way(tmp_path: Path) -> None:
    done: list[str] = []

    def slow_at_first(delivery: Delivery) -> Answer:
        if delivery.status == "IN_PROGRESS":
            time.sleep(0.6)
        done.append(delivery.status)
        return Answer()

    with receiving(slow_at_first) as receiver, announcing(tmp_path) as durable:
        go = durable.engine.hold("a cat")
        task = durable.post(webhook_url=receiver.url)
        receiver.take(1)
        go.set()
        outcome(task, "COMPLETED", 1)
    assert done == ["IN_PROGRESS", "COMPLETED"]


def test_an_undelivered_beginning_is_dropped_once_the_end_is_there(tmp_path: Path) -> None:
    def refuse_beginnings(delivery: Delivery) -> Answer:
        return Answer(500 if delivery.status == "IN_PROGRESS" else 200)

    with receiving(refuse_beginnings) as receiver, announcing(tmp_path) as durable:
        go = durable.engine.hold("a cat")
        task = durable.post(webhook_url=receiver.url)
        assert outcome(task, "IN_PROGRESS", 1) == "failed: answered 500"
        go.set()
        assert outcome(task, "COMPLETED", 1) == "delivered: 200"
        last = 2
        while (came := outcome(task, "IN_PROGRESS", last)) != "superseded":
            assert came == "failed: answered 500"
            last += 1
    assert statuses(receiver)[-1] == "COMPLETED"


def test_a_cancelled_task_that_never_began_has_only_an_end(tmp_path: Path) -> None:
    with receiving() as receiver, announcing(tmp_path) as durable:
        go = durable.engine.hold("a cat")
        durable.post()
        waiting = durable.post(webhook_url=receiver.url)
        durable.cancel(waiting)
        outcome(waiting, "FAILED", 1)
        go.set()
    assert statuses(receiver) == ["FAILED"]
    assert json.loads(receiver.deliveries[0].body)["error"] == "cancelled by its owner"


def test_a_dead_receiver_is_given_up_and_delays_nobody(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    with receiving() as receiver, announcing(tmp_path, webhook_max_attempts=2) as durable:
        lost = durable.post(webhook_url=dead)
        durable.post(webhook_url=receiver.url)
        receiver.take(2)
        assert outcome(lost, "COMPLETED", 1).startswith("failed: ")
        assert outcome(lost, "COMPLETED", 2).startswith("given up: ")


def test_a_refused_address_is_given_up_at_once(tmp_path: Path) -> None:
    with receiving() as receiver, announcing(tmp_path, webhook_allow_private=False) as durable:
        task = durable.post(webhook_url=receiver.url)
        assert outcome(task, "COMPLETED", 1) == "given up: URL must be https"
    assert receiver.connections == 0


def test_during_a_rotation_both_secrets_sign(tmp_path: Path) -> None:
    with receiving() as receiver, announcing(tmp_path, webhook_secret=f"{SECRET}, whsec_b2xk") as durable:
        durable.post(webhook_url=receiver.url)
        for delivery in receiver.take(2):
            verify([SECRET], delivery.headers, delivery.body, time.time())
            Webhook("whsec_b2xk").verify(delivery.body, delivery.headers)


def test_a_key_with_secrets_of_its_own_is_signed_with_those_alone(tmp_path: Path) -> None:
    with receiving() as receiver, announcing(tmp_path, webhook_secret=SECRET) as durable:
        keys = KeyStore(durable.database)
        record, _ = keys.create("own")
        for secret in ("whsec_b2xk", "whsec_bmV3"):
            keys.add_webhook_secret(record.key_id, secret)
        durable.post(webhook_url=receiver.url, key_id=record.key_id)
        for delivery in receiver.take(2):
            for secret in ("whsec_b2xk", "whsec_bmV3"):
                Webhook(secret).verify(delivery.body, delivery.headers)
            with pytest.raises(SignatureError):
                verify([SECRET], delivery.headers, delivery.body, time.time())


def test_without_a_secret_the_server_signs_with_one_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    found = []
    with receiving() as receiver:
        for start in range(2):
            with announcing(tmp_path) as durable:
                durable.post(webhook_url=receiver.url)
                receiver.take(2 * start + 2)
                found.append(signing_secrets(durable.settings, SecretStore(durable.database)))
    assert found[0] == found[1]
    for delivery in receiver.deliveries:
        Webhook(found[0][0]).verify(delivery.body, delivery.headers)


def test_a_shutdown_breaks_an_attempt_off_and_the_next_start_repeats_it(tmp_path: Path) -> None:
    with receiving(lambda _: Answer(after=30)) as receiver:
        with announcing(tmp_path, webhook_timeout=30.0) as durable:
            durable.post(webhook_url=receiver.url)
            receiver.take(1)
        assert threads_end("dbos-executor-", within=3)
        receiver.answer = lambda _: Answer()
        before = len(receiver.deliveries)
        with announcing(tmp_path):
            again = receiver.take(before + 2)[before:]
    assert [delivery.status for delivery in again] == ["IN_PROGRESS", "COMPLETED"]
    assert again[0].headers["webhook-id"] == receiver.deliveries[0].headers["webhook-id"]


@contextmanager
def server(folder: Path, key: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`seedbed serve` as a process of its own, and its URL; killed without mercy at the end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")}
    settings = {
        "SEEDBED_DATA_DIR": str(folder),
        "SEEDBED_API_KEYS": key,
        "SEEDBED_MODEL": "noop",
        "SEEDBED_POLL_INTERVAL": "0.02",
        "SEEDBED_WEBHOOK_ALLOW_PRIVATE": "true",
        "SEEDBED_WEBHOOK_RETRY_BASE": "0.3",
        "SEEDBED_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "seedbed", "serve", "--port", "0"]
    process = subprocess.Popen(command, env={**environment, **settings}, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process, process.stdout.readline().partition("listens on ")[2].split()[0]
    finally:
        process.kill()
        process.communicate()


def post(url: str, key: str, receiver: str) -> str:
    with Client(base_url=url, headers={"x-freepik-api-key": key}, timeout=20) as client:
        until = time.monotonic() + 60
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.05)
        body = {"prompt": "a cat", "webhook_url": receiver}
        answer = client.post("/v1/ai/text-to-image/seedream-v4", json=body)
        return str(answer.json()["data"]["task_id"])


@pytest.mark.parametrize("answer", [Answer(500), Answer(after=20)], ids=["retrying", "under way"])
def test_a_killed_server_goes_on_announcing_after_its_restart(tmp_path: Path, answer: Answer) -> None:
    key = secrets.token_hex(16)
    with receiving(lambda _: answer) as receiver:
        with server(tmp_path, key) as (process, url):
            task_id = post(url, key, receiver.url)
            receiver.take(2 if answer.status == 500 else 1)
            process.kill()
        before = len(receiver.deliveries)
        receiver.answer = lambda _: Answer()
        with server(tmp_path, key):
            until = time.monotonic() + 30
            while "COMPLETED" not in statuses(receiver)[before:] and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(0.5)
    after = receiver.deliveries[before:]
    assert [d.status for d in after] in (["COMPLETED"], ["IN_PROGRESS", "COMPLETED"])
    assert {json.loads(delivery.body)["task_id"] for delivery in after} == {task_id}
    assert set(ids(receiver)) <= {f"msg_{task_id}_in_progress", f"msg_{task_id}_completed"}
