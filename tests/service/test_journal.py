import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from seedbed.service.errors import CatchAll
from seedbed.service.journal import Journal
from seedbed.service.logs import configure_logs
from seedbed.settings import Settings


def fine(request: Request) -> Response:
    request.state.task_id = "t1"
    return PlainTextResponse("fine", headers={"cache-control": "private"})


def broken(_request: Request) -> Response:
    raise ZeroDivisionError("nobody foresaw this")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs(Settings(log_format="json"), stream)
    yield stream
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def client() -> TestClient:
    routes = [Route("/fine", fine), Route("/broken", broken)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Journal), Middleware(CatchAll)]))


def test_each_request_is_one_line_with_its_ids(lines: io.StringIO) -> None:
    answer = client().get("/fine?token=secret")
    (line,) = [json.loads(line) for line in lines.getvalue().splitlines() if "HTTP Request" not in line]
    assert line["event"] == "request"
    assert (line["method"], line["path"], line["status"], line["task_id"]) == ("GET", "/fine", 200, "t1")
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["ms"] >= 0
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize("given", ["abc-123", "01J:Z/x+y=@_.~", "x" * 128])
def test_a_callers_request_id_is_kept(given: str) -> None:
    assert client().get("/fine", headers={"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "é", '"}{'])
def test_a_request_id_that_could_do_harm_is_replaced(given: str) -> None:
    answer = client().get("/fine", headers=[(b"x-request-id", given.encode())])
    assert len(answer.headers["x-request-id"]) == 32


def test_a_route_may_say_otherwise_about_caching() -> None:
    assert client().get("/fine").headers["cache-control"] == "private"
    assert "no-store" in client().get("/nowhere").headers["cache-control"]


def test_what_nobody_foresaw_is_the_contracts_500_and_is_logged(lines: io.StringIO) -> None:
    answer = client().get("/broken")
    assert (answer.status_code, answer.text) == (500, '{"message":"Internal Server Error"}')
    assert answer.headers["x-request-id"]
    events = [json.loads(line) for line in lines.getvalue().splitlines() if "HTTP Request" not in line]
    assert [event["event"] for event in events] == ["unexpected error", "request"]
    assert "nobody foresaw this" in json.dumps(events[0])
    assert events[1]["status"] == 500
    assert events[0]["request_id"] == events[1]["request_id"]
