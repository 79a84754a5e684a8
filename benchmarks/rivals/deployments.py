"""Each side as somebody would run it: started, asked, killed and started again as a service manager does."""

import os
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

__all__ = ["CeleryService", "Deployment", "SeedbedService"]

KEY = "the-benchmarks-own-key"
TASKS = "/v1/ai/text-to-image/seedream-v4"
STOP_SECONDS = 30.0


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class Deployment(ABC):
    """A running service. What `worker` names is what draws.

    Args:
        folder: for all that it stores.
    """

    name = ""
    headers: Mapping[str, str] = MappingProxyType({})
    tasks = "/tasks"
    """The path of its tasks."""
    ready = ""
    """The path that answers 200 once it is ready."""
    ends: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.worker = self.start()

    @abstractmethod
    def start(self) -> subprocess.Popen[bytes]:
        """Start all of it; what draws."""

    @abstractmethod
    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start what draws."""

    @abstractmethod
    def task_id(self, answer: Mapping[str, object]) -> str:
        """The task's id in the answer to a POST."""

    @abstractmethod
    def status(self, answer: Mapping[str, object]) -> str:
        """The status in the answer to a GET."""

    def crash(self) -> None:
        """Kill what draws, with -9, and start it again."""
        os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()
        self.worker = self.start_worker()

    @property
    def workplace(self) -> Path:
        """The folder that its processes run in: by default ours, from which they import."""
        return Path.cwd()

    def close(self) -> None:
        """Stop all processes, the last first."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def run(self, command: list[str], **environment: str) -> subprocess.Popen[bytes]:
        """Start a process in a group of its own; its output goes to a file."""
        with (self.folder / "output.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
                cwd=self.workplace,
                start_new_session=True,
            )
        self._processes.append(process)
        return process


class SeedbedService(Deployment):
    """`seedbed serve` as it comes: server, queue and engine by one command, on SQLite."""

    name = "Seedbed"
    headers = MappingProxyType({"x-freepik-api-key": KEY})
    tasks = TASKS
    ready = "/readyz"
    ends = ("COMPLETED", "FAILED")

    def start(self) -> subprocess.Popen[bytes]:
        """One command."""
        return self.start_worker()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """The server itself."""
        return self.run(
            [sys.executable, "-m", "seedbed", "serve", "--port", str(self.port)],
            SEEDBED_DATA_DIR=str(self.folder),
            SEEDBED_MODEL="noop-faulty",
            SEEDBED_API_KEYS=KEY,
            SEEDBED_POLL_INTERVAL="0.05",
            SEEDBED_QUEUE_LIMIT="100000",
            SEEDBED_RATE_LIMIT="100000000",
            SEEDBED_LOG_LEVEL="WARNING",
        )

    def task_id(self, answer: Mapping[str, object]) -> str:
        """As the contract has it."""
        return str(answer["data"]["task_id"])  # type: ignore[index]

    def status(self, answer: Mapping[str, object]) -> str:
        """As the contract has it."""
        return str(answer["data"]["status"])  # type: ignore[index]


class CeleryService(Deployment):
    """FastAPI, Celery and Redis, which writes every change to its log on disk.

    Args:
        folder: for all that it stores.
        late: seconds after which a task without an acknowledgement goes to another worker; None as Celery's default.
    """

    name = "FastAPI + Celery + Redis"
    ready = "/docs"
    ends = ("SUCCESS", "FAILURE")

    def __init__(self, folder: Path, late: float | None = None) -> None:
        self._redis = free_port()
        self._late = {} if late is None else {"RIVAL_LATE": str(late)}
        super().__init__(folder)

    def start(self) -> subprocess.Popen[bytes]:
        """Redis, the API, and one worker."""
        redis = ["redis-server", "--port", str(self._redis), "--dir", str(self.folder), "--appendonly", "yes"]
        self.run([*redis, "--save", "", "--bind", "127.0.0.1"])
        module = "benchmarks.rivals.celery_service"
        server = ["-m", "uvicorn", f"{module}:api", "--port", str(self.port), "--log-level", "warning"]
        self.run([sys.executable, *server], **self._environment())
        return self.start_worker()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """One that draws a picture at a time, as one GPU does."""
        app = ["--app", "benchmarks.rivals.celery_service"]
        worker = ["worker", "--pool", "solo", "--loglevel", "WARNING"]
        return self.run([sys.executable, "-m", "celery", *app, *worker], **self._environment())

    def task_id(self, answer: Mapping[str, object]) -> str:
        """As our `celery_service` answers."""
        return str(answer["task_id"])

    def status(self, answer: Mapping[str, object]) -> str:
        """As our `celery_service` answers."""
        return str(answer["status"])

    def _environment(self) -> dict[str, str]:
        redis = f"redis://127.0.0.1:{self._redis}/0"
        return {"RIVAL_REDIS": redis, "RIVAL_FOLDER": str(self.folder), **self._late}
