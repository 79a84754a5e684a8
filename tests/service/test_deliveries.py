import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import Response

from tests.receiver import Answer, Receiver, receiving
from tests.service.served import OTHER_KEY, Served, serving

DELIVERIES = "/v1/webhooks/deliveries"


@dataclass
class Announced:
    """A server, and a receiver that refuses everything until a test says otherwise."""

    served: Served
    receiver: Receiver

    def task(self) -> str:
        """A task whose end was given up."""
        task_id: str = self.served.drawn(webhook_url=self.receiver.url).json()["data"]["task_id"]
        self.until(f"msg_{task_id}_completed", "given up")
        return task_id

    def look(self, webhook_id: str, **headers: str) -> Response:
        return self.served.client.get(f"{DELIVERIES}/{webhook_id}", headers=headers)

    def until(self, webhook_id: str, outcome: str) -> list[dict[str, Any]]:
        """The event's attempts, once the newest came out like that."""
        end = time.monotonic() + 60
        while True:
            answer = self.look(webhook_id)
            if answer.status_code == 200 and answer.json()["data"][0]["outcome"] == outcome:
                return list(answer.json()["data"])
            assert time.monotonic() < end, answer.text
            time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Announced]:
    folder = tmp_path_factory.mktemp("deliveries")
    changes = {"webhook_allow_private": True, "webhook_retry_base": 0.05, "webhook_max_attempts": 2}
    with receiving(lambda _: Answer(500)) as receiver, serving(folder, **changes) as served:
        yield Announced(served, receiver)


def test_each_attempt_is_told_with_what_came_of_it(server: Announced) -> None:
    task_id = server.task()
    second, first = server.look(f"msg_{task_id}_completed").json()["data"]
    assert (first["attempt"], first["outcome"]) == (1, "failed")
    assert first["next_at"] > first["made_at"]
    assert (second["attempt"], second["outcome"], second["next_at"]) == (2, "given up", None)
    assert "500" in second["detail"]
    assert 0 < second["seconds"] < 15
    assert second["task_id"] == task_id


def test_a_dead_letter_is_told_again_under_its_id_and_signed_anew(server: Announced) -> None:
    webhook_id = f"msg_{server.task()}_completed"
    before = [each for each in server.receiver.deliveries if each.headers["webhook-id"] == webhook_id]
    server.receiver.answer = lambda _: Answer(202)
    try:
        answer = server.served.client.post(f"{DELIVERIES}/{webhook_id}/replay")
        assert (answer.status_code, len(answer.json()["data"])) == (200, 2)
        newest = server.until(webhook_id, "delivered")[0]
    finally:
        server.receiver.answer = lambda _: Answer(500)
    assert (newest["attempt"], newest["detail"]) == (1, "the receiver answered 202")
    told = [each for each in server.receiver.deliveries if each.headers["webhook-id"] == webhook_id]
    assert len(told) == len(before) + 1
    assert told[-1].body.partition(b"token=")[0] == before[-1].body.partition(b"token=")[0]


def test_what_is_over_is_not_told_again(server: Announced) -> None:
    webhook_id = f"msg_{server.task()}_in_progress"
    assert server.look(webhook_id).status_code == 200
    answer = server.served.client.post(f"{DELIVERIES}/{webhook_id}/replay")
    assert (answer.status_code, answer.json()) == (409, {"message": "The task has another status by now"})


def test_another_keys_webhooks_are_not_there(server: Announced) -> None:
    webhook_id = f"msg_{server.task()}_completed"
    other = {"x-freepik-api-key": OTHER_KEY}
    assert server.look(webhook_id, **other).status_code == 404
    assert server.served.client.post(f"{DELIVERIES}/{webhook_id}/replay", headers=other).status_code == 404
    assert server.served.client.get(DELIVERIES, headers=other).json() == {"data": []}
    assert server.served.client.get(DELIVERIES, headers={"x-freepik-api-key": ""}).status_code == 401


def test_the_list_goes_by_pages_tasks_and_outcomes(server: Announced) -> None:
    task_id = server.task()
    get = server.served.client.get
    page = get(DELIVERIES, params={"limit": 1})
    rest = get(DELIVERIES, params={"limit": 1000, "cursor": page.headers["x-seedbed-next-cursor"]})
    assert page.json()["data"] + rest.json()["data"] == get(DELIVERIES, params={"limit": 1000}).json()["data"]
    dead = get(DELIVERIES, params={"task_id": task_id, "outcome": "given up"}).json()["data"]
    assert f"msg_{task_id}_completed" in {each["webhook_id"] for each in dead}
    assert {each["task_id"] for each in dead} == {task_id}
    assert get(DELIVERIES, params={"cursor": "x"}).status_code == 400
    assert get(f"{DELIVERIES}/no%20id").status_code == 400
