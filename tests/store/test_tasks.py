import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from seedbed.errors import (
    AttemptsExhausted,
    GenerationCancelled,
    IdempotencyConflict,
    IllegalTransition,
    InvalidRequest,
    QueueFull,
    TaskNotFound,
)
from seedbed.settings import Settings
from seedbed.store.idempotency import IdempotencyKey, body_digest
from seedbed.store.schema import open_database
from seedbed.store.tasks import Queue, TaskStore, silently
from seedbed.task import Remarks, Task, TaskStatus
from tests.store.rows import IMAGE, KEY_ID, new_task


class Heard:
    """An `Announce` and `Enqueue` that remembers."""

    def __init__(self) -> None:
        self.statuses: list[TaskStatus] = []

    def __call__(self, connection: Connection, task: Task) -> None:
        assert connection.in_transaction()
        self.statuses.append(task.status)


@pytest.fixture
def tasks(tmp_path: Path) -> Iterator[TaskStore]:
    database = open_database(Settings(data_dir=tmp_path))
    yield TaskStore(database)
    database.close()


def create(tasks: TaskStore, task: Task | None = None, limit: int = 100) -> Task:
    return tasks.create(task or new_task(), idempotency=None, queue_limit=limit, enqueue=silently)


def begin(tasks: TaskStore, task: Task) -> Task:
    return tasks.begin(task.task_id, max_attempts=3, announce=silently)


def test_what_is_created_can_be_read_back(tasks: TaskStore) -> None:
    task = create(tasks, new_task("zwölf Boxkämpfer 🥊 '; --", webhook_url="https://example.com/x", seed=2**31 - 1))
    assert tasks.get(task.task_id, key_id=KEY_ID) == task
    assert tasks.get_any(task.task_id) == task


def test_another_keys_task_is_not_found(tasks: TaskStore) -> None:
    task = create(tasks)
    for wrong in ({"task_id": task.task_id, "key_id": "other"}, {"task_id": "nope", "key_id": KEY_ID}):
        with pytest.raises(TaskNotFound):
            tasks.get(**wrong)
    with pytest.raises(TaskNotFound):
        tasks.request_cancel(task.task_id, key_id="other", announce=silently)


def test_a_failed_enqueue_leaves_no_task(tasks: TaskStore) -> None:
    task = new_task()

    def broken(_connection: Connection, _task: Task) -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        tasks.create(task, idempotency=None, queue_limit=10, enqueue=broken)
    with pytest.raises(TaskNotFound):
        tasks.get_any(task.task_id)


def test_a_full_queue_takes_nothing(tasks: TaskStore) -> None:
    first = create(tasks, limit=2)
    create(tasks, limit=2)
    enqueued = Heard()
    with pytest.raises(QueueFull):
        tasks.create(new_task(), idempotency=None, queue_limit=2, enqueue=enqueued)
    assert enqueued.statuses == []
    assert len(tasks.page(key_id=KEY_ID).tasks) == 2
    begin(tasks, first)
    create(tasks, limit=2)


def test_the_limit_holds_under_many_at_once(tasks: TaskStore) -> None:
    def attempt(_number: int) -> bool:
        try:
            create(tasks, limit=5)
        except QueueFull:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(attempt, range(40)))
    assert sum(accepted) == 5
    assert len(tasks.page(key_id=KEY_ID).tasks) == 5


def promised(tasks: TaskStore, key: str, body: dict[str, object], *, owner: str = KEY_ID, limit: int = 9) -> Task:
    promise = IdempotencyKey(key, body_digest(body))
    return tasks.create(new_task(key_id=owner), idempotency=promise, queue_limit=limit, enqueue=silently)


def test_the_same_key_and_body_give_the_same_task(tasks: TaskStore) -> None:
    first = promised(tasks, "k", {"prompt": "a", "seed": None})
    assert promised(tasks, "k", {"seed": None, "prompt": "a"}) == first
    # Even when the queue is full by now: the task was accepted before.
    assert promised(tasks, "k", {"prompt": "a", "seed": None}, limit=1) == first
    assert promised(tasks, "another", {"prompt": "a", "seed": None}) != first


