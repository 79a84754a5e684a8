"""One server and two workers: what the one has at hand when it is killed or frozen ends on the other, once."""

import json
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from sqlalchemy import text

from seedbed.settings import Settings
from seedbed.store.schema import Database, open_database
from seedbed.store.tasks import TaskStore
from tests.process import TASKS, Server, serving, working
from tests.receiver import Receiver, receiving

ENDS = ("COMPLETED", "FAILED")
WITHIN = 90.0
"""Seconds for what takes ten on a machine that does nothing else."""


class Cluster:
    """A server without an engine, and the database that its workers share with it."""

    def __init__(self, server: Server, receiver: Receiver) -> None:
        self.server = server
        self._receiver = receiver
        environment = {name.removeprefix("SEEDBED_").lower(): value for name, value in server.settings.items()}
        self._database: Database = open_database(Settings(**environment))  # type: ignore[arg-type]
        self.tasks = TaskStore(self._database)

    def close(self) -> None:
        self._database.close()

    def post(self, count: int, prompt: str) -> list[str]:
        return [self._posted(prompt) for _ in range(count)]

    def _posted(self, prompt: str) -> str:
        key = str(uuid.uuid4())
        while (task_id := self.server.post(prompt, key, webhook_url=self._receiver.url)) is None:
            time.sleep(0.1)  # no answer within the client's patience; the key makes it one task
        return task_id

    def at_hand(self, worker: str) -> set[str]:
        """The tasks that the database thinks `worker` runs."""
        table = "workflow_status" if self._database.is_sqlite else "dbos.workflow_status"
        query = f"SELECT workflow_uuid FROM {table} WHERE status = 'PENDING' AND executor_id = :worker"
        with self._database.read() as connection:
            return set(connection.scalars(text(query), {"worker": worker}))

    def drawn_by(self, worker: str) -> str:
        """A task that `worker` draws now."""
        until = time.monotonic() + WITHIN
        while True:
            for task_id in self.at_hand(worker):
                if self.tasks.get_any(task_id).status == "IN_PROGRESS":
                    return task_id
            assert time.monotonic() < until, f"{worker} draws nothing"
            time.sleep(0.05)

    def await_all(self, ids: list[str]) -> None:
        for task_id in ids:
            assert self.server.until(task_id, *ENDS, within=WITHIN)["status"] == "COMPLETED"

    def ends_told(self, ids: list[str]) -> Counter[str]:
        """How many different ends the receiver heard of, by task; waits for one of each."""
        until = time.monotonic() + WITHIN
        while True:
            events = {
                (json.loads(each.body)["task_id"], each.headers["webhook-id"])
                for each in self._receiver.deliveries
                if each.status in ENDS
            }
            if {task_id for task_id, _ in events} >= set(ids):
                return Counter(task_id for task_id, _ in events)
            assert time.monotonic() < until, "ends were not told"
            time.sleep(0.1)


@contextmanager
def clustered(folder: Path, **settings: str) -> "Iterator[tuple[Cluster, Popen[bytes], Popen[bytes]]]":
    """A server that only answers, and two workers, `one` and `two`."""
    options = {"draws": "false", "webhook_allow_private": "true", "tasks_at_hand": "2", **settings}
    with receiving() as receiver, serving(folder, **options) as server:
        cluster = Cluster(server, receiver)
        try:
            with working(server, "one") as one, working(server, "two") as two:
                yield cluster, one, two
        finally:
            cluster.close()


def test_what_a_killed_worker_had_at_hand_ends_on_another(tmp_path: Path, postgres_url: str) -> None:
    with clustered(tmp_path, database_url=postgres_url) as (cluster, one, _two):
        ids = cluster.post(8, "slow 3")
        cluster.drawn_by("two")
        cluster.drawn_by("one")
        one.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        one.wait(30)
        while cluster.at_hand("one"):
            assert time.monotonic() - killed < WITHIN, "nobody took over"
            time.sleep(0.05)
        print(f"taken over {time.monotonic() - killed:.1f} s after the kill")
        cluster.await_all(ids)
        # What it drew is drawn again; what it only had at hand was not drawn before.
        assert sorted(cluster.tasks.get_any(task_id).attempts for task_id in ids) == [1] * 7 + [2]
        assert set(cluster.ends_told(ids).values()) == {1}


def test_a_frozen_worker_that_wakes_up_changes_nothing_any_more(tmp_path: Path) -> None:
    with clustered(tmp_path, takeover_after="3") as (cluster, one, _two):
        ids = cluster.post(6, "slow 2")
        interrupted = cluster.drawn_by("one")
        one.send_signal(signal.SIGSTOP)
        cluster.await_all(ids)
        before = [cluster.tasks.get_any(task_id) for task_id in ids]
        assert {task.task_id: task.attempts for task in before}[interrupted] == 2
        one.send_signal(signal.SIGCONT)
        after = cluster.post(4, "slow 0.2")
        cluster.await_all(after)
        assert set(cluster.ends_told(ids + after).values()) == {1}
        assert [cluster.tasks.get_any(task_id) for task_id in ids] == before
        assert cluster.at_hand("one") <= set(after)
        assert one.poll() is None


def test_any_replica_answers_for_what_another_accepted(tmp_path: Path) -> None:
    with serving(tmp_path, patience="240") as first:
        shared = {name.removeprefix("SEEDBED_").lower(): value for name, value in first.settings.items()}
        with serving(tmp_path, patience="240", **shared, worker_id="second", draws="false") as second:
            task_id = first.post("anywhere", "the same key")
            assert task_id is not None
            assert second.post("anywhere", "the same key") == task_id
            told = second.until(task_id, "COMPLETED", within=WITHIN)
            links = told["generated"]
            assert isinstance(links, list)
            path = str(links[0]).partition("/images/")[2]
            pictures = [server.client.get(f"/images/{path}").content for server in (first, second)]
            assert pictures[0] == pictures[1] != b""
            waiting = first.post("slow 60")
            assert waiting is not None
            assert second.client.delete(f"{TASKS}/{waiting}").status_code == 200
            assert first.until(waiting, "FAILED", within=WITHIN)["error"] == "cancelled by its owner"
