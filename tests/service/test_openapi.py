import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from seedbed.service.app import create_app
from seedbed.settings import Settings
from tests.service.served import KEY, TASKS, spawned

EXAMPLES = 60


def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def test_the_validation_error_that_we_never_send_is_not_documented() -> None:
    told = document()
    for operations in told["paths"].values():
        for operation in operations.values():
            assert "422" not in operation["responses"]
            assert operation["summary"]
    assert "HTTPValidationError" not in told["components"]["schemas"]


def test_its_version_is_the_packages() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert document()["info"]["version"] == project["project"]["version"]


def test_every_answer_in_json_has_an_example() -> None:
    told = document()
    for operation in (one for operations in told["paths"].values() for one in operations.values()):
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/json", {})
            if status != "400" and content and "security" in operation:
                assert content["example"], (operation["summary"], status)
                assert "$ref" in content["schema"]


def test_every_route_of_the_contract_is_there() -> None:
    paths = document()["paths"]
    assert set(paths[TASKS]) == {"get", "post"}
    assert set(paths[TASKS + "/{task_id}"]) == {"get", "delete"}
    assert {"/livez", "/readyz", "/images/{path}"} <= set(paths)


def test_the_bodys_rules_are_told_in_full() -> None:
    body = document()["components"]["schemas"]["GenerationBody"]
    assert body["required"] == ["prompt"]
    assert body["examples"][0]["prompt"]
    assert body["properties"]["prompt"]["maxLength"] == 4096
    seed = body["properties"]["seed"]["anyOf"][0]
    assert (seed["minimum"], seed["maximum"]) == (0, 2**31 - 1)
    assert body["properties"]["guidance_scale"]["anyOf"][0]["maximum"] == 20


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server in another process: in ours, its threads' use of `random` would disturb hypothesis."""
    folder = tmp_path_factory.mktemp("api")
    with spawned(folder, "--port", "0", API_KEYS=KEY, LOG_LEVEL="ERROR") as (line, _process):
        yield line.split()[3]


# The stream of all tasks has no end; tests/service/test_events.py listens to it.
api = schemathesis.openapi.from_dict(document()).exclude(path="/v1/seedbed/events")


@api.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_the_answer_is_as_documented(case: Any, url: str) -> None:
    # Its own patience is ten seconds, which a busy machine may need for one request.
    answer = case.call(base_url=url, headers={"x-freepik-api-key": KEY}, timeout=120)
    assert answer.status_code != 500
    if answer.status_code >= 400:
        assert isinstance(answer.json()["message"], str)
    excluded = [positive_data_acceptance] if _is_beyond_schemas(case) else []
    case.validate_response(answer, excluded_checks=excluded)


def _is_beyond_schemas(case: Any) -> bool:
    """What no schema can say: which cursors the list gave out, and that 7.0 is not the integer 7."""
    seed = case.body.get("seed") if isinstance(case.body, dict) else None
    return "cursor" in (case.query or {}) or isinstance(seed, float)
