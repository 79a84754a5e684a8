import asyncio

import pytest

from seedbed.engine.remote_server import RemoteBusy, RemoteGone, RemoteRefusal, RemoteServer
from tests.engine.images_server import Fault, ImagesServer, images_server

BODY = {"prompt": "a cat", "size": "32x16"}


def server_of(server: ImagesServer) -> RemoteServer:
    return RemoteServer(server.url, timeout=20.0)


def test_it_tells_its_health_its_models_and_its_fields() -> None:
    with images_server(models=("a/b", "c"), knows=frozenset({"prompt", "size"})) as server:
        remote = server_of(server)
        assert asyncio.run(remote.is_healthy())
        assert asyncio.run(remote.models()) == ("a/b", "c")
        assert asyncio.run(remote.known_fields()) == frozenset({"prompt", "size"})
        server.healthy, server.knows = False, None
        assert not asyncio.run(remote.is_healthy())
        assert asyncio.run(remote.known_fields()) is None
    assert not asyncio.run(remote.is_healthy())
    assert asyncio.run(remote.models()) == ()


def test_a_picture_is_read_whole() -> None:
    with images_server() as server:
        picture = asyncio.run(server_of(server).draw(BODY))
    assert picture.size == (32, 16)
    assert server.bodies == [BODY]


@pytest.mark.parametrize(
    ("fault", "kind", "text"),
    [
        (Fault(400, b'{"error": {"message": "no such size"}}'), RemoteRefusal, "no such size"),
        (Fault(403, b"forbidden"), RemoteRefusal, "forbidden"),
        (Fault(500, b'{"detail": "out of memory"}'), RemoteGone, "out of memory"),
        (Fault(503, b"", {"retry-after": "7"}), RemoteBusy, "busy"),
        (Fault(200, b"{}", {"content-length": "100"}), RemoteGone, "did not answer"),
    ],
    ids=["bad request", "forbidden", "failure", "busy", "cut off"],
)
def test_every_other_answer_has_its_meaning(fault: Fault, kind: type[Exception], text: str) -> None:
    with images_server(fault=lambda _body, _number: fault) as server, pytest.raises(kind, match=text) as raised:
        asyncio.run(server_of(server).draw(BODY))
    if isinstance(raised.value, RemoteBusy):
        assert raised.value.retry_after == 7