def test_the_same_key_with_another_body_is_a_conflict(tasks: TaskStore) -> None:
    promised(tasks, "k", {"prompt": "a"})
    with pytest.raises(IdempotencyConflict):
        promised(tasks, "k", {"prompt": "b"})
    assert len(tasks.page(key_id=KEY_ID).tasks) == 1


def test_an_idempotency_key_belongs_to_one_api_key(tasks: TaskStore) -> None:
    mine = promised(tasks, "k", {"prompt": "a"})
    theirs = promised(tasks, "k", {"prompt": "b"}, owner="other")
    assert mine.task_id != theirs.task_id


def test_many_at_once_with_one_key_are_one_task(tasks: TaskStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: promised(tasks, "k", {"prompt": "a"}).task_id, range(24)))
    assert len(found) == 1


def test_pages_are_newest_first_and_complete(tasks: TaskStore) -> None:
    made = [create(tasks) for _ in range(7)]
    create(tasks, new_task(key_id="other"))
    seen: list[Task] = []
    cursor: str | None = None
    for _ in range(4):
        page = tasks.page(key_id=KEY_ID, limit=3, cursor=cursor)
        seen += page.tasks
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]
    assert cursor is None


def test_a_page_that_holds_the_rest_exactly_is_the_last(tasks: TaskStore) -> None:
    for _ in range(3):
        create(tasks)
    assert tasks.page(key_id=KEY_ID, limit=3).next_cursor is None


def test_tasks_that_come_while_one_pages_change_nothing(tasks: TaskStore) -> None:
    made = [create(tasks) for _ in range(4)]
    page = tasks.page(key_id=KEY_ID, limit=2)
    create(tasks)
    rest = tasks.page(key_id=KEY_ID, limit=9, cursor=page.next_cursor)
    assert [*page.tasks, *rest.tasks] == made[::-1]


def test_a_list_can_ask_for_one_status(tasks: TaskStore) -> None:
    first, second = create(tasks), create(tasks)
    begun = begin(tasks, first)
    assert tasks.page(key_id=KEY_ID, status=TaskStatus.IN_PROGRESS).tasks == (begun,)
    assert tasks.page(key_id=KEY_ID, status=TaskStatus.CREATED).tasks == (second,)
    assert tasks.page(key_id=KEY_ID, status=TaskStatus.FAILED).tasks == ()


def test_a_cursor_of_elsewhere_is_refused(tasks: TaskStore) -> None:
    foreign = create(tasks, new_task(key_id="other"))
    for cursor in ("", "nope", "7", foreign.task_id):
        with pytest.raises(InvalidRequest, match="cursor"):
            tasks.page(key_id=KEY_ID, cursor=cursor)


def ranked(tasks: TaskStore, *keys: str) -> list[Task]:
    return [create(tasks, new_task(key_id=key), limit=10_000) for key in keys]


def in_turn(tasks: TaskStore) -> list[str]:
    """The keys of all that waits, next first."""
    waiting = [task for task in tasks.unfinished() if task.status is TaskStatus.CREATED]
    return [task.key_id for task in sorted(waiting, key=lambda task: (task.rank, task.created_at))]


def test_keys_alternate_however_much_each_has_waiting(tasks: TaskStore) -> None:
    ranked(tasks, *"aaaa", *"bb", "c")
    assert "".join(in_turn(tasks)) == "abcabaa"


def test_one_key_goes_by_age(tasks: TaskStore) -> None:
    assert [task.rank for task in ranked(tasks, *"aaa")] == [1, 2, 3]


def test_who_comes_late_waits_for_one_round_and_has_saved_nothing_up(tasks: TaskStore) -> None:
    early = ranked(tasks, *"aaaaaaaaaa")
    for task in early[:6]:
        tasks.begin(task.task_id, max_attempts=1, announce=silently)
    ranked(tasks, *"bbbbbbbbbb")
    assert "".join(in_turn(tasks)[:8]) == "abababab"


def test_the_queue_position_counts_by_turn(tasks: TaskStore) -> None:
    *_, last_of_a, b = ranked(tasks, *"aaa", "b")
    assert (tasks.queue_position(last_of_a), tasks.queue_position(b)) == (3, 1)


