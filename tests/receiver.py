"""A webhook receiver on loopback that answers as a test tells it to and remembers what it got."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.patience import PATIENCE

__all__ = ["Answer", "Delivery", "Receiver", "receiving", "silent"]


@dataclass(frozen=True)
class Delivery:
    """One POST that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def status(self) -> str:
        return str(json.loads(self.body)["status"])


@dataclass(frozen=True)
class Answer:
    """What the receiver answers, and when."""

    status: int = 200
    after: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"


@dataclass
class Receiver:
    """The deliveries so far, in the order of their arrival."""

    url: str = ""
    connections: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    answer: Callable[[Delivery], Answer] = lambda delivery: Answer()

    def take(self, count: int, within: float = PATIENCE) -> list[Delivery]:
        """Wait until `count` deliveries have come; fails the test if they do not."""
        until = time.monotonic() + within
        while len(self.deliveries) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.deliveries) >= count, f"{len(self.deliveries)} of {count} deliveries came"
        return list(self.deliveries)


@contextmanager
def receiving(answer: Callable[[Delivery], Answer] | None = None) -> Iterator[Receiver]:
    """A running receiver; every request to it is answered by `answer`."""
    receiver = Receiver()
    if answer:
        receiver.answer = answer
    server = _Server(receiver)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def silent(count: int) -> Iterator[list[str]]:
    """The URLs of receivers that let themselves be connected to and never say a word."""
    with ExitStack() as stack:
        ends = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        yield [f"http://127.0.0.1:{end.getsockname()[1]}/hook" for end in ends]


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    block_on_close = False  # a slow answer that nobody waits for any more must not hold up the test

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(("127.0.0.1", 0), _handler(receiver))
        self._receiver = receiver

    def verify_request(self, request: object, client_address: object) -> bool:
        self._receiver.connections += 1
        return True


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            delivery = Delivery(self.path, headers, body, time.time())
            receiver.deliveries.append(delivery)
            answer = receiver.answer(delivery)
            time.sleep(answer.after)
            try:
                self._send(answer)
            except OSError:
                return  # the sender gave up waiting, which is what some tests are about

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *args: object) -> None:
            """Tests read the deliveries; a log would only be noise."""

    return Handler
