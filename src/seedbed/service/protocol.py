"""What arrives is not always HTTP; the answer to that, too, is JSON."""

import json
import uuid

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["JsonHttpProtocol"]


class JsonHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, whose answer to bytes that are no HTTP request is plain text."""

    def send_400_response(self, msg: str) -> None:
        """Answer what no app ever sees, and hang up."""
        body = json.dumps({"message": msg}, separators=(",", ":"))
        head = (
            "HTTP/1.1 400 Bad Request",
            "content-type: application/json",
            f"content-length: {len(body)}",
            f"x-request-id: {uuid.uuid4().hex}",
            "connection: close",
        )
        self.transport.write("\r\n".join((*head, "", body)).encode())
        self.transport.close()
