"""What the server promises about tasks while processes die; each test drives the real server over HTTP."""

import hashlib
import json
import os
import random
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.process import TASKS, Server, serving
from tests.receiver import Receiver, receiving

KILLS = 20
WORK = 8
"""Tasks that a server takes before it may be killed at its work, on however slow a machine."""
ENDS = ("COMPLETED", "FAILED")
GIVEN_UP = "given up after 3 attempts: the server stopped while it was drawn"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose engine takes two seconds of silence for a hang."""
    with serving(tmp_path_factory.mktemp("kills"), engine_timeout="2") as server:
        yield server


def posted(server: Server, prompt: str) -> str:
    task_id = server.post(prompt)
    assert task_id is not None
    return task_id


def test_an_engine_killed_while_it_draws_costs_the_task_nothing(server: Server) -> None:
    task_id = posted(server, "slow 1")
    server.until(task_id, "IN_PROGRESS")
    os.kill(server.engine_pid(), signal.SIGKILL)
    assert server.until(task_id, *ENDS)["status"] == "COMPLETED"


def test_a_prompt_that_always_kills_the_engine_fails_with_its_reason(server: Server) -> None:
    before = server.process
    poison, next_one = posted(server, "crash"), posted(server, "a cat")
    failed = server.until(poison, *ENDS)
    assert failed["status"] == "FAILED"
    assert failed["error"] == "given up after 3 attempts: the engine's process died with exit code 70"
    assert server.until(next_one, *ENDS)["status"] == "COMPLETED"
    assert before is not None
    assert before.poll() is None


def test_an_engine_that_hangs_is_ended_and_the_task_with_it(server: Server) -> None:
    task_id = posted(server, "hang")
    server.until(task_id, "IN_PROGRESS")
    assert server.ask("GET", "/livez") is not None
    failed = server.until(task_id, *ENDS)
    assert failed["error"] == "given up after 3 attempts: the engine gave no sign of life for 2 seconds"
    assert server.until(posted(server, "a cat"), *ENDS)["status"] == "COMPLETED"


def test_a_terminated_server_hands_back_what_it_draws(server: Server) -> None:
    task_id, waiting = posted(server, "slow 4"), posted(server, "a cat")
    server.until(task_id, "IN_PROGRESS")
    started = time.monotonic()
    server.end(signal.SIGTERM)
    assert time.monotonic() - started < 10
    server.start()
    for each in (task_id, waiting):
        assert server.until(each, *ENDS, within=60)["status"] == "COMPLETED"


def test_a_task_that_takes_the_server_down_each_time_is_given_up(tmp_path: Path) -> None:
    with serving(tmp_path, max_attempts="2") as server:
        poison, innocent = posted(server, "slow 20"), posted(server, "a cat")
        for _ in range(2):
            server.until(poison, "IN_PROGRESS")
            # The status outlives the kill: the second must wait until it is drawn again.
            time.sleep(0.5)
            server.end(signal.SIGKILL)
            server.start()
            server.await_ready()
            time.sleep(0.5)
        failed = server.until(poison, "FAILED")
        assert failed["error"] == "given up after 2 attempts: the server stopped while it was drawn"
        assert server.until(innocent, *ENDS)["status"] == "COMPLETED"


@dataclass
class Ledger:
    """What clients were told, from several threads."""

    accepted: list[str] = field(default_factory=list)
    hooked: list[str] = field(default_factory=list)
    ended: dict[str, tuple[object, ...]] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def submit(self, server: Server, hook: str) -> None:
        """Post tasks until told to stop; what is not answered is posted again, under the same key."""
        while not self.stop.is_set():
            key, seed = str(uuid.uuid4()), random.randrange(2**31)
            url = hook if random.random() < 0.2 else None
            while (task_id := server.post("slow 0.04", key, seed=seed, webhook_url=url)) is None:
                time.sleep(0.05)
            self.accepted.append(task_id)
            if url is not None:
                self.hooked.append(task_id)
            time.sleep(random.uniform(0.02, 0.08))

    def watch(self, server: Server) -> None:
        """Look at tasks until told to stop: what has ended may not change, nor may its image."""
        while not self.stop.is_set():
            time.sleep(0.03)
            if self.accepted:
                self.look(server, random.choice(self.accepted))

    def look(self, server: Server, task_id: str) -> bool:
        """Whether a task has ended; notes it when it contradicts what was said before."""
        task = server.task(task_id)
        if task is None or task["status"] not in ENDS:
            if task is not None and task_id in self.ended:
                self.contradictions.append(f"{task_id} was {self.ended[task_id]}, now {task}")
            return False
        image = self.image(server, task)
        if image is None:
            return False
        end = (task["status"], task.get("error"), image)
        if self.ended.setdefault(task_id, end) != end:
            self.contradictions.append(f"{task_id} was {self.ended[task_id]}, now {end}")
        return True

    def image(self, server: Server, task: dict[str, object]) -> str | None:
        if task["status"] == "FAILED":
            return ""
        urls = task["generated"]
        assert isinstance(urls, list)
        answer = server.ask("GET", urls[0])
        return None if answer is None else hashlib.sha256(answer.content).hexdigest()


def all_tasks(server: Server) -> list[str]:
    """Every task that the server lists."""
    found: list[str] = []
    cursor: str | None = None
    while cursor is not None or not found:
        answer = server.ask("GET", TASKS, params={"limit": 100, **({"cursor": cursor} if cursor else {})})
        assert answer is not None
        found += [task["task_id"] for task in answer.json()["data"]]
        cursor = answer.headers.get("x-seedbed-next-cursor")
        if cursor is None:
            break
    return found


def told(receiver: Receiver) -> dict[str, set[tuple[str, str]]]:
    """By task, the ends that the receiver heard of, with their events' ids."""
    found: dict[str, set[tuple[str, str]]] = {}
    for delivery in receiver.deliveries:
        if delivery.status in ENDS:
            event = (delivery.headers["webhook-id"], delivery.status)
            found.setdefault(json.loads(delivery.body)["task_id"], set()).add(event)
    return found


