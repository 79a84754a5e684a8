from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import Client

from seedbed.store.keys import KeyStore, Scope
from seedbed.store.schema import open_database
from tests.service.served import KEY, TASKS, Served


@pytest.mark.parametrize(
    "headers",
    [
        {"x-freepik-api-key": KEY},
        {"X-Freepik-API-Key": KEY},
        {"x-magnific-api-key": KEY},
        {"Authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer {KEY}"},
        {"x-freepik-api-key": "", "x-magnific-api-key": KEY},
    ],
)
def test_the_same_key_opens_in_every_header(served: Served, headers: dict[str, str]) -> None:
    with Client(base_url=served.url, headers=headers) as client:
        assert client.get(TASKS).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-freepik-api-key": ""},
        {"Authorization": f"Basic {KEY}"},
        {"x-api-key": KEY},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", TASKS), ("POST", TASKS), ("GET", f"{TASKS}/x")])
def test_no_key_is_a_missing_key(served: Served, headers: dict[str, str], method: str, path: str) -> None:
    with Client(base_url=served.url, headers=headers) as client:
        answer = client.request(method, path)
    assert (answer.status_code, answer.text) == (401, '{"message":"Missing API key"}')


@pytest.mark.parametrize("key", ["wrong", KEY + "x", KEY.upper(), "x" * 9000])
def test_an_unknown_key_is_an_invalid_key(served: Served, key: str) -> None:
    with Client(base_url=served.url, headers={"x-magnific-api-key": key}) as client:
        answer = client.get(TASKS)
    assert (answer.status_code, answer.text) == (401, '{"message":"Invalid API key"}')


def test_a_key_of_strange_bytes_is_an_invalid_key(served: Served) -> None:
    answer = served.client.get(TASKS, headers=[(b"x-magnific-api-key", b"\xff\xe9"), (b"x-freepik-api-key", b"")])
    assert answer.status_code == 401


def test_a_stranger_is_turned_away_before_the_body_is_looked_at(served: Served) -> None:
    with Client(base_url=served.url) as client:
        assert client.post(TASKS, content=b"x" * 2_000_000).status_code == 401


@pytest.fixture
def store(served: Served) -> Iterator[KeyStore]:
    database = open_database(served.settings)
    yield KeyStore(database)
    database.close()


def answered(served: Served, key: str, method: str, path: str = TASKS) -> int:
    headers = {"x-freepik-api-key": key}
    body = {"prompt": "a cat"} if method == "POST" else None
    return served.client.request(method, path, headers=headers, json=body).status_code


def test_a_key_does_what_its_scopes_say_and_no_more(served: Served, store: KeyStore) -> None:
    _, reads = store.create("dashboard", scopes=frozenset({Scope.READ}))
    _, draws = store.create("kiosk", scopes=frozenset({Scope.GENERATE}))
    nothing = f"{TASKS}/046b6c7f-0b8a-43b9-b35d-6489e6daee91"
    assert [answered(served, reads, method) for method in ("GET", "POST")] == [200, 403]
    assert [answered(served, draws, method) for method in ("GET", "POST")] == [403, 200]
    assert [answered(served, key, "DELETE", nothing) for key in (reads, draws)] == [403, 404]
    refused = served.client.get(TASKS, headers={"x-freepik-api-key": draws})
    assert refused.json() == {"message": "Forbidden: the API key lacks the scope read"}


def test_an_admin_sees_and_cancels_what_every_key_has_as_far_as_its_other_scopes_go(
    served: Served, store: KeyStore
) -> None:
    task = served.post().json()["data"]["task_id"]
    _, auditor = store.create("auditor", scopes=frozenset({Scope.READ, Scope.ADMIN}))
    _, operator = store.create("operator", scopes=frozenset(Scope))
    _, plain = store.create("plain")
    paths = [f"{TASKS}/{task}", f"/v1/seedbed/tasks/{task}"]
    for path in paths:
        assert [answered(served, key, "GET", path) for key in (auditor, operator, plain)] == [200, 200, 404]
    assert [answered(served, key, "DELETE", paths[0]) for key in (auditor, operator, plain)] == [403, 200, 404]
    listed = served.client.get(TASKS, headers={"x-freepik-api-key": auditor}).json()["data"]
    assert task in {each["task_id"] for each in listed}
    assert served.client.get(TASKS, headers={"x-freepik-api-key": plain}).json()["data"] == []


def test_a_key_has_no_more_tasks_under_way_than_it_may(served: Served, store: KeyStore) -> None:
    _, key = store.create("two at a time", concurrency=2)
    mine = {"x-freepik-api-key": key}
    first = [served.post(mine, prompt="slow 2") for _ in range(2)]
    assert [answer.status_code for answer in first] == [200, 200]
    refused = served.post(mine)
    assert (refused.status_code, refused.json()) == (429, {"message": "Too many tasks under way"})
    assert refused.headers["retry-after"] == "1"
    # Others are not concerned, and what has ended counts no more.
    assert served.post().status_code == 200
    waiting = first[1].json()["data"]["task_id"]
    assert served.client.delete(f"{TASKS}/{waiting}", headers=mine).status_code == 200
    assert served.post(mine).status_code == 200


def test_an_expired_or_revoked_key_is_an_invalid_key_at_once(served: Served, store: KeyStore) -> None:
    now = datetime.now(UTC)
    _, over = store.create("over", expires_at=now)
    _, still = store.create("still", expires_at=now + timedelta(hours=1))
    record, revoked = store.create("revoked")
    assert [answered(served, key, "GET") for key in (over, still, revoked)] == [401, 200, 200]
    store.revoke(record.key_id)
    assert answered(served, revoked, "GET") == 401


def test_a_key_may_have_a_rate_of_its_own(served: Served, store: KeyStore) -> None:
    _, slow = store.create("slow", rate_limit=2)
    answers = [served.client.get(TASKS, headers={"x-freepik-api-key": slow}) for _ in range(6)]
    # A minute may end among them, and the count begin anew.
    assert 200 in {answer.status_code for answer in answers}
    assert 429 in {answer.status_code for answer in answers}
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"2"}


def test_the_last_use_of_a_key_is_noted(served: Served, store: KeyStore) -> None:
    record, key = store.create("used")
    assert {each.key_id: each.last_used_at for each in store.list()}[record.key_id] is None
    before = datetime.now(UTC)
    assert answered(served, key, "GET") == 200
    used = {each.key_id: each.last_used_at for each in store.list()}[record.key_id]
    assert used is not None
    assert used >= before
