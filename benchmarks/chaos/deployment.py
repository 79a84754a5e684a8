"""A server and workers as processes of their own, which may be killed, frozen, ended and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from httpx2 import Client, HTTPError, Response

__all__ = ["TASKS", "Deployment", "Process", "deployed"]

KEY = "the-benchmarks-own-key"
TASKS = "/v1/ai/text-to-image/seedream-v4"
COMMAND = [sys.executable, "-c", "from seedbed.cli.main import app; app()"]


class Process:
    """One process of the deployment; it is started again whenever it is down."""

    def __init__(self, arguments: list[str], settings: dict[str, str], log: Path) -> None:
        self._arguments = arguments
        self._settings = settings
        self._log = log
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")}
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                [*COMMAND, *self._arguments], env={**inherited, **self._settings}, stdout=log, stderr=log
            )

    def revive(self) -> None:
        """Start it again if it has ended by itself, as systemd does: without its database it cannot start."""
        if self._running is not None and self._running.poll() is not None:
            self.start()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._running is not None:
            self._running.send_signal(number)

    def end(self, number: signal.Signals) -> None:
        """Send it a signal that it dies of, and wait for that."""
        self.send(number)
        if self._running is not None:
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(60)
            self._running.kill()
            self._running.wait()

    def child(self) -> int | None:
        """The process id of its engine."""
        if self._running is None:
            return None
        children = Path(f"/proc/{self._running.pid}/task").glob("*/children")
        with suppress(OSError):
            return next((int(text.split()[0]) for path in children if (text := path.read_text())), None)
        return None


class Deployment:
    """One server that answers, workers that draw, and a client with a key."""

    def __init__(self, logs: Path, port: int, workers: int, settings: dict[str, str]) -> None:
        self.server = Process(
            ["serve", "--port", str(port)], {**settings, "SEEDBED_DRAWS": "false"}, logs / "server.log"
        )
        self.workers = [
            Process(["worker"], {**settings, "SEEDBED_WORKER_ID": f"worker-{number}"}, logs / f"worker-{number}.log")
            for number in range(workers)
        ]
        self.client = Client(base_url=f"http://127.0.0.1:{port}", headers={"x-freepik-api-key": KEY}, timeout=10)

    @property
    def processes(self) -> list[Process]:
        """All of them."""
        return [self.server, *self.workers]

    def ask(self, method: str, path: str, **more: object) -> Response | None:
        """The answer to a request; None when there is none, or the server is at fault."""
        with suppress(HTTPError):
            answer = self.client.request(method, path, **more)  # type: ignore[arg-type]
            return answer if answer.status_code < 500 else None
        return None

    def insist(self, method: str, path: str, **more: object) -> Response:
        """The answer to a request, asked for until there is one."""
        while (answer := self.ask(method, path, **more)) is None:
            time.sleep(random.uniform(0.05, 0.2))
        return answer


@contextmanager
def deployed(folder: Path, workers: int, variables: dict[str, str]) -> Iterator[Deployment]:
    """A deployment that runs, with its data in `folder` and `variables` in its environment."""
    defaults = {
        "data_dir": str(folder / "data"),
        "model": "noop-faulty",
        "api_keys": KEY,
        "tasks_at_hand": "2",
        "queue_limit": "100000",
        "max_attempts": "1000",
        "log_level": "WARNING",
        "webhook_allow_private": "true",
        "webhook_retry_base": "0.2",
        # Four minutes of broken receivers are survived, and no wait is longer than the run's patience.
        "webhook_max_attempts": "12",
        "webhook_timeout": "3",
        "shutdown_grace": "2",
    }
    given = {f"SEEDBED_{name.upper()}": value for name, value in defaults.items()} | variables
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Their logs are not on the disk that fills: they are to tell what went wrong then.
    deployment = Deployment(folder.parent, port, workers, given)
    try:
        for process in deployment.processes:
            process.start()
        deployment.insist("GET", "/livez")
        yield deployment
    finally:
        for process in deployment.processes:
            process.send(signal.SIGCONT)
            process.end(signal.SIGKILL)
        deployment.client.close()
