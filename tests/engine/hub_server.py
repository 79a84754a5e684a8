"""A hub of the tests' own: repositories over HTTP as the real one serves them, whose downloads may break off."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

__all__ = ["COMMIT", "HubServer", "hub_server"]

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = ".safetensors"


@dataclass
class HubServer:
    """One repository, `x/y`, with the files of a folder."""

    folder: Path
    card: dict[str, str] = field(default_factory=lambda: {"license": "apache-2.0"})
    url: str = ""
    breaks_after: dict[str, int] = field(default_factory=dict)
    """Of which files how many bytes arrive at the first try."""
    vanish: set[str] = field(default_factory=set)
    """Files that it lacks as soon as a download of theirs has broken off."""
    lacks: set[str] = field(default_factory=set)
    """Files that it says it has, and does not."""
    refuses: str = ""
    """Why it gives nothing at all, in its own code."""
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and range of each request."""

    def files(self) -> list[str]:
        return sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())

    def downloads(self, ending: str) -> list[str | None]:
        """The ranges of the downloads of a file, in order."""
        return [asked for method, path, asked in self.requests if method == "GET" and path.endswith(ending)]


@contextmanager
def hub_server(folder: Path, **changes: Any) -> Iterator[HubServer]:
    """Serve `folder` for as long as the block lasts."""
    hub = HubServer(folder, **changes)

    class Handler(_Handler):
        server_hub = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub = self.server_hub
        path = self.path.partition("?")[0]
        hub.requests.append((self.command, path, self.headers.get("Range")))
        if hub.refuses:
            self._send(403 if hub.refuses == "GatedRepo" else 404, b"{}", {"X-Error-Code": hub.refuses})
        elif path == f"/api/models/x/y/tree/{COMMIT}":
            self._json([self._entry(name) for name in hub.files()])
        elif path.startswith("/api/models/x/y"):
            self._json(self._info())
        elif path.startswith(f"/x/y/resolve/{COMMIT}/") and (
            file := hub.folder / path.removeprefix(f"/x/y/resolve/{COMMIT}/")
        ):
            self._file(file)
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _entry(self, name: str) -> dict[str, Any]:
        content = (self.server_hub.folder / name).read_bytes()
        return {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha256(content).hexdigest()}

    def _info(self) -> dict[str, Any]:
        hub = self.server_hub
        siblings = [{"rfilename": name} for name in hub.files()]
        return {"id": "x/y", "sha": COMMIT, "siblings": siblings, "cardData": hub.card, "tags": [], "private": False}

    def _json(self, body: object) -> None:
        self._send(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _file(self, file: Path) -> None:
        if not file.is_file() or file.name in self.server_hub.lacks:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        whole = file.read_bytes()
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        digest = hashlib.sha256(whole) if file.suffix == LARGE else hashlib.sha1(whole, usedforsecurity=False)
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{digest.hexdigest()}"', "Accept-Ranges": "bytes"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
        end = self.server_hub.breaks_after.pop(file.name, len(whole)) if self.command == "GET" else len(whole)
        if end < len(whole) and file.name in self.server_hub.vanish:
            self.server_hub.lacks.add(file.name)
        self._send(206 if start else 200, whole[start:], headers, whole[start:end])

    def _send(self, status: int, body: bytes, headers: dict[str, str], arrives: bytes | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        arrives = body if arrives is None else arrives
        if self.command == "GET":
            self.wfile.write(arrives)
        self.close_connection = len(arrives) < len(body)
