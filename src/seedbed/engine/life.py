"""One life of the engine's process, from its start to its death."""

import multiprocessing
import os
import signal
import subprocess
import sys
from typing import Any

from seedbed.engine.channel import Channel
from seedbed.engine.engine import ModelIdentity
from seedbed.engine.orders import Orders
from seedbed.errors import CheckpointError, EngineError
from seedbed.settings import PREFIX, Settings

__all__ = ["CHILD", "EXIT_SECONDS", "Child"]

CHILD = "seedbed.engine.child"
EXIT_SECONDS = 10.0
SECRET_FIELDS = {"api_keys", "client_key", "webhook_secret", "database_url", "storage_url", "remote_api_key"}


class Child:
    """One life of the engine's process.

    Args:
        settings: what it is told of.
        module: what it runs.
    """

    orders: Orders
    """What is asked of it, once its model is loaded."""

    def __init__(self, settings: Settings, module: str = CHILD) -> None:
        ours, theirs = multiprocessing.Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=sys.__stderr__,
                # A terminal's Ctrl-C shall reach the server alone, from the first moment.
                start_new_session=True,
            )
        self._channel = Channel(ours)
        self._channel.send({"settings": _for_child(settings)})

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def identity(self, timeout: float) -> ModelIdentity:
        """Wait until the model is loaded and warm. Raises `CheckpointError` when it never will be."""
        message, _ = self._channel.receive(timeout)
        if message["kind"] == "failed":
            raise (CheckpointError if message["is_hopeless"] else EngineError)(message["reason"])
        self.orders = Orders(self._channel)
        return ModelIdentity(**message["identity"])

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()

    def wait(self) -> None:
        """Wait until it is dead."""
        self._process.wait()

    def last_words(self) -> str:
        """How it died."""
        code = self._process.wait(EXIT_SECONDS)
        return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


def _for_child(settings: Settings) -> dict[str, Any]:
    key = settings.remote_api_key
    # Dumped, a secret is only asterisks.
    secrets = {} if key is None else {"remote_api_key": key.get_secret_value()}
    return settings.model_dump(mode="json", exclude=SECRET_FIELDS) | secrets


def _environment() -> dict[str, str]:
    # Settings travel through the channel, so that no secret stands in the process's environment.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    # Waiting threads that spin starve every other process on a small machine: measured six times slower.
    return {"OMP_WAIT_POLICY": "PASSIVE", **inherited}
