import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from structlog.testing import capture_logs

from seedbed.settings import Settings
from seedbed.store.schema import Database, open_database
from seedbed.task import TaskStatus
from seedbed.workflow.lanes import Lane
from seedbed.workflow.rehousing import AT_ONCE, PAUSE_SECONDS, Rehousing
from tests.receiver import Answer, Delivery, receiving
from tests.workflow.announcing import announcing
from tests.workflow.running import Running, ScriptedEngine, launched, running

RECEIVER = "http://a.example"
QUEUES = "SELECT workflow_uuid, queue_name FROM workflow_status WHERE workflow_uuid LIKE 'msg_%' AND status = 'SUCCESS'"
WAITING = "SELECT queue_name FROM workflow_status WHERE workflow_uuid LIKE 'msg_%' AND status = 'ENQUEUED'"


@contextmanager
def waiting(folder: Path, *rows: tuple[str, str, Lane]) -> Iterator[tuple[Running, Database]]:
    """A runtime that delivers nothing, in whose queues stand attempts of these ids, statuses and lanes."""
    with mute(folder) as durable:
        for number, (name, status, lane) in enumerate(rows):
            durable.sql(
                "INSERT INTO workflow_status (workflow_uuid, status, queue_name, queue_partition_key, created_at,"
                " updated_at, priority) VALUES (:id, :status, :queue, :receiver, :at, :at, 0)",
                id=name, status=status, queue=lane.queue, receiver=name.partition(" ")[0], at=number,
            )  # fmt: skip
        yield durable, durable.database


@contextmanager
def mute(folder: Path) -> Iterator[Running]:
    """A runtime that draws, and leaves the webhooks to others."""
    with running(folder) as durable:
        settings = durable.settings
    with launched(settings, ScriptedEngine(), delivers=False) as other:
        yield other


def lanes(durable: Running) -> dict[str, str]:
    return dict(durable.sql("SELECT workflow_uuid, queue_name FROM workflow_status WHERE name IS NULL"))


def test_what_waits_follows_its_receiver_and_nothing_else_moves(tmp_path: Path) -> None:
    mine = (f"{RECEIVER} 1", "ENQUEUED", Lane.UNPROVEN)
    retry = (f"{RECEIVER} 2", "DELAYED", Lane.SLOW)
    claimed = (f"{RECEIVER} 3", "PENDING", Lane.UNPROVEN)
    over = (f"{RECEIVER} 4", "SUCCESS", Lane.UNPROVEN)
    other = ("http://b.example 1", "ENQUEUED", Lane.UNPROVEN)
    with waiting(tmp_path, mine, retry, claimed, over, other) as (durable, database):
        rehousing = Rehousing(database)
        rehousing.follow(RECEIVER, Lane.PROMPT)
        stay = {row[0]: row[2].queue for row in (claimed, over, other)}
        assert lanes(durable) == stay | {mine[0]: Lane.PROMPT.queue, retry[0]: Lane.PROMPT.queue}
        rehousing.follow(RECEIVER, Lane.UNPROVEN)
        assert lanes(durable) == stay | {mine[0]: Lane.UNPROVEN.queue, retry[0]: Lane.UNPROVEN.queue}


def test_the_log_tells_how_many_were_moved_and_nothing_where_none_was(tmp_path: Path) -> None:
    rows = [(f"{RECEIVER} {number}", "ENQUEUED", Lane.UNPROVEN) for number in range(3)]
    with waiting(tmp_path, *rows) as (_, database), capture_logs() as lines:
        for receiver in (RECEIVER, "http://b.example"):
            Rehousing(database).follow(receiver, Lane.PROMPT)
    assert [(line["receiver"], line["attempts"]) for line in lines if line["event"] == "webhooks moved"] == [
        (RECEIVER, 3)
    ]


def test_a_long_backlog_moves_bit_by_bit_the_oldest_first(tmp_path: Path) -> None:
    rows = [(f"{RECEIVER} {number}", "ENQUEUED", Lane.UNPROVEN) for number in range(AT_ONCE + 1)]
    now = 100.0
    with waiting(tmp_path, *rows) as (durable, database):
        rehousing = Rehousing(database, clock=lambda: now)
        rehousing.follow(RECEIVER, Lane.PROMPT)
        rehousing.follow(RECEIVER, Lane.PROMPT)
        assert [name for name, queue in lanes(durable).items() if queue == Lane.UNPROVEN.queue] == [rows[-1][0]]
        now += PAUSE_SECONDS
        rehousing.follow(RECEIVER, Lane.PROMPT)
        assert set(lanes(durable).values()) == {Lane.PROMPT.queue}


def test_a_database_that_refuses_is_no_error_of_the_attempts(tmp_path: Path) -> None:
    database = open_database(Settings(data_dir=tmp_path))  # in which DBOS has no tables yet
    Rehousing(database).follow(RECEIVER, Lane.PROMPT)
    database.close()


def test_after_a_restart_a_backlog_leaves_the_worst_lane_with_the_first_prompt_answer(tmp_path: Path) -> None:
    count = 12
    with receiving() as receiver:
        with mute(tmp_path) as durable:
            tasks = [durable.post(webhook_url=receiver.url) for _ in range(count)]
            for task in tasks:
                durable.until(task, TaskStatus.COMPLETED)
        with announcing(tmp_path) as durable:
            receiver.take(2 * count, within=60)
            queues = settled(durable, 2 * count)
    told = [(delivery.headers["webhook-id"], delivery.status) for delivery in receiver.deliveries]
    assert len(told) == len(set(told)) == 2 * count, "an event was told twice"
    # Those of the first claim have been made where they stood; what waited behind them went over.
    assert queues.count(Lane.PROMPT.queue) > queues.count(Lane.UNPROVEN.queue)


def test_what_waits_for_a_receiver_that_fell_silent_leaves_the_best_lane(tmp_path: Path) -> None:
    def late(_: Delivery) -> Answer:
        return Answer(after=30)

    with receiving() as receiver, announcing(tmp_path, webhook_timeout=2.0, webhook_max_attempts=1) as durable:
        durable.post(webhook_url=receiver.url)
        receiver.take(2)
        receiver.answer = late
        tasks = [durable.post(webhook_url=receiver.url) for _ in range(3 * Lane.PROMPT.receiver_slots)]
        for task in tasks:
            durable.until(task, TaskStatus.COMPLETED)
        receiver.take(2 + Lane.PROMPT.receiver_slots)
        queues, until = durable.sql(WAITING), time.monotonic() + 30
        while (Lane.PROMPT.queue,) in queues:
            assert time.monotonic() < until, queues
            time.sleep(0.05)
            queues = durable.sql(WAITING)
        assert (Lane.UNPROVEN.queue,) in queues


def settled(durable: Running, count: int) -> list[str]:
    """The queues of all attempts, once so many have been made."""
    until = time.monotonic() + 30
    while len(found := durable.sql(QUEUES)) < count:
        assert time.monotonic() < until, f"{len(found)} of {count} attempts ended"
        time.sleep(0.05)
    return [queue for _, queue in found]
