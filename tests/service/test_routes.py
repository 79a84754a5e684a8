import json
import re
import uuid

import pytest
from httpx2 import Client

from seedbed.service.headers import MAX_LIST_CHARACTERS
from tests.backing import only_on_one_machine
from tests.service.served import OTHER_KEY, TASKS, Served

NOBODY = "046b6c7f-0b8a-43b9-b35d-6489e6daee91"


def test_a_task_is_answered_byte_for_byte_as_the_contract_does(served: Served) -> None:
    answer = served.post()
    task_id = answer.json()["data"]["task_id"]
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.text == f'{{"data":{{"task_id":"{task_id}","status":"CREATED","generated":[]}}}}'
    assert str(uuid.UUID(task_id)) == task_id
    done = served.ended(task_id)
    url = done.json()["data"]["generated"][0]
    assert done.text == f'{{"data":{{"task_id":"{task_id}","status":"COMPLETED","generated":["{url}"]}}}}'
    name = rf"result_SEEDREAM_V4_{task_id}_0\.jpeg\?token=exp=\d+~hmac=[0-9a-f]+"
    assert re.fullmatch(rf"{re.escape(served.url)}/images/.*/{name}", url)


def test_success_carries_the_contracts_headers(served: Served) -> None:
    for answer in (served.post(), served.client.get(TASKS), served.drawn()):
        assert answer.headers["cache-control"] == "max-age=0, no-cache, no-store"
        limit, remaining, reset = (
            int(answer.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset")
        )
        assert 0 <= remaining < limit
        assert 0 < reset <= 60
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_a_failed_task_says_why_and_has_no_image(served: Served) -> None:
    answer = served.drawn(prompt="fail")
    task = answer.json()["data"]
    assert list(task) == ["task_id", "status", "generated", "error"]
    assert task["status"] == "FAILED"
    assert task["generated"] == []
    assert task["error"] == "the prompt asked for a failure"


def test_the_headers_tell_what_the_body_has_no_room_for(served: Served) -> None:
    answer = served.post(seed=7, aspect_ratio="widescreen_16_9")
    assert answer.headers["x-seedbed-seed"] == "7"
    assert answer.headers["x-seedbed-size"] == "2560x1440"
    done = served.ended(answer.json()["data"]["task_id"])
    assert done.headers["x-seedbed-seed"] == "7"
    assert done.headers["x-seedbed-model"] == "noop"
    assert re.fullmatch("[0-9a-f]{64}", done.headers["x-seedbed-model-digest"])
    assert "x-seedbed-step" not in done.headers


def test_a_seed_is_drawn_once_and_stays(served: Served) -> None:
    answer = served.post(seed=None)
    seed = answer.headers["x-seedbed-seed"]
    assert 0 <= int(seed) < 2**31
    assert served.get(answer.json()["data"]["task_id"]).headers["x-seedbed-seed"] == seed


def test_queue_and_steps_can_be_watched(served: Served) -> None:
    first = served.post(prompt="slow 2").json()["data"]["task_id"]
    second = served.post().json()["data"]["task_id"]
    waiting = served.get(second)
    assert int(waiting.headers["x-seedbed-queue-position"]) >= 1
    steps = set()
    while (answer := served.get(first)).json()["data"]["status"] != "COMPLETED":
        steps.add(answer.headers.get("x-seedbed-step"))
        if answer.json()["data"]["status"] == "IN_PROGRESS":
            assert answer.json()["data"]["generated"] == []
    assert steps & {"1/4", "2/4", "3/4"}
    assert served.ended(second).json()["data"]["status"] == "COMPLETED"


def test_unknown_fields_and_query_parameters_do_no_harm_and_are_named(served: Served) -> None:
    body = {"prompt": "a cat", "num_images": 4, "größe": [1], "seed": None}
    answer = served.client.post(f"{TASKS}?trace=1&limit=x", json=body)
    assert answer.status_code == 200
    assert answer.headers["x-seedbed-ignored-fields"] == "num_images,gr%C3%B6%C3%9Fe"
    assert served.client.get(f"{TASKS}?page=2&per_page=x").status_code == 200


def test_thousands_of_unknown_fields_leave_an_answer_that_can_be_read(served: Served) -> None:
    answer = served.post(**{f"field-{number}": 1 for number in range(5000)})
    assert answer.status_code == 200
    assert len(answer.headers["x-seedbed-ignored-fields"]) <= MAX_LIST_CHARACTERS + 4


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", ""])
def test_json_is_json_whatever_its_content_type_says(served: Served, content_type: str) -> None:
    answer = served.client.post(TASKS, content=b'{"prompt":"a cat"}', headers={"content-type": content_type})
    assert answer.status_code == 200


def test_a_webhook_that_will_never_be_called_is_accepted_and_named(served: Served) -> None:
    answer = served.post(webhook_url="http://127.0.0.1:9/hook")
    assert answer.status_code == 200
    assert "https" in answer.headers["x-seedbed-webhook-refused"]
    assert "x-seedbed-webhook-refused" not in served.post(webhook_url="https://example.com/hook").headers


def test_the_same_key_and_body_are_one_task_and_another_body_a_conflict(served: Served) -> None:
    promise = {"Idempotency-Key": "order 1"}
    first = served.post(promise, seed=5)
    again = served.client.post(TASKS, content=b'{ "seed":5, "prompt":"a cat" }', headers=promise)
    assert again.status_code == 200
    assert again.json()["data"]["task_id"] == first.json()["data"]["task_id"]
    other = served.post(promise, seed=6)
    assert other.status_code == 409
    assert isinstance(other.json()["message"], str)
    elsewhere = served.post({**promise, "x-freepik-api-key": OTHER_KEY}, seed=6)
    assert elsewhere.json()["data"]["task_id"] != first.json()["data"]["task_id"]


def test_a_repeated_request_without_seed_is_one_task_with_one_seed(served: Served) -> None:
    promise = {"Idempotency-Key": "order 2"}
    first, again = served.post(promise), served.post(promise)
    assert again.json()["data"]["task_id"] == first.json()["data"]["task_id"]
    assert again.headers["x-seedbed-seed"] == first.headers["x-seedbed-seed"]


@pytest.mark.parametrize("value", ["", "x" * 256])
def test_an_idempotency_key_that_is_none_is_refused(served: Served, value: str) -> None:
    answer = served.post({"Idempotency-Key": value})
    assert answer.status_code == 400
    assert answer.json()["invalid_params"][0]["field"] == "header.Idempotency-Key"


def test_the_list_has_the_newest_first_in_the_contracts_form(served: Served) -> None:
    older, newer = (served.drawn().json()["data"]["task_id"] for _ in range(2))
    tasks = served.client.get(TASKS).json()["data"]
    assert tasks[:2] == [
        {"task_id": newer, "status": "COMPLETED"},
        {"task_id": older, "status": "COMPLETED"},
    ]
    assert served.client.get(TASKS).text.startswith(f'{{"data":[{{"task_id":"{newer}","status":"COMPLETED"}},')


def test_the_list_is_walked_page_by_page(served: Served) -> None:
    everything = served.client.get(TASKS, params={"limit": 1000})
    assert "x-seedbed-next-cursor" not in everything.headers
    walked = []
    cursor = None
    while cursor != "end":
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = served.client.get(TASKS, params=params)
        assert 0 < len(page.json()["data"]) <= 2
        walked += page.json()["data"]
        cursor = page.headers.get("x-seedbed-next-cursor", "end")
    assert [task["task_id"] for task in walked] == [task["task_id"] for task in everything.json()["data"]]


def test_the_list_can_be_narrowed_to_a_status(served: Served) -> None:
    failed = served.drawn(prompt="fail").json()["data"]["task_id"]
    tasks = served.client.get(TASKS, params={"status": "FAILED"}).json()["data"]
    assert tasks[0] == {"task_id": failed, "status": "FAILED"}
    assert {task["status"] for task in tasks} == {"FAILED"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "ten"),
        ("status", "DONE"),
        ("status", ""),
        ("cursor", ""),
        ("cursor", "\0"),
        ("cursor", NOBODY),
    ],
)
def test_a_wrong_query_is_refused_and_named(served: Served, name: str, value: str) -> None:
    answer = served.client.get(TASKS, params={name: value})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Validation error"
    assert [param["field"] for param in answer.json()["invalid_params"]] == [f"query.{name}"]


