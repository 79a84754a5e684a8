"""What arrives is not always HTTP, or does so for ever; the answer to that, too, is JSON."""

import asyncio
import json
import uuid
from http import HTTPStatus

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["MAX_HEAD_BYTES", "JsonHttpProtocol", "patient_protocol"]

MAX_HEAD_BYTES = 64 * 1024
"""How much of a request's head is kept until it is whole: eight times what common proxies let through."""

TELL_SECONDS = 10.0
"""How often the log says, at most, that there is no room for connections."""

log = structlog.get_logger(__name__)


class JsonHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, whose answer to bytes that are no HTTP request is plain text.

    It also keeps all of a request's head in memory, however long that gets and whoever sends it. Here what
    comes without completing a head, a part of a body or a request is counted, and bounded.

    And it waits for all that without end. Here a connection that says nothing is given the time between two
    requests, and a request that has begun `receive_timeout` to be whole. While it is we who do not read, because
    the app waits for something, or while an answer is under way, the client's time does not run out.

    And it takes as many connections as come. Each is a file, of which the database, the images and the webhooks need
    some, too; so beyond `max_connections` one is told to come again.
    """

    receive_timeout = 60.0
    """Seconds from a request's first byte to its last."""
    max_connections = 10_000
    """How many there may be at a time."""
    _told_at = -TELL_SECONDS
    _pending = 0
    _in_body = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Wait for the first request as for each further one."""
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self._turn_away()
            return
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and all waiting with it."""
        self._disarm()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        self._pending += len(data)
        # Not only where a message begins: the empty lines that may stand before one are bytes as well.
        self._arm()
        super().data_received(data)
        if self._pending > MAX_HEAD_BYTES and not self.transport.is_closing():
            log.warning("request head too large", bytes=self._pending)
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Request headers too large")

    def on_message_begin(self) -> None:
        """A request begins, perhaps right behind another one."""
        self._arm()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._pending = 0
        self._in_body = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body is here."""
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._pending = 0
        self._in_body = False
        self._disarm()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what no app ever sees, and hang up."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.receive_timeout, self._time_out)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _time_out(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused or self._is_answering():
            self._arm()
            return
        log.warning("request too slow", seconds=self.receive_timeout)
        if self._in_body and self.cycle.response_started:
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "Request took too long to arrive")

    def _turn_away(self) -> None:
        now = self.loop.time()
        if now - type(self)._told_at >= TELL_SECONDS:
            type(self)._told_at = now
            log.warning("too many connections", most=self.max_connections)
        self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections", "retry-after: 1")

    def _is_answering(self) -> bool:
        """Whether a request that is whole waits for the rest of its answer."""
        return not self._in_body and self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, status: HTTPStatus, message: str, *headers: str) -> None:
        body = json.dumps({"message": message}, separators=(",", ":"))
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            f"x-request-id: {uuid.uuid4().hex}",
            "connection: close",
            *headers,
        )
        # An answer that is under way to an earlier request must not be read on into this one.
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write("\r\n".join((*head, "", body)).encode())
        self.transport.close()


def patient_protocol(receive_timeout: float, max_connections: int) -> type[JsonHttpProtocol]:
    """The protocol of one server; uvicorn makes one for each connection.

    Args:
        receive_timeout: seconds that a request may take to arrive.
        max_connections: how many there may be at a time.
    """

    class PatientProtocol(JsonHttpProtocol):
        """As its base, with bounds of its own."""

    PatientProtocol.receive_timeout = receive_timeout
    PatientProtocol.max_connections = max_connections
    return PatientProtocol
