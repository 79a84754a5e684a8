import asyncio
import io
import itertools
import json
import signal
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from httpx2 import Response
from PIL import Image

from seedbed.engine.previews import SIDE
from seedbed.service.events import Watch
from seedbed.service.parts import Parts
from seedbed.settings import Settings
from seedbed.store.schema import open_database
from seedbed.store.tasks import TaskStore, silently
from seedbed.workflow.progress import Progress
from tests.backing import only_on_one_machine
from tests.service.served import KEY, OTHER_KEY, TASKS, Served, spawned
from tests.store.rows import KEY_ID, new_task

EVENTS = "/v1/seedbed/events"


def told(answer: Response) -> Iterator[dict[str, Any]]:
    for line in answer.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def begun(served: Served, **fields: object) -> str:
    """A task that is being drawn: what comes after it waits."""
    task_id = str(served.post(**fields).json()["data"]["task_id"])
    until = time.monotonic() + 30
    while served.get(task_id).json()["data"]["status"] == "CREATED":
        assert time.monotonic() < until
        time.sleep(0.02)
    return task_id


@only_on_one_machine("only who draws tells each step")
def test_each_step_of_a_task_is_told_and_then_its_end(served: Served) -> None:
    # Another is drawn before it, so that we listen when its first step comes.
    begun(served, prompt="slow 3")
    task_id = served.post(prompt="slow 1").json()["data"]["task_id"]
    with served.client.stream("GET", f"/v1/seedbed/tasks/{task_id}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        heard = list(told(answer))
    steps = [event["step"] for event in heard if event["status"] == "IN_PROGRESS"]
    assert steps == sorted(steps)
    assert {1, 2, 3, 4} <= set(steps)
    assert heard[-1]["status"] == "COMPLETED"
    assert heard[-1]["generated"] == served.get(task_id).json()["data"]["generated"]
    assert [event["status"] for event in heard].count("COMPLETED") == 1


def shown(answer: Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each event with its name."""
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@only_on_one_machine("only who draws has previews")
def test_who_wants_to_see_it_come_along_does(served: Served) -> None:
    begun(served, prompt="slow 3")
    task_id = served.post(prompt="slow 2").json()["data"]["task_id"]
    path = f"/v1/seedbed/tasks/{task_id}/events"
    with served.client.stream("GET", path, params={"previews": "true"}) as answer:
        heard = list(shown(answer))
    previews = [data for name, data in heard if name == "preview"]
    assert previews
    assert {preview["task_id"] for preview in previews} == {task_id}
    head, _, encoded = previews[0]["image"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert max(Image.open(io.BytesIO(b64decode(encoded))).size) <= SIDE
    assert (heard[-1][0], heard[-1][1]["status"]) == ("task", "COMPLETED")


def test_who_did_not_ask_for_previews_gets_none(served: Served) -> None:
    task_id = served.post(prompt="slow 1").json()["data"]["task_id"]
    with served.client.stream("GET", f"/v1/seedbed/tasks/{task_id}/events") as answer:
        assert {name for name, _ in shown(answer)} == {"task"}


def test_one_that_has_ended_is_told_once(served: Served) -> None:
    task_id = served.drawn(prompt="fail").json()["data"]["task_id"]
    with served.client.stream("GET", f"/v1/seedbed/tasks/{task_id}/events") as answer:
        (only,) = told(answer)
    assert (only["status"], only["error"]) == ("FAILED", "the prompt asked for a failure")


def test_a_task_that_there_is_not_is_a_404_and_so_is_another_keys(served: Served) -> None:
    task_id = served.drawn().json()["data"]["task_id"]
    path = f"/v1/seedbed/tasks/{task_id}/events"
    assert served.client.get(path, headers={"x-freepik-api-key": OTHER_KEY}).status_code == 404
    assert served.client.get("/v1/seedbed/tasks/none/events").status_code == 404
    assert served.client.get(EVENTS, headers={"x-freepik-api-key": "no"}).status_code == 401


@only_on_one_machine("three workers keep no order")
def test_all_of_a_keys_tasks_are_told_with_their_places(served: Served) -> None:
    made = [begun(served, prompt="slow 4"), *(served.post().json()["data"]["task_id"] for _ in range(2))]
    with served.client.stream("GET", EVENTS, params={"once": "true"}) as answer:
        heard = list(told(answer))
    # In no order: a picture is finished while the next is drawn, and these are drawn in no time.
    assert {event["task_id"] for event in heard if event["status"] == "COMPLETED"} == set(made)
    places = [event["queue_position"] for event in heard if event["task_id"] == made[2]]
    assert 2 in places
    assert {event["task_id"] for event in heard} == set(made)


def test_places_are_told_also_where_steps_keep_coming(tmp_path: Path) -> None:
    database = open_database(Settings(data_dir=tmp_path))
    store, progress = TaskStore(database), Progress()
    drawn, leaves, waits = (
        store.create(new_task(prompt), idempotency=None, queue_limit=9, enqueue=silently)
        for prompt in ("drawn", "leaves", "waits")
    )
    drawn = store.begin(drawn.task_id, max_attempts=1, announce=silently)
    watch = Watch(cast(Parts, SimpleNamespace(tasks=store, runtime=SimpleNamespace(progress=progress))), KEY_ID)

    async def steps() -> None:
        for step in itertools.count(1):
            progress.tell(replace(drawn, step=step, num_inference_steps=10_000))
            await asyncio.sleep(0.05)

    async def places() -> list[int | None]:
        heard, going = list[int | None](), asyncio.create_task(steps())
        async for changes in watch.changes(until_idle=False):
            heard += [place for task, place in changes if task.task_id == waits.task_id]
            if heard == [2]:
                store.request_cancel(leaves.task_id, key_id=KEY_ID, announce=silently)
            if len(heard) == 2:
                break
        going.cancel()
        return heard

    assert asyncio.run(asyncio.wait_for(places(), 20)) == [2, 1]
    database.close()


def test_a_task_begun_while_one_listens_is_told(served: Served) -> None:
    with served.client.stream("GET", EVENTS) as answer:
        events = told(answer)
        threading.Timer(0.3, served.post, kwargs={"prompt": "later"}).start()
        while (event := next(events))["status"] != "COMPLETED":
            pass
    assert event["prompt"] == "later"


def test_a_task_that_another_server_took_and_ended_between_two_looks_is_told_once(served: Served) -> None:
    database = open_database(served.settings)
    store = TaskStore(database)
    drawn = str(served.drawn(prompt="before").json()["data"]["task_id"])
    key_id = store.get_any(drawn).key_id
    with served.client.stream("GET", EVENTS) as answer:
        events = told(answer)
        served.post(prompt="first")
        while next(events)["status"] != "COMPLETED":
            pass
        foreign = store.create(new_task("foreign", key_id=key_id), idempotency=None, queue_limit=99, enqueue=silently)
        store.fail(foreign.task_id, "elsewhere", announce=silently)
        served.post(prompt="after")
        heard: list[dict[str, Any]] = []
        while not heard or (heard[-1]["prompt"], heard[-1]["status"]) != ("after", "COMPLETED"):
            heard.append(next(events))
        threading.Timer(2.5, served.post, kwargs={"prompt": "last"}).start()
        while (heard[-1]["prompt"], heard[-1]["status"]) != ("last", "COMPLETED"):
            heard.append(next(events))
    database.close()
    ends = [event["prompt"] for event in heard if event["status"] in ("COMPLETED", "FAILED")]
    assert sorted(ends) == ["after", "foreign", "last"]


def test_a_cancelled_task_is_told(served: Served) -> None:
    task_id = served.post(prompt="slow 8").json()["data"]["task_id"]
    with served.client.stream("GET", f"/v1/seedbed/tasks/{task_id}/events") as answer:
        threading.Timer(0.3, served.client.delete, args=(f"{TASKS}/{task_id}",)).start()
        last = list(told(answer))[-1]
    assert (last["status"], last["error"]) == ("FAILED", "cancelled by its owner")


def test_listeners_do_not_keep_a_server_from_stopping(tmp_path: Path) -> None:
    from httpx2 import Client

    with spawned(tmp_path, "--port", "0", API_KEYS=KEY, SHUTDOWN_GRACE="30") as (line, process):
        url = line.split()[3]
        with Client(base_url=url, headers={"x-freepik-api-key": KEY}, timeout=30) as client:
            until = time.monotonic() + 60
            while client.get("/readyz").status_code != 200:
                assert time.monotonic() < until
                time.sleep(0.1)
            with client.stream("GET", EVENTS) as answer:
                process.send_signal(signal.SIGTERM)
                began = time.monotonic()
                assert list(told(answer)) == []
            assert process.wait(20) is not None
    assert time.monotonic() - began < 15
