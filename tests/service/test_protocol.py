import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPResponse

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from seedbed.service.protocol import MAX_HEAD_BYTES, patient_protocol
from tests.service.served import Served

LIVEZ = b"GET /livez HTTP/1.1\r\nhost: x\r\n"
CHUNKED = b"POST /livez HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"


def connected(served: Served) -> socket.socket:
    host, _, port = served.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def send_often(connection: socket.socket, part: bytes) -> None:
    for _ in range(64 * MAX_HEAD_BYTES // len(part)):
        connection.sendall(part)


@pytest.mark.parametrize(
    ("first", "endless"),
    [
        (b"GET /", b"a" * 4096),
        (LIVEZ + b"x-a: ", b"a" * 4096),
        (LIVEZ, b"x-a: " + b"a" * 4096 + b"\r\n"),
        (LIVEZ, b"a: b\r\n" * 1024),
        (CHUNKED + b"0\r\n", b"x-a: " + b"a" * 4096 + b"\r\n"),
    ],
    ids=["url", "header", "headers", "many headers", "trailers"],
)
def test_a_head_without_end_is_cut_off(served: Served, first: bytes, endless: bytes) -> None:
    with connected(served) as connection:
        connection.sendall(first)
        with pytest.raises(ConnectionError):
            send_often(connection, endless)
    assert served.client.get("/livez").status_code == 200


def test_a_head_that_is_too_long_is_told_so_in_json(served: Served) -> None:
    with connected(served) as connection:
        connection.sendall((LIVEZ + b"x-a: ").ljust(MAX_HEAD_BYTES + 1, b"a"))
        head, _, body = connection.makefile("rb").read().decode().lower().partition("\r\n\r\n")
    assert head.startswith("http/1.1 431 request header fields too large")
    assert "content-type: application/json" in head
    assert json.loads(body) == {"message": "request headers too large"}


def test_long_heads_and_bodies_of_many_requests_do_not_add_up(served: Served) -> None:
    for _ in range(3):
        assert served.client.get("/livez", headers={"x-a": "a" * (MAX_HEAD_BYTES - 1024)}).status_code == 200
        answer = served.post({"x-b": "b" * 1024}, padding="a" * (4 * MAX_HEAD_BYTES))
        assert answer.status_code == 200


RECEIVE_TIMEOUT = 1.0
KEEP_ALIVE = 5
"""Longer than any test pauses between two requests, however busy the machine is."""
LONG = 2.5 * RECEIVE_TIMEOUT
MAX_CONNECTIONS = 20
TICK = 0.02
"""What the server may be early by: its loop counts whole milliseconds, from when its round began."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers `ok` and the body's length: at once to `/early`, to `/late` after a while, from `/reads-late` on."""
    if scope["type"] != "http":
        return
    length = 0
    if scope["path"] == "/reads-late":
        await asyncio.sleep(LONG)
    while scope["path"] != "/early":
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message["body"])
        if not message["more_body"]:
            break
    if scope["path"] == "/late":
        await asyncio.sleep(LONG)
    body = b"ok %d" % length
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """A server of our protocol with a small app and little patience."""
    http = patient_protocol(RECEIVE_TIMEOUT, MAX_CONNECTIONS)
    config = uvicorn.Config(app, http=http, ws="none", log_config=None, timeout_keep_alive=KEEP_ALIVE, lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join(20)


def post(path: str, length: int) -> bytes:
    return f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n".encode()


def dripped(address: tuple[str, int], first: bytes, drop: bytes) -> tuple[bytes, float]:
    """What the server says to `first` and then a drop now and then, and after how many seconds it hung up."""
    began, said = time.monotonic(), b""
    with socket.create_connection(address, timeout=0.2) as connection:
        connection.sendall(first)
        while time.monotonic() < began + 20:
            try:
                connection.sendall(drop)
                if not (heard := connection.recv(4096)):
                    break
                said += heard
            except TimeoutError:
                continue
            except ConnectionError:
                break
    return said, time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"G", b""),
        (b"GET /", b"a"),
        (LIVEZ + b"x-a: ", b"a"),
        (LIVEZ, b"x-a: a\r\n"),
        (b"", b"\r\n"),
        (post("/", 1000), b"a"),
        (CHUNKED, b"1\r\na\r\n"),
        (CHUNKED + b"0\r\n", b"x-a: a\r\n"),
        (LIVEZ + b"\r\n" + LIVEZ, b"x-a: a\r\n"),
    ],
    ids=["a letter", "url", "header", "headers", "empty lines", "body", "chunks", "trailers", "second"],
)
def test_a_request_that_drips_is_cut_off_in_json(address: tuple[str, int], first: bytes, drop: bytes) -> None:
    said, seconds = dripped(address, first, drop)
    head, _, body = said.rpartition(b"\r\n\r\n")
    assert b"HTTP/1.1 408 Request Timeout" in head
    assert json.loads(body) == {"message": "Request took too long to arrive"}
    assert RECEIVE_TIMEOUT - TICK <= seconds < 10


