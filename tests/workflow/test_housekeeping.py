import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedbed.store.tasks import silently
from seedbed.task import Task, TaskStatus
from seedbed.workflow.generate import MAX_RECOVERIES
from seedbed.workflow.housekeeping import Housekeeping
from seedbed.workflow.retention import Retention
from tests.store.rows import new_task
from tests.workflow.running import Running, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as server:
        yield server


def housekeeping(server: Running, at_hand: set[str] | None = None) -> Housekeeping:
    announce = server.runtime.enqueue_announcement
    retention = Retention(server.settings, server.database, server.images)
    return Housekeeping(server.settings, server.tasks, at_hand or set(), announce, retention)


def stored(server: Running) -> Task:
    """A task that no workflow knows."""
    return server.tasks.create(new_task(), idempotency=None, queue_limit=100, enqueue=silently)


def workflow_ids(server: Running) -> set[str]:
    return {row[0] for row in server.sql("SELECT workflow_uuid FROM workflow_status")}


def test_a_task_without_a_workflow_fails(server: Running) -> None:
    task = stored(server)
    housekeeping(server).sweep()
    failed = server.tasks.get_any(task.task_id)
    assert (failed.status, failed.error) == (TaskStatus.FAILED, "its place in the queue was lost")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("MAX_RECOVERY_ATTEMPTS_EXCEEDED", "given up: the server stopped too often while it was at hand"),
        ("CANCELLED", "its workflow ended without a result: CANCELLED"),
        ("SUCCESS", "its workflow ended without a result: SUCCESS"),
    ],
)
def test_a_task_whose_workflow_ended_without_it_fails(server: Running, status: str, reason: str) -> None:
    done = server.settled(server.post())
    server.sql("UPDATE workflow_status SET status = :status", status=status)
    server.sql("UPDATE tasks SET status = 'IN_PROGRESS'")
    housekeeping(server).sweep()
    failed = server.tasks.get_any(done.task_id)
    assert (failed.status, failed.error) == (TaskStatus.FAILED, reason)


def test_a_task_that_dbos_gave_up_fails(server: Running) -> None:
    go = server.engine.hold("first")
    server.begun(server.post("first"))
    waiting = [server.post() for _ in range(server.settings.tasks_at_hand + 4)]
    last = waiting[-1].task_id
    update = "UPDATE workflow_status SET recovery_attempts = :many WHERE workflow_uuid = :id"
    server.sql(update, many=MAX_RECOVERIES + 1, id=last)
    go.set()
    query = "SELECT status FROM workflow_status WHERE workflow_uuid = :id"
    until = time.monotonic() + 20
    while server.sql(query, id=last) != [("MAX_RECOVERY_ATTEMPTS_EXCEEDED",)]:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert server.tasks.get_any(last).status is TaskStatus.CREATED
    housekeeping(server).sweep()
    failed = server.tasks.get_any(last)
    assert failed.status is TaskStatus.FAILED
    assert failed.error is not None
    assert failed.error.startswith("given up: ")


def test_a_task_that_stopped_without_a_word_is_taken_up_again(server: Running) -> None:
    """As when the disk was too full even for the failure to be recorded."""
    done = server.settled(server.post())
    server.sql("DELETE FROM operation_outputs")
    server.sql("UPDATE workflow_status SET status = 'PENDING', completed_at = NULL")
    server.sql("UPDATE tasks SET status = 'IN_PROGRESS'")
    keeper = housekeeping(server)
    keeper.sweep()
    assert server.tasks.get_any(done.task_id).status is TaskStatus.IN_PROGRESS
    keeper.sweep()
    assert server.ended(done).status is TaskStatus.COMPLETED
    assert len(server.engine.prompts) == 2


def test_what_runs_or_waits_is_left_alone(server: Running) -> None:
    go = server.engine.hold("slow")
    slow = server.begun(server.post("slow"))
    waiting = [server.post() for _ in range(40)]
    keeper = housekeeping(server, at_hand={slow.task_id, *(task.task_id for task in waiting)})
    for _ in range(3):
        keeper.sweep()
    go.set()
    ended = [server.ended(task) for task in (slow, *waiting)]
    assert {task.status for task in ended} == {TaskStatus.COMPLETED}
    assert len(server.engine.prompts) == 41


def test_what_is_over_long_enough_is_forgotten_but_the_task_stays(tmp_path: Path) -> None:
    with running(tmp_path, workflow_retention=3600) as server:
        old, new = (server.settled(server.post()) for _ in range(2))
        server.sql(
            "UPDATE workflow_status SET completed_at = completed_at - 3601000 WHERE workflow_uuid = :id",
            id=old.task_id,
        )
        housekeeping(server).sweep()
        assert workflow_ids(server) == {new.task_id}
        assert {row[0] for row in server.sql("SELECT workflow_uuid FROM operation_outputs")} == {new.task_id}
        assert server.tasks.get_any(old.task_id) == old
