import gc
import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

import seedbed
from seedbed import Client, RemoteTask
from seedbed.client.exchange import TASKS, Patience
from seedbed.client.results import Page
from seedbed.errors import (
    ConfigurationError,
    EngineError,
    GenerationCancelled,
    IdempotencyConflict,
    InvalidKey,
    InvalidRequest,
    ServerError,
    ServerUnreachable,
    TaskNotFound,
    TaskTimeout,
)
from seedbed.task import TaskStatus
from tests.backing import ON_MACHINES, only_on_one_machine
from tests.service.served import KEY, Served

HASTE = Patience(retries=2, first_pause=0.01)
TASK: dict[str, Any] = {"task_id": "046b6c7f-0b8a-43b9-b35d-6489e6daee91", "status": "CREATED", "generated": []}


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Client]:
    with Client(served.url, api_key=KEY, patience=HASTE) as held:
        yield held


def scripted(*answers: httpx2.Response | Exception) -> tuple[Client, list[httpx2.Request]]:
    """A client whose server answers as told, and what it was asked."""
    asked: list[httpx2.Request] = []
    left = list(answers)

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        following = left.pop(0)
        if isinstance(following, Exception):
            raise following
        return following

    return Client("http://host", api_key="k", patience=HASTE, transport=httpx2.MockTransport(answer)), asked


def test_the_address_of_the_route_is_as_good(served: Served) -> None:
    with Client(f"{served.url}{TASKS}/", api_key=KEY, patience=HASTE) as client:
        assert client.tasks.list().tasks == ()


def test_an_id_leads_nowhere_else() -> None:
    client, asked = scripted(httpx2.Response(404), httpx2.Response(404))
    for act in (client.tasks.get, client.tasks.cancel):
        with pytest.raises(TaskNotFound):
            act("../keys?all")
    assert {request.url.raw_path.decode() for request in asked} == {f"{TASKS}/..%2Fkeys%3Fall"}


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "", "ftp://host"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="no server's address"):
        Client(address, api_key=KEY)


@pytest.mark.parametrize("key", ["schl\u00fcssel", "sb_key\n"])
def test_a_key_that_no_header_can_hold_is_refused(key: str) -> None:
    with pytest.raises(InvalidKey):
        Client("http://host", api_key=key)


def test_an_address_where_another_server_answers_is_said_so() -> None:
    client, _ = scripted(httpx2.Response(404, text="nginx"))
    with pytest.raises(ServerError, match="is the address right"):
        client.generate("a cat")


def test_a_list_tells_tasks_in_full(client: Client) -> None:
    picture = client.generate("two owls in full", seed=8)
    (listed,) = client.tasks.list(limit=1).tasks
    assert (listed.task_id, listed.prompt, listed.seed) == (picture.task.task_id, "two owls in full", 8)
    assert listed.size == picture.task.size
    assert len(listed.generated) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_another_hosts_list_has_what_the_contract_has(status: int) -> None:
    client, asked = scripted(httpx2.Response(status), httpx2.Response(200, json={"data": [TASK]}))
    assert client.tasks.list(limit=3) == Page((RemoteTask(TASK["task_id"], TaskStatus.CREATED),), None)
    assert [request.url.path for request in asked] == ["/v1/seedbed/tasks", TASKS]
    assert {request.url.query for request in asked} == {b"limit=3"}


def test_one_line_draws_a_picture(client: Client, tmp_path: Path) -> None:
    picture = client.generate("two owls", aspect_ratio="widescreen_16_9", guidance_scale=3, seed=7)
    assert (picture.task.status, picture.task.seed, picture.task.model) == (TaskStatus.COMPLETED, 7, "noop")
    assert str(picture.task.size) == "80x45"
    with Image.open(picture.save(tmp_path / "owls.jpeg")) as image:
        assert image.size == (80, 45)
    assert picture.to_pillow().size == (80, 45)
    assert client.generate("two owls", aspect_ratio="widescreen_16_9", guidance_scale=3, seed=7).jpeg == picture.jpeg


def test_a_client_that_nobody_holds_gives_its_connections_back(served: Served) -> None:
    gc.collect()
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always")
        Client(served.url, api_key=KEY).tasks.list()
        gc.collect()
    assert left_open == []


def test_each_step_is_told(client: Client) -> None:
    heard: list[RemoteTask] = []
    # Drawn before it, so that we listen when its first step comes.
    next(task for task in client.tasks.watch(client.tasks.create("slow 3").task_id) if task.step)
    picture = client.generate("slow 1", on_change=heard.append)
    # A server looks once a second at what others draw: of those steps it misses some.
    assert {task.step for task in heard} >= ({4} if ON_MACHINES else {1, 2, 3, 4})
    assert heard[-1].status is TaskStatus.COMPLETED
    assert heard[-1].generated == picture.task.generated


@only_on_one_machine("of three workers one is free to draw what is to wait")
def test_a_task_is_made_looked_at_listed_and_cancelled(client: Client) -> None:
    slow = client.tasks.create("slow 8", seed=1)
    next(task for task in client.tasks.watch(slow.task_id) if task.step)
    waiting = client.tasks.create("a cat")
    assert client.tasks.get(waiting.task_id).queue_position == 1
    newest = client.tasks.list(limit=2)
    assert [task.task_id for task in newest.tasks] == [waiting.task_id, slow.task_id]
    assert newest.next_cursor is not None
    assert [task.task_id for task in client.tasks.all()][:2] == [waiting.task_id, slow.task_id]
    assert client.tasks.cancel(waiting.task_id).error == "cancelled by its owner"
    threading.Timer(0.3, client.tasks.cancel, args=(slow.task_id,)).start()
    ended = client.tasks.wait(slow.task_id)
    assert (ended.status, ended.error) == (TaskStatus.FAILED, "cancelled by its owner")
    with pytest.raises(GenerationCancelled):
        client.download(ended)


