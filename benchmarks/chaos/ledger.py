"""What clients and receivers were told, and whether that holds together."""

import hashlib
import io
import json
import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image

from benchmarks.chaos.deployment import TASKS, Deployment

__all__ = ["MOODS", "Ledger", "Receiver", "receiving"]

ENDS = ("COMPLETED", "FAILED")
PROMPT = "slow 0.2"
SEEDS = 5
MOODS = ("fine", "answer 500", "hang", "hang up", "talk nonsense")
"""How receivers may be; the first is how they should be."""
HANG_SECONDS = 5.0


@dataclass
class Receiver:
    """Gets the webhooks, and behaves as its mood says, one of `MOODS`."""

    url: str = ""
    mood: str = MOODS[0]
    told: dict[str, list[str]] = field(default_factory=dict)
    """By task, each status that it took, in the order of arrival."""

    def take(self, task_id: str, status: str) -> bytes:
        """The bytes that answer a webhook; none at all hang up."""
        mood = self.mood
        if mood == "hang":
            time.sleep(HANG_SECONDS)
        if mood == MOODS[0]:
            self.told.setdefault(task_id, []).append(status)
            return b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n"
        refusal = b"HTTP/1.0 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"
        return {"hang up": b"", "talk nonsense": b"\x00\xffnonsense\r\n\r\n"}.get(mood, refusal)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answer = receiver.take(body["task_id"], body["status"])
            with suppress(OSError):  # the sender has hung up first
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """A sender that was killed in the middle of its request is what this is about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield receiver
        server.shutdown()


@dataclass
class Ledger:
    """The clients' side of it, from several threads."""

    deployment: Deployment
    receiver: Receiver
    accepted: dict[str, int] = field(default_factory=dict)
    """Each task that was accepted, and its seed."""
    ended: dict[str, str] = field(default_factory=dict)
    """Each task that was seen to have ended, and how."""
    changed: list[str] = field(default_factory=list)
    """Tasks that had ended and then were seen otherwise."""
    refused: list[str] = field(default_factory=list)
    """What the server said to tasks that it should have taken."""
    stop: threading.Event = field(default_factory=threading.Event)

    def submit(self) -> None:
        """Submit tasks until told to stop, each until its answer came, under one Idempotency-Key."""
        while not self.stop.wait(random.uniform(0.1, 0.6)):
            seed = random.randrange(SEEDS)
            body = {"prompt": PROMPT, "seed": seed, "webhook_url": self.receiver.url}
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            answer = self.deployment.insist("POST", TASKS, json=body, headers=headers)
            if answer.status_code == 200:
                self.accepted[answer.json()["data"]["task_id"]] = seed
            else:
                self.refused.append(f"{answer.status_code} {answer.text}")

    def watch(self) -> None:
        """Look at tasks until told to stop."""
        while not self.stop.wait(0.1):
            if self.accepted:
                self.look(random.choice(list(self.accepted)))

    def look(self, task_id: str) -> dict[str, object] | None:
        """What GET says of a task now; None when there is no such task. Notes what contradicts earlier answers."""
        answer = self.deployment.insist("GET", f"{TASKS}/{task_id}")
        task: dict[str, object] = answer.json().get("data", {})
        status = str(task.get("status"))
        before = self.ended.get(task_id)
        if before is not None and before != status:
            self.changed.append(task_id)
        if status in ENDS:
            self.ended[task_id] = status
        return task or None

    def listed(self) -> list[str]:
        """Every task that the list names."""
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            params = {"limit": "1000", **({"cursor": cursor} if cursor else {})}
            answer = self.deployment.insist("GET", TASKS, params=params)
            found += [task["task_id"] for task in answer.json()["data"]]
            cursor = answer.headers.get("x-seedbed-next-cursor")
        return found

    def image(self, task: dict[str, object]) -> str | None:
        """The digest of a finished task's image; None when it is not whole."""
        urls = task["generated"]
        if not isinstance(urls, list) or not urls:
            return None
        content = self.deployment.insist("GET", urls[0]).content
        try:
            with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
                image.load()
        except OSError:
            return None
        return hashlib.sha256(content).hexdigest()
