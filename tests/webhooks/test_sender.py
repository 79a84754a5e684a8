import asyncio
import gzip
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from seedbed.webhooks.sender import Delivered, Rejected, Sender
from tests.receiver import Answer, Receiver, receiving

SENDER = Sender(0.3, allow_private=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def test_the_body_arrives_byte_for_byte_with_our_headers(receiver: Receiver) -> None:
    body = '{"task_id":"1","status":"FAILED","error":"çà"}'.encode()
    assert SENDER.post(receiver.url + "?x=%2F", {"webhook-id": "msg_1"}, body) == Delivered(200)
    (delivery,) = receiver.deliveries
    assert delivery.body == body
    assert delivery.path == "/hook?x=%2F"
    assert delivery.headers["webhook-id"] == "msg_1"
    assert delivery.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_every_2xx_is_a_delivery(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: Answer(status, body=b"")
    assert SENDER.post(receiver.url, {}, b"{}") == Delivered(status)


@pytest.mark.parametrize(("status", "retryable"), [(400, True), (404, True), (429, True), (500, True), (410, False)])
def test_every_other_status_is_a_rejection(receiver: Receiver, status: int, retryable: bool) -> None:
    receiver.answer = lambda _: Answer(status)
    assert SENDER.post(receiver.url, {}, b"{}") == Rejected(f"answered {status}", retryable)


def test_no_redirect_is_followed(receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.answer = lambda _: Answer(307, headers={"location": elsewhere.url})
        outcome = SENDER.post(receiver.url, {}, b"{}")
        assert isinstance(outcome, Rejected)
        assert "redirect" in outcome.reason
        assert elsewhere.connections == 0


def test_a_receiver_that_does_not_answer_in_time_is_left(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(after=3)
    started = time.monotonic()
    assert SENDER.post(receiver.url, {}, b"{}") == Rejected("no answer within 0.3 s", retryable=True)
    assert time.monotonic() - started < 2


def test_an_answer_without_end_is_a_delivery_and_is_not_read_to_the_end(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(body=b"x" * 50_000_000)
    assert SENDER.post(receiver.url, {}, b"{}") == Delivered(200)


def test_a_compressed_answer_stays_compressed(receiver: Receiver) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    receiver.answer = lambda _: Answer(headers={"content-encoding": "gzip"}, body=bomb)
    assert SENDER.post(receiver.url, {}, b"{}") == Delivered(200)


def test_a_receiver_that_is_not_there_may_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outcome = SENDER.post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert isinstance(outcome, Rejected)
    assert outcome.retryable


def test_a_name_that_nobody_knows_may_be_tried_again() -> None:
    outcome = Sender(5, allow_private=True).post("https://nowhere.invalid/", {}, b"{}")
    assert isinstance(outcome, Rejected)
    assert outcome.retryable


def test_what_speaks_no_http_may_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcome = SENDER.post(f"https://127.0.0.1:{port}/", {}, b"{}")
    assert isinstance(outcome, Rejected)
    assert outcome.retryable


def test_the_reason_does_not_repeat_the_url() -> None:
    with babbling() as url:
        outcome = SENDER.post(url + "hook/path-secret?token=query-secret", {}, b"{}")
    assert isinstance(outcome, Rejected)
    assert outcome.retryable
    assert "status line" in outcome.reason
    assert "secret" not in outcome.reason


@contextmanager
def babbling() -> Iterator[str]:
    """A receiver that answers what is no HTTP."""

    class Babble(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(b"\x00\xffnonsense\r\n\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Babble) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_a_refused_url_is_not_tried_at_all(receiver: Receiver) -> None:
    outcome = Sender(1, allow_private=False).post(receiver.url, {}, b"{}")
    assert outcome == Rejected("URL must be https", retryable=False)
    assert receiver.connections == 0


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert SENDER.post(receiver.url, {}, b"{}") == Delivered(200)


def test_a_post_that_is_under_way_can_be_broken_off(receiver: Receiver) -> None:
    sender = Sender(20, allow_private=True)
    receiver.answer = lambda _: Answer(after=3)
    ended: list[BaseException | None] = []

    def post() -> None:
        try:
            sender.post(receiver.url, {}, b"{}")
        except asyncio.CancelledError as error:
            ended.append(error)

    thread = threading.Thread(target=post)
    thread.start()
    receiver.take(1)
    sender.abort()
    thread.join(2)
    assert len(ended) == 1
    assert SENDER.post(receiver.url, {}, b"{}") == Rejected("no answer within 0.3 s", retryable=True)