def test_a_key_without_tasks_has_an_empty_list(served: Served) -> None:
    nothing = served.client.get(TASKS, params={"status": "IN_PROGRESS"})
    assert (nothing.status_code, nothing.text) == (200, '{"data":[]}')


@pytest.mark.parametrize("task_id", [NOBODY, "nonsense", "%00", "..%2f..", "😀", "x" * 4000, NOBODY.upper()])
def test_what_is_no_task_is_not_found(served: Served, task_id: str) -> None:
    for method in ("GET", "DELETE"):
        answer = served.client.request(method, f"{TASKS}/{task_id}")
        assert answer.status_code == 404
        assert isinstance(answer.json()["message"], str)


def test_the_tasks_of_one_key_are_nothing_to_another(served: Served) -> None:
    task_id = served.post().json()["data"]["task_id"]
    with Client(base_url=served.url, headers={"x-magnific-api-key": OTHER_KEY}) as stranger:
        for method in ("GET", "DELETE"):
            answer = stranger.request(method, f"{TASKS}/{task_id}")
            assert (answer.status_code, answer.text) == (404, '{"message":"Task not found"}')
        listed = stranger.get(TASKS, params={"limit": 1000}).json()["data"]
        assert task_id not in [task["task_id"] for task in listed]
        beyond = stranger.get(TASKS, params={"cursor": task_id})
        assert beyond.status_code == 400
    assert served.ended(task_id).json()["data"]["status"] == "COMPLETED"