def test_what_failed_raises_its_reason(client: Client) -> None:
    with pytest.raises(EngineError, match="the prompt asked for a failure"):
        client.generate("fail")


def test_waiting_ends_in_time(client: Client) -> None:
    task = client.tasks.create("slow 5")
    with pytest.raises(TaskTimeout, match="it goes on"):
        client.tasks.wait(task.task_id, timeout=0.1)
    client.tasks.cancel(task.task_id)


def test_the_servers_errors_are_ours(client: Client, served: Served) -> None:
    with pytest.raises(TaskNotFound, match="Task not found"):
        client.tasks.get("046b6c7f-0b8a-43b9-b35d-6489e6daee91")
    with Client(served.url, api_key="wrong") as stranger, pytest.raises(InvalidKey):
        stranger.tasks.list()
    client.tasks.create("a cat", idempotency_key="once")
    with pytest.raises(IdempotencyConflict):
        client.tasks.create("a dog", idempotency_key="once")
    with pytest.raises(InvalidRequest, match="webhook_url"):
        client.tasks.create("a cat", webhook_url="no URL")


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.generate(" "),
        lambda client: client.generate("a cat", seed=-1),
        lambda client: client.generate("a cat", guidance_scale=21),
        lambda client: client.generate("a cat", aspect_ratio="16:9"),
    ],
)
def test_what_cannot_be_asked_is_not_even_sent(ask: Callable[[Client], object]) -> None:
    client, asked = scripted()
    with pytest.raises(InvalidRequest):
        ask(client)
    assert asked == []


def test_a_post_that_got_lost_is_sent_again_with_the_same_key() -> None:
    lost = httpx2.ReadTimeout("no answer")
    full = httpx2.Response(503, json={"message": "Service Unavailable"}, headers={"retry-after": "0"})
    client, asked = scripted(lost, full, httpx2.Response(200, json={"data": TASK}))
    assert client.tasks.create("a cat").status is TaskStatus.CREATED
    keys = {request.headers["idempotency-key"] for request in asked}
    assert (len(asked), len(keys)) == (3, 1)
    assert {request.headers["x-freepik-api-key"] for request in asked} == {"k"}


def test_patience_ends() -> None:
    client, asked = scripted(*[httpx2.ConnectError("refused")] * 3)
    with pytest.raises(ServerUnreachable, match=r"^no answer from https?://[a-z0-9.:]+: refused$"):
        client.tasks.list()
    assert len(asked) == 3
    client, _ = scripted(*[httpx2.Response(500, text="<html>")] * 3)
    with pytest.raises(ServerError, match="500"):
        client.tasks.list()


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"data": {}}', '{"data": {"task_id": "x", "status": "DONE"}}'])
def test_an_answer_that_nobody_understands_is_said_to_be_one(body: str) -> None:
    client, _ = scripted(httpx2.Response(200, text=body))
    with pytest.raises(ServerError):
        client.tasks.get("x")


def test_the_hosted_api_serves_as_well() -> None:
    """No header of ours, no events, an error told as null; the key goes to the host and not to the image's."""
    done = {**TASK, "status": "COMPLETED", "generated": ["https://elsewhere/a.jpeg"], "error": None}
    client, asked = scripted(
        httpx2.Response(200, json={"data": TASK}),
        httpx2.Response(404, json={"message": "Not found"}),
        httpx2.Response(200, json={"data": {**TASK, "status": "IN_PROGRESS"}}),
        httpx2.Response(200, json={"data": done}),
        httpx2.Response(200, content=b"\xff\xd8"),
    )
    picture = client.generate("a cat", on_change=lambda task: None)
    assert (picture.jpeg, picture.task.seed) == (b"\xff\xd8", None)
    assert asked[0].url.path == TASKS
    assert "x-freepik-api-key" not in asked[-1].headers


def test_a_broken_stream_is_taken_up_again(client: Client, served: Served) -> None:
    task_id = client.generate("a cat").task.task_id
    told = served.client.get(f"/v1/seedbed/tasks/{task_id}").json()["data"]
    kind = {"content-type": "text/event-stream"}
    ended = f"event: task\ndata: {json.dumps(told)}\n\n"
    again, asked = scripted(
        httpx2.Response(200, text=": alive\n\n", headers=kind),
        httpx2.ReadError("broken"),
        httpx2.Response(200, text=ended, headers=kind),
    )
    assert [list(task.generated) for task in again.tasks.watch(task_id)] == [told["generated"]]
    assert len(asked) == 3


def test_nothing_heavy_comes_with_it() -> None:
    code = "import sys; from seedbed import AsyncClient, Client, read_webhook\n"
    code += "print(sorted({'torch', 'fastapi', 'dbos', 'sqlalchemy', 'numpy'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_public_names_are_these() -> None:
    assert seedbed.__all__ == sorted(seedbed.__all__)
    assert all(getattr(seedbed, name).__module__.startswith("seedbed.") for name in seedbed.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = seedbed.nothing


def test_what_was_put_right_is_told_by_headers_and_by_events_alike() -> None:
    told = {"x-seedbed-read-as": "pizzza=pizza,r%C3%B6sen=rose,..."}
    assert RemoteTask.from_answer(TASK, told).read_as == (("pizzza", "pizza"), ("rösen", "rose"))
    assert RemoteTask.from_answer(TASK, {}).read_as == ()