def kill_again_and_again(server: Server, ledger: Ledger) -> None:
    """Kill and restart the server: one time in four wherever it stands, else at some moment of its work."""
    for number in range(KILLS):
        before = len(ledger.accepted)
        time.sleep(random.uniform(0.8, 3.6))
        while number % 4 and len(ledger.accepted) < before + WORK:
            time.sleep(random.uniform(0.0, 0.1))
        server.end(signal.SIGKILL)
        server.start()
    server.await_ready()


def await_all(server: Server, ledger: Ledger, receiver: Receiver) -> None:
    """Wait until every accepted task has ended, and every end that somebody waits for was told."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        open_ends = [task_id for task_id in ledger.accepted if not ledger.look(server, task_id)]
        if not open_ends and not set(ledger.hooked) - set(told(receiver)):
            return
        time.sleep(0.5)


@pytest.mark.timeout(900)
def test_no_task_is_lost_or_doubled_by_kills_at_any_moment(tmp_path: Path) -> None:
    options = {"webhook_allow_private": "true", "webhook_retry_base": "0.2", "rate_limit": "1000000"}
    with receiving() as receiver, serving(tmp_path, **options) as server:
        ledger = Ledger()
        work = [lambda: ledger.submit(server, receiver.url)] * 2 + [lambda: ledger.watch(server)]
        threads = [threading.Thread(target=each) for each in work]
        for thread in threads:
            thread.start()
        try:
            kill_again_and_again(server, ledger)
        finally:
            ledger.stop.set()
            for thread in threads:
                thread.join()
        await_all(server, ledger, receiver)
        listed, heard = all_tasks(server), told(receiver)
    ends = Counter(ledger.ended[task_id][0] for task_id in ledger.accepted if task_id in ledger.ended)
    print(f"{KILLS} kills, {len(ledger.accepted)} tasks: {dict(ends)}; {len(heard)} webhooks heard")
    assert len(ledger.accepted) > 5 * KILLS
    assert set(ledger.accepted) - set(ledger.ended) == set(), "lost"
    assert sorted(listed) == sorted(ledger.accepted), "doubled or lost"
    assert ledger.contradictions == []
    assert {ledger.ended[task_id][1] for task_id in ledger.ended} <= {None, GIVEN_UP}
    assert set(heard) == set(ledger.hooked)
    assert [events for events in heard.values() if len(events) != 1] == [], "announced twice"
