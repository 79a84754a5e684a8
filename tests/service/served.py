"""A real server of the tests' own: uvicorn on a loopback port, the engine that draws nothing."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from httpx2 import Client, Response

from seedbed.service.app import create_app
from seedbed.service.server import listen, server_config
from seedbed.settings import Settings
from tests.backing import ON_MACHINES, backed
from tests.patience import PATIENCE
from tests.process import started

__all__ = ["KEY", "OTHER_KEY", "TASKS", "Served", "serving", "spawned"]

KEY = "the-tests-own-key"
OTHER_KEY = "another-key"
TASKS = "/v1/ai/text-to-image/seedream-v4"
WORKERS = 3
"""On many machines."""


@dataclass(frozen=True)
class Served:
    """A running server and a client that holds `KEY`."""

    url: str
    client: Client
    settings: Settings

    def post(self, headers: dict[str, str] | None = None, /, **fields: object) -> Response:
        return self.client.post(TASKS, json={"prompt": "a cat", **fields}, headers=headers)

    def get(self, task_id: str) -> Response:
        return self.client.get(f"{TASKS}/{task_id}")

    def drawn(self, **fields: object) -> Response:
        """The last GET of a new task: that which found it ended."""
        answer = self.post(**fields)
        assert answer.status_code == 200, answer.text
        return self.ended(answer.json()["data"]["task_id"])

    def ended(self, task_id: str, within: float = PATIENCE) -> Response:
        until, pause = time.monotonic() + within, 0.05
        answer = self.get(task_id)
        while answer.json()["data"]["status"] not in ("COMPLETED", "FAILED") and time.monotonic() < until:
            # Ever rarer: some of these servers bound how often one may ask.
            time.sleep(pause)
            pause = min(1.2 * pause, 1.0)
            answer = self.get(task_id)
        return answer


@contextmanager
def serving(folder: Path, **changes: Any) -> Iterator[Served]:
    """A server with its data in `folder`; one at a time, for DBOS has one instance a process."""
    values: dict[str, Any] = {
        "data_dir": folder,
        "model": "noop-faulty",
        "api_keys": f"{KEY},{OTHER_KEY}",
        "port": 0,
        "poll_interval": 0.05,
        "shutdown_grace": 1.0,
    }
    # Its threads would write their lines between the tests' dots.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with (
        _helped(folder, {**values, **backed(folder), **changes}) as given,
        listen(settings := Settings(**given)) as listener,
    ):
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        server = uvicorn.Server(server_config(settings, create_app(settings)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            url = f"http://127.0.0.1:{settings.port}"
            with Client(base_url=url, headers={"x-freepik-api-key": KEY}, timeout=PATIENCE) as client:
                _await_ready(client, thread)
                yield Served(url, client, settings)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            structlog.reset_defaults()


@contextmanager
def _helped(folder: Path, settings: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The server's settings: it draws itself, or, on many machines, workers do that are up meanwhile.

    Where a test says by `draws` who draws, that holds on many machines as well.
    """
    if not ON_MACHINES or "draws" in settings:
        yield settings
        return
    folder.mkdir(parents=True, exist_ok=True)
    variables = {f"SEEDBED_{name.upper()}": str(value) for name, value in settings.items() if name != "port"}
    with ExitStack() as stack:
        for number in range(WORKERS):
            named = {"SEEDBED_WORKER_ID": f"worker-{number}", "SEEDBED_LOG_LEVEL": "WARNING"}
            log = stack.enter_context((folder / f"worker-{number}.log").open("ab"))
            process = started(["worker"], {**variables, **named}, log)
            stack.callback(process.wait, PATIENCE)
            stack.callback(process.kill)
        yield {**settings, "draws": False}


@contextmanager
def spawned(folder: Path, *arguments: str, **variables: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`seedbed serve` in a process of its own: what it said first, and the process.

    Args:
        folder: its data, its log and its working directory.
        arguments: after `seedbed serve`.
        variables: settings, without their prefix.
    """
    # First of all: it may add to our own environment what the bucket asks for.
    backing = {name.upper(): value for name, value in backed(folder).items()}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")}
    given = {"DATA_DIR": str(folder), "MODEL": "noop", "POLL_INTERVAL": "0.05", **backing, **variables}
    environment |= {f"SEEDBED_{name}": value for name, value in given.items()}
    command = [sys.executable, "-m", "seedbed", "serve", *arguments]
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            yield process.stdout.readline(), process
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def _await_ready(client: Client, thread: threading.Thread) -> None:
    until = time.monotonic() + PATIENCE
    while client.get("/readyz").status_code != 200:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < until, "the engine did not start"
        time.sleep(0.05)