def test_the_queue_knows_its_depth_its_age_and_what_is_drawn(tasks: TaskStore) -> None:
    assert tasks.queue() == Queue(0, None, 0)
    first, second = ranked(tasks, *"ab")
    tasks.begin(first.task_id, max_attempts=1, announce=silently)
    assert tasks.queue() == Queue(1, second.created_at, 1)


def test_the_queue_position_counts_all_that_come_before(tasks: TaskStore) -> None:
    first, second, third = (create(tasks, new_task(key_id=key)) for key in ("a", "b", "a"))
    assert [tasks.queue_position(task) for task in (first, second, third)] == [0, 1, 2]
    begin(tasks, first)
    assert [tasks.queue_position(task) for task in (first, second, third)] == [None, 1, 2]
    tasks.complete(first.task_id, IMAGE, announce=silently)
    assert [tasks.queue_position(task) for task in (first, second, third)] == [None, 0, 1]


def test_a_keys_live_tasks_know_their_places_among_all(tasks: TaskStore) -> None:
    first, second, third, fourth = (create(tasks, new_task(key_id=key)) for key in ("a", "b", "a", "a"))
    begin(tasks, first)

    def live(limit: int = 10) -> list[tuple[str, int]]:
        return [(task.task_id, place) for task, place in tasks.live(key_id="a", limit=limit)]

    assert live() == [(first.task_id, 0), (third.task_id, 2), (fourth.task_id, 3)]
    assert live(limit=2) == [(first.task_id, 0), (third.task_id, 2)]
    tasks.complete(first.task_id, IMAGE, announce=silently)
    tasks.fail(second.task_id, "no", announce=silently)
    assert live() == [(third.task_id, 0), (fourth.task_id, 1)]


def test_the_way_to_completed(tasks: TaskStore) -> None:
    task, heard = create(tasks), Heard()
    begun = tasks.begin(task.task_id, max_attempts=3, announce=heard)
    assert (begun.status, begun.attempts) == (TaskStatus.IN_PROGRESS, 1)
    assert begun.started_at is not None
    assert tasks.progress(task.task_id, 3, 8)
    assert (tasks.get_any(task.task_id).step, tasks.get_any(task.task_id).num_inference_steps) == (3, 8)
    done = tasks.complete(task.task_id, IMAGE, announce=heard)
    assert (done.status, done.image, done.error, done.step) == (TaskStatus.COMPLETED, IMAGE, None, 8)
    assert done.finished_at is not None
    assert tasks.get_any(task.task_id) == done
    assert heard.statuses == [TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED]


def test_what_the_model_did_otherwise_is_kept(tasks: TaskStore) -> None:
    task = create(tasks)
    begin(tasks, task)
    image = replace(IMAGE, remarks=Remarks(("guidance_scale",), None, 12, "512x512"))
    tasks.complete(task.task_id, image, announce=silently)
    assert tasks.get_any(task.task_id).image == image


def test_finishing_twice_is_finishing_once(tasks: TaskStore) -> None:
    task, heard = create(tasks), Heard()
    begin(tasks, task)
    done = tasks.complete(task.task_id, IMAGE, announce=heard)
    other = replace(IMAGE, path="other.jpeg")
    assert tasks.complete(task.task_id, other, announce=heard) == done
    with pytest.raises(IllegalTransition):
        tasks.fail(task.task_id, "late", announce=heard)
    assert tasks.get_any(task.task_id) == done
    assert heard.statuses == [TaskStatus.COMPLETED]


def test_failing_keeps_the_first_reason(tasks: TaskStore) -> None:
    task, heard = create(tasks), Heard()
    begin(tasks, task)
    failed = tasks.fail(task.task_id, "why", announce=heard)
    assert (failed.status, failed.error) == (TaskStatus.FAILED, "why")
    assert tasks.fail(task.task_id, "another", announce=heard) == failed
    with pytest.raises(IllegalTransition):
        begin(tasks, task)
    assert heard.statuses == [TaskStatus.FAILED]


def test_a_task_cannot_be_completed_before_it_began(tasks: TaskStore) -> None:
    task = create(tasks)
    with pytest.raises(IllegalTransition):
        tasks.complete(task.task_id, IMAGE, announce=silently)


