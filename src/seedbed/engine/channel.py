"""How the engine's process and ours talk: a JSON header, then raw bytes where it says so.

Nothing is pickled: neither side can make the other run code.
"""

import json
import threading
from multiprocessing.connection import Connection
from typing import Any

from seedbed.errors import EngineCrashed, EngineTimeout

__all__ = ["Channel", "Message"]

Message = dict[str, Any]


class Channel:
    """One end of a pipe that carries messages both ways; any thread may send, one receives."""

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        self._connection = connection
        self._sending = threading.Lock()

    def send(self, message: Message, payload: bytes | None = None) -> None:
        """Send a message, and the bytes that belong to it. Raises `EngineCrashed` when nobody listens."""
        header = {**message, "payload": payload is not None}
        try:
            with self._sending:
                self._connection.send_bytes(json.dumps(header).encode())
                if payload is not None:
                    self._connection.send_bytes(payload)
        except OSError as error:
            raise EngineCrashed("the engine's process is gone") from error

    def receive(self, timeout: float | None = None) -> tuple[Message, bytes]:
        """The next message and its bytes.

        Args:
            timeout: seconds to wait for it; None waits for ever.

        Raises `EngineTimeout` when none came, `EngineCrashed` when the other end is gone.
        """
        try:
            if not self._connection.poll(timeout):
                raise EngineTimeout(f"the engine gave no sign of life for {timeout:g} seconds")
            message: Message = json.loads(self._connection.recv_bytes())
            return message, self._connection.recv_bytes() if message["payload"] else b""
        except (EOFError, OSError) as error:
            raise EngineCrashed("the engine's process is gone") from error

    def close(self) -> None:
        """Close this end; the other notices."""
        self._connection.close()
