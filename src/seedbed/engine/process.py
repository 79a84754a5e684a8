"""The engine in a process of its own, watched: it may crash or hang, and only it.

A thread of ours starts the process, waits until it dies and starts the next one. `sketch` talks to
whichever lives, which draws the next picture while it finishes the last. A model that has never loaded and
cannot, because its name or its weights are wrong, is given up instead: that is for a human to mend. No torch
here: this is the server's side.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import structlog

from seedbed.engine.engine import BatchEngine, DrawnImage, Finish, ModelIdentity, OnStep, Viewer
from seedbed.engine.life import CHILD, EXIT_SECONDS, Child
from seedbed.engine.orders import ModelLost, NotToBlame, Order
from seedbed.errors import CheckpointError, EngineCrashed, EngineError, EngineTimeout, NotReady
from seedbed.request import GenerationRequest
from seedbed.settings import Settings

__all__ = ["EngineProcess"]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds between two starts of a process that dies before it is ready: the first and the longest."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be drawn at once, and who hears and sees of it."""

    requests: Sequence[GenerationRequest]
    on_step: OnStep
    viewers: Sequence[Viewer | None]

    def only(self, position: int) -> "_Wish":
        """Of it, one picture."""
        return replace(self, requests=(self.requests[position],), viewers=(self.viewers[position],))


class EngineProcess(BatchEngine):
    """An `Engine` in another process; any thread may call it, one drawing runs at a time.

    Args:
        settings: the model, and how patient we are.
        module: what the process runs.
    """

    def __init__(self, settings: Settings, module: str = CHILD) -> None:
        self._settings = settings
        self._module = module
        self._child: Child | None = None
        self._is_ready = False
        self._identity: ModelIdentity | None = None
        self._failure: str | None = None
        self._state = threading.Condition()
        self._drawing = threading.Lock()
        self._closed = threading.Event()
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

    def sketch(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> Finish:
        """Draw `request`; waits for its turn, and for the process to be ready.

        What `on_step` raises ends the drawing and comes out here, or where the picture had to be drawn again, of what
        is returned. Both raise `EngineCrashed` when the process died, `EngineTimeout` when it hung and was killed,
        `EngineError` when it could not draw.
        """
        return self.sketch_batch((request,), on_step, (viewer,))[0]

    def sketch_batch(
        self, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer | None] = (), /
    ) -> list[Finish]:
        """Draw several at once, in their order; all else is as for one."""
        wish = _Wish(requests, on_step, viewers or [None] * len(requests))
        try:
            with self._drawing:
                child = self._ready_child()
                order = self._drawn(child, wish)
        except NotToBlame:
            return [_given(drawn) for drawn in self._draw_alone(wish)]
        return [partial(self._finish, child, order, wish, position) for position in range(len(requests))]

    def close(self) -> None:
        """Kill the process and start no other; a drawing that runs raises `EngineCrashed`."""
        self._closed.set()
        with self._state:
            self._state.notify_all()
            if self._child is not None:
                self._child.kill()
        if self._keeper.is_alive():
            self._keeper.join(EXIT_SECONDS)

    def _finish(self, child: Child, order: Order, wish: "_Wish", position: int) -> DrawnImage:
        try:
            with self._dead_or_alive(child):
                return order.picture(position, self._settings.engine_timeout)
        except NotToBlame:
            return self._draw_alone(wish.only(position))[0]

    def _draw_alone(self, wish: "_Wish") -> list[DrawnImage]:
        """Draw again, with nobody else in the process: who crashes it now is to blame."""
        with self._drawing:
            child = self._idle_child()
            order = self._drawn(child, wish)
            with self._dead_or_alive(child):
                return [order.picture(at, self._settings.engine_timeout) for at in range(len(wish.requests))]

    def _drawn(self, child: Child, wish: "_Wish") -> Order:
        """Have a wish drawn, up to where the next may be."""
        with self._dead_or_alive(child):
            order = child.orders.send(wish.requests, wish.viewers)
            for step, num_inference_steps in order.steps(self._settings.engine_timeout):
                try:
                    wish.on_step(step, num_inference_steps)
                except BaseException:
                    child.orders.cancel(order)
                    self._wait_until_stopped(child, order)
                    raise
                child.orders.look(order)
            return order

    def _wait_until_stopped(self, child: Child, order: Order) -> None:
        """Let the cancelled drawing end: the next must not be sent while it goes on."""
        try:
            for _ in order.steps(self._settings.engine_timeout):
                pass
        except ModelLost:
            self._forget(child)
        except (EngineCrashed, EngineTimeout):
            raise
        except EngineError:
            # That it was cancelled, in the process's own words.
            return

    @contextmanager
    def _dead_or_alive(self, child: Child) -> Iterator[None]:
        """Kill a child that hangs, and wait for a dead one's death to be noticed."""
        try:
            yield
        except EngineTimeout:
            child.kill()
            self._forget(child)
            raise
        except (ModelLost, NotToBlame):
            self._forget(child)
            raise
        except EngineCrashed:
            self._forget(child)
            raise EngineCrashed(f"the engine's process died {child.last_words()}") from None

    def _ready_child(self) -> Child:
        with self._state:
            if self.wait_ready(self._settings.engine_start_timeout) and self._child is not None:
                return self._child
        raise EngineCrashed("the engine's process could not be started")

    def _idle_child(self) -> Child:
        """One that nobody else uses; they end soon, for only who draws can begin, and that is us."""
        child = self._ready_child()
        while not child.orders.wait_idle(self._settings.engine_timeout):
            child.kill()
            self._forget(child)
            child = self._ready_child()
        return child

    def _become(self, child: Child | None, *, is_ready: bool) -> None:
        with self._state:
            self._child, self._is_ready = child, is_ready
            self._state.notify_all()

    def _forget(self, child: Child) -> None:
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

    def _load(self, child: Child) -> ModelIdentity | None:
        try:
            return child.identity(self._settings.engine_start_timeout)
        except (EngineError, CheckpointError) as error:
            if not self._closed.is_set():
                log.error("engine did not start", reason=str(error))
            # One that was ready before has lost its weights under way, perhaps to an upgrade that goes on.
            if isinstance(error, CheckpointError) and self._identity is None:
                self._failure = str(error)
        return None

    def _spawn(self) -> Child:
        with self._state:
            child = Child(self._settings, self._module)
            if self._closed.is_set():
                child.kill()
            self._become(child, is_ready=False)
        return child


def _given(drawn: DrawnImage) -> Finish:
    return lambda: drawn
