"""The engine in a process of its own, watched: it may crash or hang, and only it.

A thread of ours starts the process, waits until it dies and starts the next one. `draw` talks to
whichever lives. A model that has never loaded and cannot, because its name or its weights are wrong, is
given up instead: that is for a human to mend. No torch here: this is the server's side.
"""

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import structlog

from seedbed.engine.channel import Channel, Message
from seedbed.engine.engine import DrawnImage, ModelIdentity, OnStep, Viewer
from seedbed.errors import CheckpointError, EngineCrashed, EngineError, EngineTimeout, NotReady
from seedbed.request import GenerationRequest, PixelSize
from seedbed.settings import PREFIX, Settings
from seedbed.task import Remarks

__all__ = ["EngineProcess"]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds between two starts of a process that dies before it is ready: the first and the longest."""
EXIT_SECONDS = 10.0
SECRET_FIELDS = {"api_keys", "client_key", "webhook_secret", "database_url", "storage_url", "remote_api_key"}

log = structlog.get_logger(__name__)


class _Lost(EngineCrashed):
    """The process said itself that it ends, and why."""


class _Child:
    """One life of the engine's process."""

    def __init__(self, settings: Settings) -> None:
        ours, theirs = multiprocessing.Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "seedbed.engine.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=sys.__stderr__,
                # A terminal's Ctrl-C shall reach the server alone, from the first moment.
                start_new_session=True,
            )
        self.channel = Channel(ours)
        self.channel.send({"settings": _for_child(settings)})

    @property
    def pid(self) -> int:
        return self._process.pid

    def identity(self, timeout: float) -> ModelIdentity:
        """Wait until the model is loaded and warm. Raises `CheckpointError` when it never will be."""
        message, _ = self.channel.receive(timeout)
        if message["kind"] == "failed":
            raise (CheckpointError if message["is_hopeless"] else EngineError)(message["reason"])
        return ModelIdentity(**message["identity"])

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> None:
        self._process.wait()

    def last_words(self) -> str:
        """How it died."""
        code = self._process.wait(EXIT_SECONDS)
        return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


class _Audience:
    """Who looks on at the pictures of one drawing."""

    def __init__(self, viewers: Sequence[Viewer | None]) -> None:
        self._viewers = viewers
        self._told: list[bool] = []

    def looking(self) -> list[bool]:
        """Of each picture, whether somebody looks on now; the process is told next."""
        self._told = [viewer is not None and viewer.is_looking for viewer in self._viewers]
        return self._told

    def tell_changes(self, channel: Channel) -> None:
        """Tell the process who came or went since it was last told."""
        if self._told != self.looking():
            channel.send({"kind": "look", "looking": self._told})

    def show(self, place: int, jpeg: bytes) -> None:
        """Hand a preview on."""
        viewer = self._viewers[place]
        if viewer is not None:
            viewer.show(jpeg)


