from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.served import TASKS, Served, serving

FAULTY = "/v1/ai/text-to-image/faulty"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("aliases")
    with serving(folder, model="noop", models="faulty=noop-faulty") as server:
        yield server


def test_each_route_draws_with_its_own_model(served: Served) -> None:
    posted = served.client.post(FAULTY, json={"prompt": "fail", "seed": 7})
    assert posted.status_code == 200, posted.text
    task_id = posted.json()["data"]["task_id"]
    failed = served.ended(task_id)
    assert failed.json()["data"]["error"] == "the prompt asked for a failure"
    # Wherever it was posted, a task is found by either route.
    assert served.client.get(f"{FAULTY}/{task_id}").json() == failed.json()
    # The server's own model takes the word for a prompt.
    assert served.drawn(prompt="fail", seed=7).json()["data"]["status"] == "COMPLETED"


def test_an_alias_has_all_the_routes(served: Served) -> None:
    task_id = served.client.post(FAULTY, json={"prompt": "slow 8"}).json()["data"]["task_id"]
    assert served.client.delete(f"{FAULTY}/{task_id}").status_code == 200
    assert task_id in {task["task_id"] for task in served.client.get(FAULTY).json()["data"]}
    assert served.ended(task_id).json()["data"]["status"] == "FAILED"
    assert served.client.post(FAULTY, json={}).status_code == 400


def test_the_same_promise_by_another_models_route_is_another(served: Served) -> None:
    headers = {"Idempotency-Key": "one"}
    one, two = (served.client.post(TASKS, json={"prompt": "a", "seed": 1}, headers=headers).json() for _ in range(2))
    assert one["data"]["task_id"] == two["data"]["task_id"]
    assert served.client.post(FAULTY, json={"prompt": "a", "seed": 1}, headers=headers).status_code == 409


def test_what_is_no_alias_is_not_found(served: Served) -> None:
    assert served.client.post("/v1/ai/text-to-image/nobody", json={"prompt": "a"}).status_code == 404


def test_the_document_shows_the_routes_once(served: Served) -> None:
    paths = served.client.get("/openapi.json").json()["paths"]
    assert TASKS in paths
    assert not any(path.startswith(FAULTY) for path in paths)
