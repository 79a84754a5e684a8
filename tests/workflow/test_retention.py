import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from seedbed.errors import ImageNotFound, TaskNotFound
from seedbed.store.images import image_path
from seedbed.task import Task, TaskStatus
from seedbed.workflow.retention import Retention
from tests.receiver import Answer, receiving
from tests.workflow.announcing import announcing
from tests.workflow.running import Running, running

HOUR = timedelta(hours=1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as server:
        yield server


def cleaner(server: Running, **changes: Any) -> Retention:
    update = {"retention": 3600.0, "url_ttl": 600, **changes}
    return Retention(server.settings.model_copy(update=update), server.database, server.images)


def exists(server: Running, task: Task) -> bool:
    try:
        server.tasks.get_any(task.task_id)
    except TaskNotFound:
        return False
    return True


def has_image(server: Running, task: Task) -> bool:
    try:
        server.images.head(image_path(task.task_id))
    except ImageNotFound:
        return False
    return True


def test_a_task_is_forgotten_when_it_is_old_and_its_image_when_its_links_have_expired(server: Running) -> None:
    task = server.settled(server.post())
    now = datetime.now(UTC)
    steps = [(0.9 * HOUR, True, True), (1.1 * HOUR, False, True), (1.1 * HOUR + timedelta(seconds=601), False, False)]
    for later, stays, image_stays in steps:
        cleaner(server).sweep(now + later)
        assert (exists(server, task), has_image(server, task)) == (stays, image_stays)


def test_without_the_setting_nothing_is_forgotten(server: Running) -> None:
    task = server.settled(server.post())
    cleaner(server, retention=None).sweep(datetime.now(UTC) + 10_000 * HOUR)
    assert exists(server, task)
    assert has_image(server, task)


def test_what_has_not_ended_stays_however_old_it_is(server: Running) -> None:
    go = server.engine.hold("first")
    drawn = server.begun(server.post("first"))
    waiting, cancelled = server.post(), server.post()
    server.cancel(cancelled)
    cleaner(server).sweep(datetime.now(UTC) + 100 * HOUR)
    assert [exists(server, task) for task in (drawn, waiting, cancelled)] == [True, True, False]
    go.set()
    assert server.ended(waiting).status is TaskStatus.COMPLETED


def test_a_task_whose_webhook_is_under_way_stays_until_that_is_over(tmp_path: Path) -> None:
    with receiving(lambda _: Answer(500)) as receiver, announcing(tmp_path, webhook_retry_base=3.0) as server:
        task = server.settled(server.post(webhook_url=receiver.url))
        quiet = server.settled(server.post())
        receiver.take(1)
        later = datetime.now(UTC) + 2 * HOUR
        cleaner(server).sweep(later)
        assert (exists(server, task), exists(server, quiet)) == (True, False)
        receiver.answer = lambda _: Answer()
        until = time.monotonic() + 60
        while exists(server, task):
            assert time.monotonic() < until
            time.sleep(0.2)
            cleaner(server).sweep(later)
        assert server.sql("SELECT count(*) FROM deliveries WHERE task_id = :id", id=task.task_id) == [(0,)]
    assert receiver.deliveries[-1].status == "COMPLETED"


def test_many_are_forgotten_in_one_sweep(server: Running) -> None:
    gate = server.engine.hold("first")
    first = server.begun(server.post("first"))
    many = [server.post() for _ in range(450)]
    for task in many:
        server.cancel(task)
    gate.set()
    server.settled(first)
    cleaner(server).sweep(datetime.now(UTC) + 2 * HOUR)
    assert not any(exists(server, task) for task in many)
    assert server.sql("SELECT count(*) FROM leftovers")[0][0] >= 450
    cleaner(server).sweep(datetime.now(UTC) + 4 * HOUR)
    assert server.sql("SELECT count(*) FROM leftovers") == [(0,)]