@only_on_one_machine("of three workers one is free to draw what is to wait")
def test_a_waiting_task_is_cancelled_at_once_and_reads_as_failed(served: Served) -> None:
    busy = served.post(prompt="slow 2").json()["data"]["task_id"]
    waiting = served.post().json()["data"]["task_id"]
    answer = served.client.delete(f"{TASKS}/{waiting}")
    assert answer.status_code == 200
    assert answer.json()["data"]["status"] == "FAILED"
    assert "cancelled" in answer.json()["data"]["error"]
    assert served.get(waiting).json() == answer.json()
    assert served.ended(busy).json()["data"]["status"] == "COMPLETED"


def test_a_task_that_is_drawn_is_cancelled_between_two_steps(served: Served) -> None:
    task_id = served.post(prompt="slow 4").json()["data"]["task_id"]
    while served.get(task_id).json()["data"]["status"] == "CREATED":
        pass
    answer = served.client.delete(f"{TASKS}/{task_id}")
    assert answer.status_code == 200
    assert answer.json()["data"]["status"] in ("IN_PROGRESS", "FAILED")
    ended = served.ended(task_id, within=15).json()["data"]
    assert ended["status"] == "FAILED"
    assert "cancelled" in ended["error"]


def test_cancelling_what_has_ended_changes_nothing(served: Served) -> None:
    done = served.drawn()
    answer = served.client.delete(f"{TASKS}/{done.json()['data']['task_id']}")
    assert (answer.status_code, answer.json()) == (200, done.json())


def test_no_body_holds_anything_the_contract_does_not(served: Served) -> None:
    assert set(json.loads(served.drawn().text)["data"]) == {"task_id", "status", "generated"}
