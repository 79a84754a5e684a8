import io
import json
import logging
from collections.abc import Iterator

import httpx2
import pytest
import structlog

from seedbed.service.logs import configure_logs
from seedbed.settings import Settings


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_a_line_is_json_with_time_level_and_ids() -> None:
    stream = io.StringIO()
    configure_logs(Settings(log_format="json"), stream)
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger().info("task accepted", task_id="t1")
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "task accepted", "level": "info", "request_id": "r1", "task_id": "t1"}


def test_the_libraries_lines_have_the_same_form() -> None:
    stream = io.StringIO()
    configure_logs(Settings(log_format="auto"), stream)
    logging.getLogger("any.library").warning("the disk is %s", "full")
    logging.getLogger("uvicorn.error").info("what our own lines tell better")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["the disk is full"]


def test_no_client_of_ours_tells_what_it_asks_for() -> None:
    stream = io.StringIO()
    configure_logs(Settings(log_format="json", log_level="DEBUG"), stream)
    answer = httpx2.MockTransport(lambda _: httpx2.Response(200))
    with httpx2.Client(transport=answer) as client:
        client.get("http://host/images/a.jpeg?token=exp=1~hmac=2")
    assert "hmac" not in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_variables(form: str) -> None:
    stream = io.StringIO()
    configure_logs(Settings(log_format=form), stream)
    secret = "".join(["sb_", "secret"])
    try:
        raise ValueError(len(secret))
    except ValueError:
        structlog.get_logger().exception("unexpected error")
    assert "ValueError" in stream.getvalue()
    assert secret not in stream.getvalue()


def test_less_severe_lines_are_left_out() -> None:
    stream = io.StringIO()
    configure_logs(Settings(log_format="console", log_level="WARNING"), stream)
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()
