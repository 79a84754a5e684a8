import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from seedbed.engine.engine import OnStep
from seedbed.errors import EngineCrashed, EngineError, EngineTimeout
from seedbed.store.images import image_path
from seedbed.task import Task, TaskStatus
from seedbed.workflow.generate import Generation
from seedbed.workflow.housekeeping import Housekeeping
from seedbed.workflow.retention import Retention
from tests.backing import only_on_one_machine
from tests.workflow.running import Act, Running, ScriptedEngine, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as server:
        yield server


def raising(*errors: Exception) -> Act:
    """An act that fails with each of `errors` in turn, and then no more."""
    left = list(errors)

    def act(_on_step: OnStep) -> None:
        if left:
            raise left.pop(0)

    return act


def announced(server: Running, task: Task) -> list[str]:
    """The statuses of a task that were announced, oldest first."""
    event = f"msg_{task.task_id}_"
    rows = server.sql(
        "SELECT workflow_uuid FROM workflow_status WHERE workflow_uuid LIKE :id ORDER BY created_at", id=f"{event}%"
    )
    return list(dict.fromkeys(row[0].removeprefix(event).partition(".")[0] for row in rows))


def test_a_task_is_drawn_stored_and_finished(server: Running) -> None:
    task = server.post("a cat", webhook_url="http://127.0.0.1:9/")
    assert task.status is TaskStatus.CREATED
    done = server.ended(task)
    drawn = server.engine.noop.draw(task.request, lambda *_: None)
    assert done.status is TaskStatus.COMPLETED
    assert done.image is not None
    assert done.image.path == image_path(task.task_id)
    assert (done.image.size, done.image.model) == (drawn.size, "noop")
    assert server.images.get(done.image.path) == drawn.jpeg
    assert (done.attempts, done.step, done.num_inference_steps, done.error) == (1, 4, 4, None)
    assert announced(server, task) == ["in_progress", "completed"]


@pytest.mark.parametrize("error", [EngineCrashed("it melted"), EngineTimeout("it froze")])
def test_a_dead_engine_is_no_reason_to_give_up(server: Running, error: Exception) -> None:
    server.engine.script["unlucky"] = raising(error, error)
    task = server.post("unlucky", webhook_url="http://127.0.0.1:9/")
    done = server.ended(task)
    assert (done.status, done.attempts, done.error) == (TaskStatus.COMPLETED, 3, None)
    assert announced(server, task) == ["in_progress", "completed"]


def test_a_prompt_that_always_kills_the_engine_fails_with_the_reason(server: Running) -> None:
    server.engine.script["poison"] = raising(*[EngineCrashed("it melted")] * 9)
    failed = server.ended(server.post("poison"))
    assert failed.status is TaskStatus.FAILED
    assert failed.error == "given up after 3 attempts: it melted"
    assert server.engine.prompts == ["poison"] * 3
    assert server.ended(server.post("a cat")).status is TaskStatus.COMPLETED


def test_what_the_engine_refuses_is_not_tried_again(server: Running) -> None:
    server.engine.script["no"] = raising(EngineError("I cannot draw that"))
    failed = server.ended(server.post("no"))
    assert (failed.status, failed.error, failed.attempts) == (TaskStatus.FAILED, "I cannot draw that", 1)


def test_an_error_nobody_thought_of_fails_the_task_and_nothing_else(server: Running) -> None:
    server.engine.script["bug"] = raising(ZeroDivisionError("secret/path"))
    failed = server.ended(server.post("bug", webhook_url="http://127.0.0.1:9/"))
    assert (failed.status, failed.error) == (TaskStatus.FAILED, "internal error: ZeroDivisionError")
    assert announced(server, failed) == ["in_progress", "failed"]
    assert server.ended(server.post("a cat")).status is TaskStatus.COMPLETED