class EngineProcess:
    """An `Engine` in another process; any thread may call it, one drawing runs at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._child: _Child | None = None
        self._is_ready = False
        self._identity: ModelIdentity | None = None
        self._failure: str | None = None
        self._state = threading.Condition()
        self._drawing = threading.Lock()
        self._closed = threading.Event()
        self._numbers = itertools.count()
        self._keeper = threading.Thread(target=self._keep_alive, name="engine-keeper", daemon=True)

    def start(self) -> None:
        """Start the process, and from then on whenever it dies; returns at once."""
        self._keeper.start()

    def wait_ready(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the model to be loaded and warm; whether it is."""
        with self._state:
            return self._state.wait_for(lambda: self.is_ready or self._closed.is_set(), timeout) and self.is_ready

    @property
    def is_ready(self) -> bool:
        """Whether a drawing would begin at once, but for others before it."""
        return self._is_ready

    @property
    def failure(self) -> str | None:
        """Why the model was given up; None while there is hope."""
        return self._failure

    @property
    def pid(self) -> int | None:
        """The process's id while it lives."""
        child = self._child
        return None if child is None else child.pid

    @property
    def identity(self) -> ModelIdentity:
        """Which weights draw. Raises `NotReady` until they were first loaded."""
        if self._identity is None:
            raise NotReady("the model is still loading")
        return self._identity

    def warm_up(self) -> None:
        """Wait for the process to be ready, which it is only when warm. Raises `NotReady`."""
        if not self.wait_ready(self._settings.engine_start_timeout):
            raise NotReady("the model could not be loaded")

    def draw(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> DrawnImage:
        """Draw `request`; waits for its turn, and for the process to be ready.

        What `on_step` raises ends the drawing and comes out here. Raises `EngineCrashed` when the process
        died, `EngineTimeout` when it hung and was killed, `EngineError` when it could not draw.
        """
        return self.draw_batch((request,), on_step, (viewer,))[0]

    def draw_batch(
        self, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer | None] = (), /
    ) -> list[DrawnImage]:
        """Draw several at once, in their order; all else is as for one."""
        audience = _Audience(viewers or [None] * len(requests))
        with self._drawing:
            child = self._ready_child()
            number = next(self._numbers)
            with self._dead_or_alive(child):
                fields = [asdict(request) for request in requests]
                order = {"kind": "draw", "number": number, "requests": fields, "looking": audience.looking()}
                child.channel.send(order)
                return self._follow(child, number, on_step, audience)

    def close(self) -> None:
        """Kill the process and start no other; a drawing that runs raises `EngineCrashed`."""
        self._closed.set()
        with self._state:
            self._state.notify_all()
            if self._child is not None:
                self._child.kill()
        if self._keeper.is_alive():
            self._keeper.join(EXIT_SECONDS)

    def _follow(self, child: _Child, number: int, on_step: OnStep, audience: "_Audience") -> list[DrawnImage]:
        drawn: list[DrawnImage] = []
        while True:
            message, jpeg = child.channel.receive(self._settings.engine_timeout)
            if message["kind"] == "preview":
                audience.show(message["place"], jpeg)
            elif message["kind"] == "step":
                self._step(child, number, on_step, message)
                audience.tell_changes(child.channel)
            else:
                drawn.append(_result(message, jpeg))
                if not message["left"]:
                    return drawn

    def _step(self, child: _Child, number: int, on_step: OnStep, message: Message) -> None:
        try:
            on_step(message["step"], message["num_inference_steps"])
        except BaseException:
            child.channel.send({"kind": "cancel", "number": number})
            self._wait_until_idle(child)
            raise

    def _wait_until_idle(self, child: _Child) -> None:
        """Let the cancelled drawing end, so that its messages are not taken for the next one's."""
        message: Message = {"kind": "step"}
        while message["kind"] in ("step", "preview") or message.get("left"):
            message, _ = child.channel.receive(self._settings.engine_timeout)
        if message["kind"] == "lost":
            self._forget(child)

    @contextmanager
    def _dead_or_alive(self, child: _Child) -> Iterator[None]:
        """Kill a child that hangs, and wait for a dead one's death to be noticed."""
        try:
            yield
        except EngineTimeout:
            child.kill()
            self._forget(child)
            raise
        except _Lost:
            self._forget(child)
            raise
        except EngineCrashed:
            self._forget(child)
            raise EngineCrashed(f"the engine's process died {child.last_words()}") from None

    def _ready_child(self) -> _Child:
        with self._state:
            if self.wait_ready(self._settings.engine_start_timeout) and self._child is not None:
                return self._child
        raise EngineCrashed("the engine's process could not be started")

    def _become(self, child: _Child | None, *, is_ready: bool) -> None:
        with self._state:
            self._child, self._is_ready = child, is_ready
            self._state.notify_all()

    def _forget(self, child: _Child) -> None:
        with self._state:
            if self._child is child:
                self._become(None, is_ready=False)

    def _keep_alive(self) -> None:
        # This thread must start every process: Linux kills it when the thread that started it ends.
        pause = FIRST_PAUSE
        while not self._closed.is_set() and self._failure is None:
            if self._live_once():
                pause = FIRST_PAUSE
            elif not self._closed.wait(pause):
                pause = min(2 * pause, LONGEST_PAUSE)

    def _live_once(self) -> bool:
        """One life of the process, from start to death; whether it was ever ready."""
        try:
            child = self._spawn()
        except (OSError, EngineCrashed) as error:
            # No memory, no file descriptor, no process left: for now. This thread must not end of it.
            log.error("engine did not start", reason=str(error))
            return False
        identity = self._load(child)
        if identity is None:
            child.kill()
        else:
            self._identity = identity
            self._become(child, is_ready=True)
            log.info("engine ready", model=identity.name, pid=child.pid)
        child.wait()
        # Its channel is closed when nobody holds it any more: a drawing may still read from it.
        self._forget(child)
        if identity is not None and not self._closed.is_set():
            log.error("engine died", how=child.last_words(), pid=child.pid)
        return identity is not None

    def _load(self, child: _Child) -> ModelIdentity | None:
        try:
            return child.identity(self._settings.engine_start_timeout)
        except (EngineError, CheckpointError) as error:
            if not self._closed.is_set():
                log.error("engine did not start", reason=str(error))
            # One that was ready before has lost its weights under way, perhaps to an upgrade that goes on.
            if isinstance(error, CheckpointError) and self._identity is None:
                self._failure = str(error)
        return None

    def _spawn(self) -> _Child:
        with self._state:
            child = _Child(self._settings)
            if self._closed.is_set():
                child.kill()
            self._become(child, is_ready=False)
        return child


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


def _result(message: Message, jpeg: bytes) -> DrawnImage:
    if message["kind"] == "lost":
        raise _Lost(message["reason"])
    if message["kind"] == "failed":
        raise EngineError(message["reason"])
    return DrawnImage(
        jpeg,
        PixelSize(*message["size"]),
        ModelIdentity(**message["identity"]),
        tuple(message["ignored_words"]),
        tuple((written, read_as) for written, read_as in message["corrections"]),
        Remarks.of(message["remarks"]),
    )
