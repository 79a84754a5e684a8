import pytest
from httpx2 import Client

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
