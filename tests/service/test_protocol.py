import json
import socket

import pytest

from seedbed.service.protocol import MAX_HEAD_BYTES
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
        (CHUNKED + b"0\r\n", b"x-a: " + b"a" * 4096 + b"\r\n"),
    ],
    ids=["url", "header", "headers", "trailers"],
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