def test_a_broken_announcement_takes_the_change_back(tasks: TaskStore) -> None:
    task = create(tasks)

    def broken(_connection: Connection, _task: Task) -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        tasks.begin(task.task_id, max_attempts=3, announce=broken)
    assert tasks.get_any(task.task_id) == task


def test_attempts_are_counted_and_bounded(tasks: TaskStore) -> None:
    task, heard = create(tasks), Heard()
    started = {tasks.begin(task.task_id, max_attempts=3, announce=heard).started_at for _ in range(3)}
    assert len(started) == 1
    assert heard.statuses == [TaskStatus.IN_PROGRESS]
    with pytest.raises(AttemptsExhausted, match="3 attempts: the server stopped"):
        begin(tasks, task)
    tasks.note_failure(task.task_id, "the engine melted")
    with pytest.raises(AttemptsExhausted, match="3 attempts: the engine melted"):
        begin(tasks, task)


def test_an_attempt_handed_back_does_not_count(tasks: TaskStore) -> None:
    task = create(tasks)
    for _ in range(5):
        begin(tasks, task)
        tasks.hand_back(task.task_id)
    assert begin(tasks, task).attempts == 1


def test_cancelling_what_waits_ends_it_at_once(tasks: TaskStore) -> None:
    task, heard = create(tasks), Heard()
    cancelled = tasks.request_cancel(task.task_id, key_id=KEY_ID, announce=heard)
    assert cancelled.status is TaskStatus.FAILED
    assert cancelled.error is not None
    assert "cancelled" in cancelled.error
    assert heard.statuses == [TaskStatus.FAILED]
    assert tasks.request_cancel(task.task_id, key_id=KEY_ID, announce=heard) == cancelled
    assert heard.statuses == [TaskStatus.FAILED]


def test_cancelling_what_runs_is_seen_with_the_next_step(tasks: TaskStore) -> None:
    task, heard = create(tasks), Heard()
    begin(tasks, task)
    running = tasks.request_cancel(task.task_id, key_id=KEY_ID, announce=heard)
    assert (running.status, running.cancel_requested) == (TaskStatus.IN_PROGRESS, True)
    assert not tasks.progress(task.task_id, 1, 8)
    with pytest.raises(GenerationCancelled):
        begin(tasks, task)
    assert heard.statuses == []


def test_cancelling_what_has_ended_changes_nothing(tasks: TaskStore) -> None:
    task = create(tasks)
    begin(tasks, task)
    done = tasks.complete(task.task_id, IMAGE, announce=silently)
    assert tasks.request_cancel(task.task_id, key_id=KEY_ID, announce=silently) == done


def test_the_progress_of_an_ended_task_stays(tasks: TaskStore) -> None:
    task = create(tasks)
    begin(tasks, task)
    tasks.fail(task.task_id, "why", announce=silently)
    assert not tasks.progress(task.task_id, 5, 8)
    assert tasks.get_any(task.task_id).step == 0


def test_unfinished_are_those_that_may_still_change(tasks: TaskStore) -> None:
    made = [create(tasks) for _ in range(4)]
    begin(tasks, made[0])
    begin(tasks, made[1])
    tasks.complete(made[1].task_id, IMAGE, announce=silently)
    tasks.request_cancel(made[2].task_id, key_id=KEY_ID, announce=silently)
    assert [task.task_id for task in tasks.unfinished()] == [made[0].task_id, made[3].task_id]


def test_a_cancellation_and_a_beginning_at_once_leave_one_winner(tasks: TaskStore) -> None:
    for _ in range(10):
        task, start = create(tasks), threading.Barrier(2)

        def cancelling(task: Task = task, start: threading.Barrier = start) -> TaskStatus:
            start.wait()
            return tasks.request_cancel(task.task_id, key_id=KEY_ID, announce=silently).status

        with ThreadPoolExecutor(1) as pool:
            cancelled = pool.submit(cancelling)
            start.wait()
            try:
                began = begin(tasks, task).status is TaskStatus.IN_PROGRESS
            except IllegalTransition:
                began = False
            assert cancelled.result() is (TaskStatus.IN_PROGRESS if began else TaskStatus.FAILED)
