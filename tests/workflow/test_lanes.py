import json
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from dbos import DBOS, EnqueueOptions

from seedbed.task import Task, TaskStatus
from seedbed.workflow.lanes import PROMPT_SECONDS, REMEMBERED, Lane, Standings
from tests.receiver import Answer, Delivery, Receiver, receiving, silent
from tests.workflow.announcing import announcing, outcome
from tests.workflow.running import Running

SOON = 20.0
"""Seconds after which an event must have arrived that waits behind nobody, on however busy a machine."""
HANGS = 90.0
"""Seconds that receivers may take here: what waits for one that says nothing fails its test."""


def standings() -> Standings:
    return Standings(timeout=15.0)


def claimed(durable: Running, lane: Lane) -> int:
    """Attempts that hold a slot of the lane."""
    query = "SELECT count(*) FROM workflow_status WHERE status = 'PENDING' AND queue_name = :queue"
    return int(durable.sql(query, queue=lane.queue)[0][0])


def await_claimed(durable: Running, lane: Lane, count: int) -> None:
    until = time.monotonic() + 60
    while claimed(durable, lane) < count:
        assert time.monotonic() < until, f"{claimed(durable, lane)} of {count} slots are taken"
        time.sleep(0.05)


def pend(durable: Running, urls: list[str], tasks: int) -> None:
    """Give each receiver the events of so many tasks, all of them pending at once."""
    posted = [durable.post(webhook_url=url) for _ in range(tasks) for url in urls]
    for task in posted:
        durable.until(task, TaskStatus.COMPLETED, within=120)


def prove(durable: Running, receivers: list[Receiver], lane: Lane = Lane.PROMPT) -> None:
    """Let each receiver answer until its events wait in `lane`; a busy machine makes us slow at times."""
    for _ in range(10):
        tasks = {receiver.url: durable.post(webhook_url=receiver.url) for receiver in receivers}
        for task in tasks.values():
            outcome(task, "COMPLETED", 1, within=60)
        receivers = [each for each in receivers if lanes_of(durable, tasks[each.url])["completed"] != [lane.queue]]
        if not receivers:
            return
    raise AssertionError(f"{len(receivers)} receivers did not get into {lane}")


def arrives_soon(durable: Running, receiver: Receiver) -> list[Delivery]:
    """A new task's two events, which must come at once."""
    before = len(receiver.deliveries)
    durable.post(webhook_url=receiver.url)
    return receiver.take(before + 2, within=SOON)[before:]


def lanes_of(durable: Running, task: Task) -> dict[str, list[str]]:
    """The queues that the attempts at a task's events waited in, by event, in the order of their making."""
    query = "SELECT workflow_uuid, queue_name FROM workflow_status WHERE workflow_uuid LIKE :id ORDER BY created_at"
    found: dict[str, list[str]] = {"in_progress": [], "completed": []}
    for workflow_id, queue in durable.sql(query, id=f"msg_{task.task_id}_%"):
        found[workflow_id.split(task.task_id)[1][1:].partition(".")[0]].append(queue)
    return found


@pytest.mark.parametrize(
    ("seconds", "lane"),
    [
        (0.0, Lane.PROMPT),
        (PROMPT_SECONDS - 0.01, Lane.PROMPT),
        (PROMPT_SECONDS, Lane.SLOW),
        (14.9, Lane.SLOW),
        (15.0, Lane.UNPROVEN),
        (40.0, Lane.UNPROVEN),
    ],
)
def test_a_receivers_last_attempt_decides_its_lane(seconds: float, lane: Lane) -> None:
    known = standings()
    assert known.lane("a") is Lane.UNPROVEN
    known.note("a", 2.0)
    known.note("a", seconds)
    assert known.lane("a") is lane
    assert known.lane("b") is Lane.UNPROVEN


def test_an_attempt_leaves_its_lane_only_downwards_and_only_for_a_reason() -> None:
    known = standings()
    assert [known.way_out("a", lane) for lane in Lane] == [None, None, None]
    known.note("a", 2.0)
    assert [known.way_out("a", lane) for lane in Lane] == [Lane.SLOW, None, None]
    known.note("a", 15.0)
    assert [known.way_out("a", lane) for lane in Lane] == [Lane.UNPROVEN, Lane.UNPROVEN, None]


def test_the_receivers_remembered_are_the_last_ones() -> None:
    known = standings()
    for number in range(REMEMBERED + 1):
        known.note(str(number), 0.1)
        known.note("often", 0.1)
    assert known.lane("0") is Lane.UNPROVEN
    assert known.lane("often") is Lane.PROMPT
    assert known.lane(str(REMEMBERED)) is Lane.PROMPT


