from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response

from seedbed.store.keys import KeyStore, Scope
from seedbed.store.schema import open_database
from tests.service.served import KEY, Served, serving

KEYS = "/v1/seedbed/keys"
ALL = frozenset(Scope)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


def made(served: Served, *scopes: Scope) -> dict[str, str]:
    """The header of a new key that has these scopes."""
    database = open_database(served.settings)
    try:
        return {"x-freepik-api-key": KeyStore(database).create("a test's", scopes=frozenset(scopes))[1]}
    finally:
        database.close()


@pytest.fixture(scope="module")
def admin(served: Served) -> dict[str, str]:
    return made(served, *Scope)


def create(served: Served, admin: dict[str, str], **fields: Any) -> Response:
    return served.client.post(KEYS, json={"name": "laptop", **fields}, headers=admin)


def test_a_key_is_made_used_and_revoked(served: Served, admin: dict[str, str]) -> None:
    answer = create(served, admin, scopes=["read"], expires_in_days=30, rate_limit=50, concurrency=2)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["cache-control"]
    told = answer.json()["data"]
    assert (told["name"], told["scopes"], told["rate_limit"], told["concurrency"]) == ("laptop", ["read"], 50, 2)
    assert told["key"].startswith(told["hint"])
    own = {"x-freepik-api-key": told["key"]}
    assert served.client.get("/v1/seedbed/key", headers=own).json()["data"]["is_yours"]
    assert served.client.get("/v1/seedbed/tasks", headers=own).status_code == 200
    gone = served.client.delete(f"{KEYS}/{told['key_id']}", headers=admin)
    assert (gone.status_code, gone.json()["data"]["state"]) == (200, "revoked")
    assert served.client.get("/v1/seedbed/tasks", headers=own).status_code == 401
    listed = {each["key_id"]: each for each in served.client.get(KEYS, headers=admin).json()["data"]}
    assert listed[told["key_id"]]["state"] == "revoked"
    assert "key" not in listed[told["key_id"]]
    assert told["key"] not in served.client.get(KEYS, headers=admin).text


def test_a_key_without_the_scope_looks_after_none(served: Served) -> None:
    told = served.client.get("/v1/seedbed/key").json()["data"]
    assert (told["scopes"], told["from_settings"], told["is_yours"]) == (["generate", "read"], True, True)
    for answer in (
        served.client.get(KEYS),
        served.client.post(KEYS, json={"name": "x"}),
        served.client.post(KEYS, content=b"no json"),
        served.client.delete(f"{KEYS}/{told['key_id']}"),
    ):
        assert answer.status_code == 403
        assert "admin" in answer.json()["message"]
    assert served.client.get(KEYS, headers={"x-freepik-api-key": ""}).status_code == 401
    assert served.client.get("/v1/seedbed/key").json()["data"]["state"] == "valid"


def test_nobody_makes_a_key_that_may_do_more_than_its_own(served: Served) -> None:
    looks = made(served, Scope.ADMIN, Scope.READ)
    assert served.client.get(KEYS, headers=looks).status_code == 200
    assert create(served, looks).status_code == 403
    changes = made(served, Scope.ADMIN, Scope.GENERATE)
    refused = create(served, changes, scopes=["generate", "read"])
    assert (refused.status_code, refused.json()["message"]) == (403, "Forbidden: the API key lacks the scope read")
    assert create(served, changes, scopes=["generate"]).status_code == 200


def test_no_key_ends_itself(served: Served, admin: dict[str, str]) -> None:
    own = served.client.get("/v1/seedbed/key", headers=admin).json()["data"]["key_id"]
    refused = served.client.delete(f"{KEYS}/{own}", headers=admin)
    assert refused.status_code == 400
    assert refused.json()["invalid_params"][0]["field"] == "path.key_id"
    assert served.client.get(KEYS, headers=admin).status_code == 200


def test_what_is_not_there_cannot_be_revoked(served: Served, admin: dict[str, str]) -> None:
    refused = served.client.delete(f"{KEYS}/key_nonsense", headers=admin)
    assert (refused.status_code, refused.json()) == (404, {"message": "Key not found"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "a\0b"},
        {"name": "x" * 65},
        {"name": 7},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"expires_in_days": 0},
        {"expires_in_days": "30"},
        {"expires_in_days": 1e9},
        {"rate_limit": 0},
        {"rate_limit": 2**31},
        {"concurrency": 1.5},
        {"scope": ["read"]},
    ],
)
def test_what_no_key_may_be_is_refused_by_its_field(
    served: Served, admin: dict[str, str], wrong: dict[str, Any]
) -> None:
    refused = create(served, admin, **wrong)
    assert refused.status_code == 400
    assert refused.json()["invalid_params"][0]["name"] == next(iter(wrong))


def test_the_body_must_be_json(served: Served, admin: dict[str, str]) -> None:
    for body in (b"", b"[]", b"{", b'{"name": "\\ud800"}'):
        assert served.client.post(KEYS, content=body, headers=admin).status_code == 400
    assert KEY not in served.client.get(KEYS, headers=admin).text
