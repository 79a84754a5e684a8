"""A server that speaks OpenAI's images API on loopback, draws simple pictures, and fails as a test tells it to."""

import base64
import hashlib
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

__all__ = ["Fault", "ImagesServer", "images_server"]

BLOCKS = 8
"""Along each side of a picture."""


@dataclass(frozen=True)
class Fault:
    """An answer that is no picture."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    hang_up: bool = False


@dataclass
class ImagesServer:
    """What the server does, and what it was asked."""

    url: str = ""
    models: tuple[str, ...] = ("Tongyi-MAI/Z-Image",)
    obeys: frozenset[str] = frozenset({"seed", "guidance_scale", "true_cfg_scale", "size"})
    """The fields that change its picture."""
    knows: frozenset[str] | None = None
    """The fields that its OpenAPI document has; None for no document."""
    size: tuple[int, int] | None = None
    as_url: bool = False
    key: str | None = None
    healthy: bool = True
    fault: Callable[[dict[str, Any], int], Fault | None] = lambda _body, _number: None
    """What goes wrong with a call; it gets the body and how many calls came before."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Set when a client went away before its picture was ready."""

    def draw(self, body: dict[str, Any]) -> bytes:
        """A PNG of blocks whose colours follow from what it obeys.

        Many blocks, as a picture has many parts: two plain colours drawn at random would be near each other now and
        then, and a seed that does nothing would look obeyed.
        """
        seen = {name: body.get(name) for name in sorted(self.obeys | {"prompt"})}
        width, height = self.size or tuple(int(side) for side in body.get("size", "1024x1024").split("x"))
        if "seed" not in self.obeys:
            seen["seed"] = time.monotonic_ns()
        colours = hashlib.shake_256(json.dumps(seen).encode()).digest(3 * BLOCKS**2)
        blocks = Image.frombytes("RGB", (BLOCKS, BLOCKS), colours)
        buffer = io.BytesIO()
        blocks.resize((width, height), Image.Resampling.NEAREST).save(buffer, "PNG")
        return buffer.getvalue()


@contextmanager
def images_server(**settings: Any) -> Iterator[ImagesServer]:
    """A running server."""
    server = ImagesServer(**settings)
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"images": server})) as http:
        http.daemon_threads = True
        server.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    images: ImagesServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/health":
            self._answer(200 if self.images.healthy else 503, b"{}")
        elif self.path == "/v1/models":
            self._json(200, {"data": [{"id": name} for name in self.images.models]})
        elif self.path == "/openapi.json" and self.images.knows is not None:
            self._json(200, _document(self.images.knows))
        elif self.path.startswith("/made/"):
            self._answer(200, self.images.draw(self.images.bodies[int(self.path[6:])]))
        else:
            self._json(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        number = len(self.images.bodies)
        self.images.bodies.append(body)
        if self.images.key is not None and self.headers.get("authorization") != f"Bearer {self.images.key}":
            self._json(401, {"error": {"message": "Incorrect API key"}})
            return
        fault = self.images.fault(body, number)
        if fault is None:
            self._json(200, {"created": 1, "data": [self._picture(body, number)]})
        elif fault.hang_up:
            self.close_connection = True
        else:
            self._wait(fault.after)
            self._answer(fault.status, fault.body, fault.headers)

    def _picture(self, body: dict[str, Any], number: int) -> dict[str, str]:
        if self.images.as_url:
            return {"url": f"/made/{number}"}
        return {"b64_json": base64.b64encode(self.images.draw(body)).decode()}

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self.connection.settimeout(0.02)
        while time.monotonic() < until:
            with suppress(TimeoutError):
                if self.connection.recv(1) == b"":
                    self.images.hung_up.set()
                    return

    def _json(self, status: int, body: object) -> None:
        self._answer(status, json.dumps(body).encode())

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _document(fields: frozenset[str]) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ImageRequest"}
    content = {"application/json": {"schema": schema}}
    return {
        "paths": {"/v1/images/generations": {"post": {"requestBody": {"content": content}}}},
        "components": {"schemas": {"ImageRequest": {"properties": {name: {} for name in fields}}}},
    }