def test_six_receivers_that_say_nothing_delay_neither_old_nor_new_ones(tmp_path: Path) -> None:
    """The case that filled all 96 slots when each receiver had sixteen of them."""
    durably = announcing(tmp_path, webhook_timeout=HANGS)
    with silent(6) as urls, receiving() as old, receiving() as new, durably as durable:
        prove(durable, [old])
        pend(durable, urls, tasks=16)
        time.sleep(1.0)
        for receiver in (old, new):
            assert [delivery.status for delivery in arrives_soon(durable, receiver)] == ["IN_PROGRESS", "COMPLETED"]


def test_as_many_as_we_say_may_be_dead_and_a_new_receiver_does_not_wait(tmp_path: Path) -> None:
    dead = Lane.UNPROVEN.slots // Lane.UNPROVEN.receiver_slots - 1
    durably = announcing(tmp_path, webhook_timeout=HANGS)
    with silent(dead) as urls, receiving() as new, durably as durable:
        pend(durable, urls, tasks=2)
        await_claimed(durable, Lane.UNPROVEN, dead * Lane.UNPROVEN.receiver_slots)
        arrives_soon(durable, new)


def test_as_many_as_we_say_may_fall_silent_at_once_and_the_others_do_not_wait(tmp_path: Path) -> None:
    fall_silent = threading.Event()
    tasks = Lane.PROMPT.receiver_slots

    def answer(_: Delivery) -> Answer:
        return Answer(after=HANGS if fall_silent.is_set() else 0)

    durably = announcing(tmp_path, webhook_timeout=HANGS)
    with ExitStack() as stack, receiving() as steady, durably as durable:
        count = Lane.PROMPT.slots // Lane.PROMPT.receiver_slots - 1
        falling = [stack.enter_context(receiving(answer)) for _ in range(count)]
        prove(durable, [steady, *falling])
        fall_silent.set()
        pend(durable, [receiver.url for receiver in falling], tasks)
        await_claimed(durable, Lane.PROMPT, count * Lane.PROMPT.receiver_slots)
        arrives_soon(durable, steady)


def test_slow_receivers_however_many_delay_only_one_another(tmp_path: Path) -> None:
    def slowly(_: Delivery) -> Answer:
        return Answer(after=1.5 * PROMPT_SECONDS)

    durably = announcing(tmp_path, webhook_timeout=HANGS)
    with ExitStack() as stack, receiving() as old, receiving() as new, durably as durable:
        count = Lane.SLOW.slots // Lane.SLOW.receiver_slots
        crowd = [stack.enter_context(receiving(slowly)) for _ in range(count)]
        prove(durable, [old])
        prove(durable, crowd, Lane.SLOW)
        for receiver in crowd:
            receiver.answer = lambda _: Answer(after=HANGS)
        pend(durable, [receiver.url for receiver in crowd], tasks=Lane.SLOW.receiver_slots)
        await_claimed(durable, Lane.SLOW, Lane.SLOW.slots)
        arrives_soon(durable, old)
        arrives_soon(durable, new)


def test_what_waits_for_a_receiver_that_fell_silent_goes_over_and_nothing_is_lost(tmp_path: Path) -> None:
    silence = threading.Event()

    def answer(_: Delivery) -> Answer:
        return Answer(after=HANGS if silence.is_set() else 0)

    with receiving(answer) as receiver, announcing(tmp_path, webhook_timeout=6.0) as durable:
        prove(durable, [receiver])
        silence.set()
        before = len(receiver.deliveries)
        tasks = [durable.post(webhook_url=receiver.url) for _ in range(2 * Lane.PROMPT.receiver_slots)]
        receiver.take(before + Lane.PROMPT.receiver_slots)
        silence.clear()
        for task in tasks:
            assert "delivered: 200" in (outcome(task, "COMPLETED", number, within=60) for number in range(1, 4))
        ways = [lanes_of(durable, task)["completed"] for task in tasks]
    assert [Lane.UNPROVEN.queue] in ways or [Lane.PROMPT.queue, Lane.UNPROVEN.queue] in ways
    heard = [json.loads(delivery.body) for delivery in receiver.deliveries[before:]]
    for task in tasks:
        mine = [body["status"] for body in heard if body["task_id"] == task.task_id]
        assert mine == sorted(mine, reverse=True), "an end was told before a beginning"


def test_what_was_enqueued_before_there_were_lanes_is_delivered(tmp_path: Path) -> None:
    with receiving() as receiver, announcing(tmp_path) as durable:
        task = durable.ended(durable.post(webhook_url=receiver.url))
        receiver.take(2)
        options = EnqueueOptions(
            workflow_name="deliver",
            queue_name="webhooks",
            workflow_id=f"msg_{task.task_id}_completed.2",
            queue_partition_key=receiver.url.removesuffix("/hook"),
        )
        DBOS.enqueue_workflow_with_options(options, task.task_id, "COMPLETED", receiver.url.removesuffix("/hook"), 2)
        assert outcome(task, "COMPLETED", 2) == "delivered: 200"
