"""The same promises on Postgres. Runs where Postgres is installed, or `TEST_POSTGRES_URL` names one."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seedbed.errors import ConfigurationError, QueueFull
from seedbed.store.idempotency import IdempotencyKey
from seedbed.store.links import LinkSigner
from seedbed.task import TaskStatus
from seedbed.workflow.runtime import Runtime
from tests.store.rows import KEY_ID, new_task
from tests.workflow.running import ScriptedEngine, running
from tests.workflow.test_runtime import slow
from tests.workflow.test_takeover import go_on_under_another_name, leave_the_living_alone


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


def test_tasks_are_drawn_listed_and_cancelled(tmp_path: Path, url: str) -> None:
    with running(tmp_path, database_url=url) as server:
        go = server.engine.hold("first")
        first = server.begun(server.post("first", webhook_url="http://127.0.0.1:9/"))
        rest = [server.post(f"zwölf 猫 {number}") for number in range(20)]
        assert server.tasks.queue_position(rest[3]) == 4
        assert server.cancel(rest[0]).status is TaskStatus.FAILED
        go.set()
        assert {server.ended(task).status for task in (first, *rest[1:])} == {TaskStatus.COMPLETED}
        assert server.engine.prompts == ["first", *(task.request.prompt for task in rest[1:])]
        page = server.tasks.page(key_id=KEY_ID, limit=15)
        more = server.tasks.page(key_id=KEY_ID, limit=15, cursor=page.next_cursor)
        found = [task.task_id for task in (*page.tasks, *more.tasks)]
        assert found == [task.task_id for task in (first, *rest)][::-1]
        assert server.tasks.get_any(first.task_id).created_at == first.created_at


def test_limit_and_idempotency_hold_under_many_at_once(tmp_path: Path, url: str) -> None:
    with running(tmp_path, database_url=url) as server:
        go = server.engine.hold("first")
        server.begun(server.post("first"))

        def promised(number: int) -> str | None:
            key = IdempotencyKey(f"key {number % 8}", "d" * 64)
            enqueue = server.runtime.enqueue_generation
            try:
                return server.tasks.create(new_task(), idempotency=key, queue_limit=5, enqueue=enqueue).task_id
            except QueueFull:
                return None

        with ThreadPoolExecutor(8) as pool:
            made = set(pool.map(promised, range(40))) - {None}
        assert len(made) == 5
        assert server.sql("SELECT count(*) FROM tasks") == [(6,)]
        assert server.sql("SELECT count(*) FROM dbos.workflow_status") == [(6,)]
        go.set()


def test_a_second_server_is_refused_and_a_restart_goes_on(tmp_path: Path, url: str) -> None:
    with running(tmp_path, database_url=url, shutdown_grace=0.2) as server:
        links = LinkSigner(b"secret", 60)
        second = Runtime(server.settings, server.database, server.tasks, server.images, ScriptedEngine(), links)
        with pytest.raises(ConfigurationError, match="another server"):
            second.launch()
        server.engine.script["slow"] = slow
        task = server.begun(server.post("slow"))
        started = time.monotonic()
    assert time.monotonic() - started < 5
    with running(tmp_path, database_url=url) as server:
        done = server.ended(task)
    assert (done.status, done.attempts) == (TaskStatus.COMPLETED, 1)


def test_a_server_goes_on_under_another_name(tmp_path: Path, url: str) -> None:
    go_on_under_another_name(tmp_path, database_url=url)


def test_what_a_living_server_has_at_hand_is_left_alone(tmp_path: Path, url: str) -> None:
    leave_the_living_alone(tmp_path, database_url=url)
