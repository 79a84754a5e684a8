"""What arrives is not always HTTP; the answer to that, too, is JSON."""

import json
import uuid
from http import HTTPStatus

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["MAX_HEAD_BYTES", "JsonHttpProtocol"]

MAX_HEAD_BYTES = 64 * 1024
"""How much of a request's head is kept until it is whole: eight times what common proxies let through."""

log = structlog.get_logger(__name__)


class JsonHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, whose answer to bytes that are no HTTP request is plain text.

    It also keeps all of a request's head in memory, however long that gets and whoever sends it. Here what
    comes without completing a head, a part of a body or a request is counted, and bounded.
    """

    _pending = 0

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        self._pending += len(data)
        super().data_received(data)
        if self._pending > MAX_HEAD_BYTES and not self.transport.is_closing():
            log.warning("request head too large", bytes=self._pending)
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Request headers too large")

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._pending = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body is here."""
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._pending = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what no app ever sees, and hang up."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        body = json.dumps({"message": message}, separators=(",", ":"))
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            f"x-request-id: {uuid.uuid4().hex}",
            "connection: close",
        )
        # An answer that is under way to an earlier request must not be read on into this one.
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write("\r\n".join((*head, "", body)).encode())
        self.transport.close()
