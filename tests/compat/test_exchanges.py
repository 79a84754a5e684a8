"""The contract as exchanges, written down by us from what is known of the hosts; each is replayed as it stands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.served import KEY, OTHER_KEY, Served, serving

EXCHANGES = json.loads((Path(__file__).parent / "exchanges.json").read_text(encoding="utf-8"))
MEANINGS = {
    "<uuid>": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<number>": r"\d+",
    "<text>": r".+",
    "<status>": "CREATED|IN_PROGRESS|COMPLETED|FAILED",
    "<image url>": r"https://pictures\.example/\S+/result_SEEDREAM_V4_[0-9a-f-]{36}_0\.jpeg\?token=exp=\d+~hmac=[0-9a-f]+",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), public_url="https://pictures.example") as server:
        yield server


@pytest.fixture(scope="module")
def names(served: Served) -> dict[str, str]:
    """What the exchanges call by a name."""
    return {
        "KEY": KEY,
        "OTHER": OTHER_KEY,
        "DRAWN": served.drawn(prompt="a cat").json()["data"]["task_id"],
        "FAILED": served.drawn(prompt="fail now").json()["data"]["task_id"],
    }


def fits(told: Any, expected: Any) -> bool:
    """Whether an answer is what was written down: these keys and no others, this text or what it stands for."""
    if isinstance(expected, dict):
        return (
            isinstance(told, dict) and told.keys() == expected.keys() and all(fits(told[k], expected[k]) for k in told)
        )
    if isinstance(expected, list):
        if expected[-1:] == ["<more>"]:
            return isinstance(told, list) and len(told) > 0 and all(fits(item, expected[0]) for item in told)
        return isinstance(told, list) and len(told) == len(expected) and all(map(fits, told, expected))
    if expected in MEANINGS:
        return isinstance(told, str) and re.fullmatch(MEANINGS[expected], told) is not None
    return bool(told == expected)


@pytest.mark.parametrize("exchange", EXCHANGES, ids=[exchange["name"] for exchange in EXCHANGES])
def test_an_exchange_is_as_with_the_hosts(exchange: dict[str, Any], served: Served, names: dict[str, str]) -> None:
    asked, expected = exchange["request"], exchange["response"]
    path = "/".join(names.get(part, part) for part in asked["path"].split("/"))
    headers = {name: names.get(value, value) for name, value in asked["headers"].items()}
    # Not the client of the other tests: it would show its key by itself.
    served.client.headers.pop("x-freepik-api-key", None)
    body = {"json": asked["json"]} if "json" in asked else {"content": asked.get("text")}
    answer = served.client.request(asked["method"], path, headers=headers, **body)
    served.client.headers["x-freepik-api-key"] = KEY
    assert answer.status_code == expected["status"], answer.text
    assert answer.headers["content-type"] == "application/json"
    assert fits(answer.json(), expected["body"]), answer.text
    for name, value in expected.get("headers", {}).items():
        assert fits(answer.headers[name], value), name


def test_what_does_not_fit_is_noticed() -> None:
    assert not fits({"data": [], "more": 1}, {"data": []})
    assert not fits({"data": []}, {"data": [{"task_id": "<uuid>"}, "<more>"]})
    assert not fits("no uuid", "<uuid>")
    assert not fits("http://pictures.example/a", "<image url>")
