from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from seedbed.service.app import create_app
from seedbed.settings import Settings
from tests.service.served import KEY, TASKS, Served

EXAMPLES = 40


def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def test_the_validation_error_that_we_never_send_is_not_documented() -> None:
    told = document()
    for operations in told["paths"].values():
        for operation in operations.values():
            assert "422" not in operation["responses"]
            assert operation["summary"]
    assert "HTTPValidationError" not in told["components"]["schemas"]


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
def api(served: Served) -> Any:
    return schemathesis.openapi.from_url(f"{served.url}/openapi.json")


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_whatever_is_sent_the_answer_is_as_documented(case: Any, served: Served) -> None:
    answer = case.call(headers={"x-freepik-api-key": KEY})
    if answer.status_code >= 400:
        assert isinstance(answer.json()["message"], str)
    case.validate_response(answer)
