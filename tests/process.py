"""The real server, `seedbed serve`, in a process that a test may kill."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from httpx2 import Client, HTTPError, Response

from tests.backing import backed

__all__ = ["KEY", "TASKS", "Server", "resident", "serving", "started", "working"]

KEY = "the-tests-own-key"
TASKS = "/v1/ai/text-to-image/seedream-v4"
COMMAND = [sys.executable, "-c", "from seedbed.cli.main import app; app()"]


@dataclass
class Server:
    """One address and one data folder; the processes that serve them come and go."""

    folder: Path
    settings: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        url = f"http://127.0.0.1:{self.port}"
        self.client = Client(base_url=url, headers={"x-freepik-api-key": KEY}, timeout=10)

    def start(self) -> None:
        """Start a process; it takes some seconds until it serves."""
        with (self.folder / "log").open("ab") as log:
            self.process = started(["serve", "--port", str(self.port)], self.settings, log)

    def end(self, number: signal.Signals) -> None:
        """Send the process a signal and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None

    def await_ready(self, within: float = 60.0) -> None:
        until = time.monotonic() + within
        while self.ask("GET", "/readyz") is None:
            assert time.monotonic() < until, (self.folder / "log").read_text()[-4000:]
            time.sleep(0.05)

    def ask(self, method: str, path: str, **more: object) -> Response | None:
        """The answer to a request, or None when there is none or it is not 200."""
        try:
            answer = self.client.request(method, path, **more)  # type: ignore[arg-type]
        except HTTPError:
            return None
        return answer if answer.status_code == 200 else None

    def post(self, prompt: str, idempotency_key: str | None = None, **fields: object) -> str | None:
        """The id of a new task, or None when the server did not say that it took it."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        answer = self.ask("POST", TASKS, json={"prompt": prompt, "seed": 1, **fields}, headers=headers)
        return None if answer is None else str(answer.json()["data"]["task_id"])

    def task(self, task_id: str) -> dict[str, object] | None:
        """What GET says of a task."""
        answer = self.ask("GET", f"{TASKS}/{task_id}")
        return None if answer is None else answer.json()["data"]

    def until(self, task_id: str, *statuses: str, within: float = 30.0) -> dict[str, object]:
        """Wait for a task to have one of `statuses`; fails the test if that does not come."""
        end = time.monotonic() + within
        while (task := self.task(task_id)) is None or task["status"] not in statuses:
            assert time.monotonic() < end, f"{task} did not become {statuses}"
            time.sleep(0.02)
        return task

    def engine_pid(self) -> int:
        """The process id of the engine, the server's only child."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return int(next(text for text in (path.read_text() for path in children) if text))


@contextmanager
def serving(folder: Path, *, patience: str = "60", **settings: str) -> Iterator[Server]:
    """A server that is ready within `patience` seconds; settings by their names without the prefix."""
    defaults = {
        "data_dir": str(folder / "data"),
        "model": "noop-faulty",
        "api_keys": KEY,
        "poll_interval": "0.05",
        "shutdown_grace": "1",
        "log_level": "WARNING",
    }
    given = {f"SEEDBED_{name.upper()}": value for name, value in {**defaults, **backed(folder), **settings}.items()}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(folder, given, port)
    server.start()
    try:
        server.await_ready(float(patience))
        yield server
    finally:
        server.end(signal.SIGKILL)
        server.client.close()


@contextmanager
def working(server: Server, name: str, **settings: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A `seedbed worker` that draws what `server` accepts."""
    given = {f"SEEDBED_{setting.upper()}": value for setting, value in settings.items()}
    with (server.folder / f"{name}.log").open("ab") as log:
        process = started(["worker"], {**server.settings, "SEEDBED_WORKER_ID": name, **given}, log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def started(
    arguments: list[str], settings: dict[str, str], log: IO[bytes], command: list[str] = COMMAND
) -> "subprocess.Popen[bytes]":
    """A `seedbed` of its own, with no settings in its environment but these; or another program."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")}
    return subprocess.Popen([*command, *arguments], env={**inherited, **settings}, stdout=log, stderr=log)


def resident(pid: int) -> float:
    """A process's resident memory, in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
