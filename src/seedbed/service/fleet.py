"""A worker process for each of a machine's devices, started again when it dies, and ended together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from seedbed.errors import ConfigurationError
from seedbed.service.server import Say, own_name
from seedbed.settings import PREFIX, Settings

__all__ = ["Fleet", "choose_devices", "run_fleet"]

ALL = "all"
SAID_WHY = 1
"""The exit code of a worker that cannot work before somebody mends something; it has said what."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds between two starts of a worker that dies: the first, and the longest."""
LIVED_SECONDS = 60.0
"""Who lives longer than that has not died of its start."""
LOOK_SECONDS = 0.1
ASK_SECONDS = 120.0
PR_SET_PDEATHSIG = 1

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Worker:
    """One device's worker, through all its lives."""

    device: str
    command: Sequence[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    pause: float = FIRST_PAUSE
    starts_at: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        self.starts_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self.command,
            env=self.environment,
            # A terminal's Ctrl-C shall reach us alone: we hand it on, once.
            start_new_session=True,
            preexec_fn=_end_with_us,
        )

    def died(self) -> int | None:
        """Its exit code, once; None while it lives or waits for its next start."""
        code = None if self.process is None else self.process.poll()
        if code is None:
            return None
        self.process = None
        if time.monotonic() - self.starts_at > LIVED_SECONDS:
            self.pause = FIRST_PAUSE
        self.starts_at = time.monotonic() + self.pause
        self.pause = min(2 * self.pause, LONGEST_PAUSE)
        return code

    @property
    def is_due(self) -> bool:
        return self.process is None and time.monotonic() >= self.starts_at


class Fleet:
    """Workers, one for each device.

    Args:
        devices: as in SEEDBED_DEVICE; one may be there twice.
        settings: the workers' common name, and where each listens.
        command: what starts a worker.
    """

    def __init__(self, devices: Sequence[str], settings: Settings, command: Sequence[str]) -> None:
        named = settings.worker_id if "worker_id" in settings.model_fields_set else own_name()
        self._stop = threading.Event()
        self._workers = []
        for number, device in enumerate(devices):
            port = str(settings.port + number if settings.port else 0)
            own = {f"{PREFIX}DEVICE": device, f"{PREFIX}WORKER_ID": f"{named[:56]}-{number}"}
            whole = [*command, "--host", settings.host, "--port", port]
            self._workers.append(_Worker(device, whole, {**os.environ, **own}))

    def stop(self) -> None:
        """End all workers; `run` returns once they have ended."""
        self._stop.set()

    def run(self) -> None:
        """Start all, and again those that die, until `stop`. Raises `ConfigurationError` when one cannot work."""
        try:
            while not self._stop.wait(LOOK_SECONDS):
                for worker in self._workers:
                    self._look_after(worker)
        finally:
            self._end()

    def _look_after(self, worker: _Worker) -> None:
        code = worker.died()
        if code == SAID_WHY:
            raise ConfigurationError(f"the worker on {worker.device} cannot work; its last words say why")
        if code is not None:
            log.error("worker died", device=worker.device, code=code)
        if worker.is_due:
            worker.start()

    def _end(self) -> None:
        running = [worker.process for worker in self._workers if worker.process is not None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait()


def choose_devices(text: str) -> list[str]:
    """The devices of `all`, or of a list separated by commas. Raises `ConfigurationError` where there are none."""
    if text != ALL:
        found = [part.strip() for part in text.split(",") if part.strip()]
    else:
        command = [sys.executable, "-m", "seedbed.engine.diffusers_gpus"]
        asked = subprocess.run(command, capture_output=True, text=True, timeout=ASK_SECONDS, check=False)  # noqa: S603
        found = asked.stdout.split()
    if not found:
        raise ConfigurationError(f"--devices {text}: there is no GPU here; name devices, such as cpu or cuda:0,cuda:1")
    return found


def run_fleet(devices: str, settings: Settings, say: Say) -> None:
    """Draw with a worker on each device until SIGTERM or SIGINT.

    Args:
        devices: as `--devices` takes it.
        settings: everything the operator chose; the workers read it, too.
        say: gets what the operator must read once.

    Raises `ConfigurationError` when there is no device, or a worker cannot work.
    """
    chosen = choose_devices(devices)
    fleet = Fleet(chosen, settings, [sys.executable, "-m", "seedbed", "worker"])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: fleet.stop())
    say(f"A worker on each of {', '.join(chosen)}")
    fleet.run()


def _end_with_us() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