def test_a_body_that_drips_after_the_answer_is_cut_off_without_another_one(address: tuple[str, int]) -> None:
    said, seconds = dripped(address, post("/early", 1000), b"a")
    assert said.count(b"HTTP/1.1") == 1
    assert said.endswith(b"ok 0")
    assert RECEIVE_TIMEOUT - TICK <= seconds < 10


def test_a_connection_that_never_says_a_word_is_closed_like_one_between_two_requests(address: tuple[str, int]) -> None:
    said, seconds = dripped(address, b"", b"")
    assert said == b""
    assert KEEP_ALIVE - TICK <= seconds < 15


def answer(connection: socket.socket) -> bytes:
    """The body of the next answer, which may come in pieces; nothing if the connection ends."""
    response = HTTPResponse(connection)
    response.begin()
    return response.read()


def test_a_client_that_keeps_its_connection_is_not_cut_off(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        for _ in range(3):
            connection.sendall(post("/", 2) + b"ab")
            assert answer(connection) == b"ok 2"
            time.sleep(1.2 * RECEIVE_TIMEOUT)


def test_a_client_does_not_pay_for_the_time_that_we_take(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(post("/reads-late", 1_000_000) + b"a" * 1_000_000)
        assert answer(connection) == b"ok 1000000"
        # An empty line too many, as some clients send it after a body, begins no request that could be late.
        connection.sendall(post("/late", 2) + b"ab\r\n")
        assert answer(connection) == b"ok 2"


def test_beyond_its_bound_a_connection_is_told_to_come_again_and_the_others_stay(address: tuple[str, int]) -> None:
    with ExitStack() as stack:
        first = [stack.enter_context(socket.create_connection(address, timeout=20)) for _ in range(MAX_CONNECTIONS)]
        for connection in first:
            connection.sendall(post("/", 2) + b"ab")
            assert answer(connection) == b"ok 2"
        with socket.create_connection(address, timeout=20) as surplus:
            head, _, body = surplus.makefile("rb").read().partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in head
        assert json.loads(body) == {"message": "Too many connections"}
        first[0].sendall(post("/", 2) + b"ab")
        assert answer(first[0]) == b"ok 2"
    with patiently(address) as connection:
        assert answer(connection) == b"ok 2"


@contextmanager
def patiently(address: tuple[str, int]) -> Iterator[socket.socket]:
    """A connection that was asked something, as soon as the server has noticed that others are gone."""
    until = time.monotonic() + 20
    while True:
        with socket.create_connection(address, timeout=20) as connection, suppress(ConnectionError):
            connection.sendall(post("/", 2) + b"ab")
            if connection.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200":
                yield connection
                return
        assert time.monotonic() < until
        time.sleep(0.05)