@only_on_one_machine("it breaks the folder of images")
def test_an_image_that_cannot_be_stored_fails_with_the_reason(tmp_path: Path) -> None:
    with running(tmp_path, max_attempts=2) as server:
        shutil.rmtree(tmp_path / "images")
        (tmp_path / "images").write_text("a file where the folder should be")
        failed = server.ended(server.post())
        assert failed.status is TaskStatus.FAILED
        assert failed.error is not None
        assert failed.error.startswith("given up after 2 attempts: ")
        assert ".jpeg" in failed.error


@only_on_one_machine("it breaks the folder of images")
def test_a_disk_that_recovers_in_time_costs_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        shutil.rmtree(tmp_path / "images")
        (tmp_path / "images").write_text("a file where the folder should be")
        task = server.post()
        while not server.engine.prompts:
            time.sleep(0.01)
        (tmp_path / "images").unlink()
        (tmp_path / "images").mkdir()
        assert server.ended(task).status is TaskStatus.COMPLETED


def test_what_waits_is_cancelled_at_once_and_never_drawn(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    go = server.engine.hold("first")
    first = server.post("first")
    server.begun(first)
    waiting = [server.post("waiting", webhook_url="http://127.0.0.1:9/") for _ in range(30)]
    for task in waiting:
        cancelled = server.cancel(task)
        assert cancelled.status is TaskStatus.FAILED
        assert cancelled.error is not None
        assert cancelled.error.startswith("cancelled")
    last = server.post("last")
    go.set()
    assert server.ended(last).status is TaskStatus.COMPLETED
    assert server.engine.prompts == ["first", "last"]
    assert [record.getMessage() for record in caplog.records if record.name == "dbos"] == []
    assert announced(server, waiting[0]) == ["failed"]


def test_what_is_drawn_is_cancelled_between_two_steps(server: Running) -> None:
    steps: list[int] = []

    def slow(on_step: OnStep) -> None:
        for step in range(1, 1000):
            time.sleep(0.02)
            steps.append(step)
            on_step(step, 1000)

    server.engine.script["slow"] = slow
    task = server.begun(server.post("slow", webhook_url="http://127.0.0.1:9/"))
    assert server.cancel(task).status is TaskStatus.IN_PROGRESS
    failed = server.ended(task)
    assert failed.status is TaskStatus.FAILED
    assert failed.error == "cancelled by its owner"
    assert len(steps) < 200
    assert announced(server, task) == ["in_progress", "failed"]
    assert server.ended(server.post("a cat")).status is TaskStatus.COMPLETED


def test_a_cancellation_here_is_seen_at_the_very_next_step(server: Running) -> None:
    """Not only when progress is noted next, which is seldom for the database's sake."""
    step_by_step, stepped = threading.Semaphore(0), threading.Semaphore(0)

    def stepwise(on_step: OnStep) -> None:
        for step in range(1, 1000):
            assert step_by_step.acquire(timeout=30)
            on_step(step, 1000)
            stepped.release()

    server.engine.script["stepwise"] = stepwise
    task = server.begun(server.post("stepwise"))
    for _ in range(3):
        step_by_step.release()
        assert stepped.acquire(timeout=30)
    server.cancel(task)
    step_by_step.release()
    assert server.ended(task).error == "cancelled by its owner"
    assert not stepped.acquire(blocking=False)


def test_tasks_are_drawn_in_the_order_of_their_acceptance(server: Running) -> None:
    """Those that are claimed together as well, however they race to their turns."""
    go = server.engine.hold("first")
    server.begun(server.post("first"))
    names = [f"number {number}" for number in range(40)]
    server.engine.script.update({name: lambda _on_step: time.sleep(0.04) for name in names})
    last = [server.post(name) for name in names][-1]
    time.sleep(0.5)
    go.set()
    server.ended(last)
    assert server.engine.prompts == ["first", *names]


def test_another_keys_first_task_does_not_wait_for_all_of_one_key(server: Running) -> None:
    go = server.engine.hold("first")
    server.begun(server.post("first"))
    names = [f"number {number}" for number in range(30)]
    server.engine.script.update({name: lambda _on_step: time.sleep(0.3) for name in names})
    last = [server.post(name) for name in names][-1]
    time.sleep(0.5)
    server.post("another's", key_id="another")
    go.set()
    server.until(last, TaskStatus.COMPLETED, within=60)
    # What is drawn when the first slot is free again, and what begins before the queue is looked at.
    assert server.engine.prompts.index("another's") <= 6


def test_a_waiting_task_stays_created_until_its_turn(server: Running) -> None:
    go = server.engine.hold("first")
    server.begun(server.post("first"))
    second, third = server.post("second"), server.post("third")
    time.sleep(0.3)
    assert [server.tasks.get_any(task.task_id).status for task in (second, third)] == ["CREATED"] * 2
    assert [server.tasks.queue_position(task) for task in (second, third)] == [1, 2]
    go.set()
    server.ended(third)


def test_progress_is_written_four_times_a_second_at_most(server: Running) -> None:
    writes: list[int] = []

    @event.listens_for(server.database.engine, "before_cursor_execute")
    def count(_c: Any, _k: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("UPDATE tasks SET step="):
            writes.append(parameters["step"] if isinstance(parameters, dict) else parameters[0])

    def quick(on_step: OnStep) -> None:
        for step in range(1, 101):
            time.sleep(0.01)
            on_step(step, 104)

    server.engine.script["quick"] = quick
    started = time.monotonic()
    server.ended(server.post("quick"))
    assert 1 <= len(writes) <= 4 * (time.monotonic() - started) + 1
    assert writes[0] == 1


def test_a_task_begins_only_when_the_engine_is_ready(tmp_path: Path) -> None:
    """A server that dies while it loads the model has not tried to draw anything."""
    with running(tmp_path, ScriptedEngine(loads=True)) as server:
        task = server.post()
        time.sleep(0.3)
        assert server.tasks.get_any(task.task_id) == task
        server.engine.warm.set()
        assert server.ended(task).status is TaskStatus.COMPLETED


def test_a_server_that_stops_while_it_loads_keeps_its_tasks(tmp_path: Path) -> None:
    with running(tmp_path, ScriptedEngine(loads=True), shutdown_grace=60.0) as server:
        task = server.post()
        time.sleep(0.3)
        stopped = time.monotonic()
    # The grace is for what is drawn; nothing is.
    assert time.monotonic() - stopped < 20
    with running(tmp_path) as server:
        done = server.ended(task)
    assert (done.status, done.attempts) == (TaskStatus.COMPLETED, 1)


def test_a_task_whose_engine_never_loads_is_failed_with_that_reason(tmp_path: Path) -> None:
    with running(tmp_path, ScriptedEngine(loads=True), engine_start_timeout=0.2) as server:
        done = server.ended(server.post())
    assert (done.status, done.error, done.attempts) == (TaskStatus.FAILED, "the model could not be loaded", 0)


@pytest.fixture
def full_disk(server: Running) -> Iterator[threading.Event]:
    """While set, the database takes no write, as on a full disk."""
    is_full = threading.Event()

    @event.listens_for(server.database.engine, "before_cursor_execute")
    def refuse(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if is_full.is_set() and statement.startswith(("INSERT", "UPDATE", "DELETE", "WITH")):
            raise OperationalError(statement, {}, Exception("database or disk is full"))

    yield is_full
    is_full.clear()


def test_progress_that_cannot_be_written_does_not_spoil_the_picture(
    server: Running, full_disk: threading.Event
) -> None:
    def fill_for_a_step(on_step: OnStep) -> None:
        full_disk.set()
        on_step(1, 5)
        full_disk.clear()

    server.engine.script["fill"] = fill_for_a_step
    assert server.ended(server.post("fill")).status is TaskStatus.COMPLETED


def test_a_database_that_goes_away_fails_no_task(server: Running) -> None:
    gone = [OperationalError("SELECT 1", {}, Exception("the connection was cut"))]

    def act(_on_step: OnStep) -> None:
        if gone:
            raise gone.pop()

    server.engine.script["a cat"] = act
    task = server.post("a cat")
    until = time.monotonic() + 20
    while gone or server.runtime.is_busy:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert server.tasks.get_any(task.task_id).status is TaskStatus.IN_PROGRESS
    retention = Retention(server.settings, server.database, server.images)
    keeper = Housekeeping(server.settings, server.tasks, set(), server.runtime.enqueue_announcement, retention)
    keeper.sweep()
    keeper.sweep()
    assert server.ended(task).status is TaskStatus.COMPLETED


def test_a_full_database_costs_no_task_and_no_server(server: Running, full_disk: threading.Event) -> None:
    server.engine.script["fill"] = lambda _on_step: full_disk.set()
    task = server.post("fill")
    until = time.monotonic() + 20
    while server.runtime.is_busy or not full_disk.is_set():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert server.tasks.get_any(task.task_id).status is TaskStatus.IN_PROGRESS
    with pytest.raises(OperationalError):
        server.post()
    full_disk.clear()
    del server.engine.script["fill"]
    announce = server.runtime.enqueue_announcement
    retention = Retention(server.settings, server.database, server.images)
    keeper = Housekeeping(server.settings, server.tasks, set(), announce, retention)
    keeper.sweep()
    keeper.sweep()
    assert server.ended(task).status is TaskStatus.COMPLETED
    assert server.ended(server.post()).status is TaskStatus.COMPLETED


@pytest.fixture
def batching(tmp_path: Path) -> Iterator[Running]:
    """A server whose model, by its name, is one of diffusers."""
    with running(tmp_path, model=str(tmp_path), batching="throughput", batch_size=3) as server:
        yield server


def drawn_behind(server: Running, *prompts: str, **fields: Any) -> list[Task]:
    """Tasks that wait together behind one that is drawn, and then go."""
    go = server.engine.hold("first")
    first = server.begun(server.post("first"))
    waiting = [server.post(prompt, **fields) for prompt in prompts]
    until = time.monotonic() + 10
    generation = server.runtime._generation
    assert isinstance(generation, Generation)
    while not all(task.task_id in generation.at_hand for task in waiting):
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.1)
    go.set()
    server.ended(first)
    return waiting


def test_with_throughput_those_that_wait_are_drawn_together_as_many_as_may(batching: Running) -> None:
    for task in drawn_behind(batching, "a", "b", "c", "d"):
        assert batching.ended(task).status is TaskStatus.COMPLETED
    assert sorted(len(batch) for batch in batching.engine.batches) in ([3], [1, 3])
    assert sorted(batching.engine.prompts) == ["a", "b", "c", "d", "first"]


def test_who_fails_in_a_batch_is_tried_alone(batching: Running) -> None:
    batching.engine.script["b"] = raising(EngineCrashed("gone"))
    for task in drawn_behind(batching, "a", "b"):
        done = batching.ended(task)
        assert (done.status, done.attempts) == (TaskStatus.COMPLETED, 2)
    assert len(batching.engine.batches) == 1


def test_one_of_a_batch_that_is_cancelled_fails_and_the_others_do_not(batching: Running) -> None:
    go, reached = threading.Event(), threading.Event()

    def step(on_step: OnStep) -> None:
        reached.set()
        assert go.wait(20)
        on_step(1, 4)

    batching.engine.script["a"] = step
    kept, gone = drawn_behind(batching, "a", "b")
    assert reached.wait(20)
    batching.cancel(gone)
    go.set()
    assert batching.ended(kept).status is TaskStatus.COMPLETED
    assert batching.ended(gone).status is TaskStatus.FAILED


def test_exact_draws_everyone_alone(tmp_path: Path) -> None:
    with running(tmp_path, model=str(tmp_path)) as server:
        for task in drawn_behind(server, "a", "b"):
            server.ended(task)
        assert server.engine.batches == []


@pytest.mark.parametrize("previews", [True, False])
def test_somebody_may_look_on_unless_the_operator_says_no(tmp_path: Path, previews: bool) -> None:
    with running(tmp_path, previews=previews) as server:
        server.ended(server.post())
        assert [viewer is not None for viewer in server.engine.viewers] == [previews]
