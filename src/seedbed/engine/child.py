"""The engine's own process: loads the model, then draws what the channel asks for, one picture after the other.

Started by `EngineProcess` as `python -m seedbed.engine.child <file descriptor>`. The only process of
the service that imports torch.
"""

import ctypes
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from seedbed.engine.channel import Channel, Message
from seedbed.engine.engine import BatchEngine, Engine, Finish, OnStep, Viewer
from seedbed.engine.finisher import Finisher, reason
from seedbed.engine.registry import build_engine
from seedbed.errors import (
    CheckpointError,
    ConfigurationError,
    EngineCrashed,
    EngineError,
    GenerationCancelled,
)
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.settings import Settings

__all__ = ["Inbox", "main"]

PR_SET_PDEATHSIG = 1

HOPELESS = (ConfigurationError, CheckpointError)
"""Why a model does not load today and will not tomorrow."""


class Inbox:
    """What the parent wants: a thread reads it, so that a cancellation is seen while we draw."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._orders: queue.Queue[Message] = queue.Queue()
        self._cancelled: int | None = None
        self._looking: list[bool] = []
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> Message:
        """The next drawing that is asked for."""
        return self._orders.get()

    def is_cancelled(self, number: int) -> bool:
        """Whether the drawing of that number shall stop."""
        return self._cancelled == number

    def is_looked_at(self, place: int) -> bool:
        """Whether somebody looks on at the picture of that place in the present drawing."""
        return self._looking[place]

    def _read(self) -> None:
        try:
            while True:
                message, _ = self._channel.receive()
                if message["kind"] == "cancel":
                    self._cancelled = message["number"]
                    continue
                # The parent orders nothing while anything is drawn: these are always the present drawing's.
                self._looking = message["looking"]
                if message["kind"] == "draw":
                    self._orders.put(message)
        except EngineCrashed:
            # The parent is gone, whatever we draw is for nobody, and it may be in the middle of C code.
            os._exit(0)


class _Pane:
    """A `Viewer` on the channel's other side."""

    def __init__(self, channel: Channel, inbox: Inbox, number: int, place: int) -> None:
        self._channel = channel
        self._inbox = inbox
        self._names = {"number": number, "place": place}

    @property
    def is_looking(self) -> bool:
        return self._inbox.is_looked_at(self._names["place"])

    def show(self, jpeg: bytes) -> None:
        self._channel.send({"kind": "preview", **self._names}, jpeg)


def main(descriptor: int, build: Callable[[Settings], Engine] = build_engine) -> None:
    """Load the model, say so, and draw until the parent goes away.

    Args:
        descriptor: our end of the channel, an open file descriptor.
        build: makes the engine of the settings.
    """
    _live_and_die_with_the_parent()
    channel = Channel(Connection(descriptor))
    settings = Settings(**channel.receive()[0]["settings"])
    inbox = Inbox(channel)
    engine = _load(channel, build, settings)
    if engine is None:
        return
    identity = {"name": engine.identity.name, "digest": engine.identity.digest}
    channel.send({"kind": "ready", "identity": identity})
    finisher = Finisher(channel.send)
    while _draw(engine, channel, inbox, finisher, inbox.next()):
        pass


def _live_and_die_with_the_parent() -> None:
    # A terminal's Ctrl-C and a service manager's SIGTERM reach the whole group, but the parent decides
    # when we stop: it may want to finish the picture first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        # Closing the channel ends us too, but not while C code holds the interpreter's lock.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _load(channel: Channel, build: Callable[[Settings], Engine], settings: Settings) -> Engine | None:
    try:
        engine = build(settings)
        engine.warm_up()
    except Exception as error:
        channel.send({"kind": "failed", "reason": reason(error), "is_hopeless": isinstance(error, HOPELESS)})
        return None
    return engine


def _draw(engine: Engine, channel: Channel, inbox: Inbox, finisher: Finisher, order: Message) -> bool:
    """Draw what `order` asks for, and leave the rest to `finisher`; whether another drawing may follow."""
    number = order["number"]

    def on_step(step: int, num_inference_steps: int) -> None:
        if inbox.is_cancelled(number):
            raise GenerationCancelled("cancelled between two steps")
        channel.send({"kind": "step", "number": number, "step": step, "num_inference_steps": num_inference_steps})

    try:
        requests = [_request(fields) for fields in order["requests"]]
        panes = [_Pane(channel, inbox, number, place) for place in range(len(requests))]
        finishes = _sketch_all(engine, requests, on_step, panes)
    except EngineCrashed as error:
        # What the engine itself draws with is gone: with our end, all is waited for and loaded anew.
        finisher.wait_idle()
        channel.send({"kind": "lost", "number": number, "reason": str(error)})
        return False
    except Exception as error:
        channel.send({"kind": "failed", "number": number, "reason": reason(error)})
        return True
    finisher.put(number, finishes)
    return True


def _sketch_all(
    engine: Engine, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer]
) -> list[Finish]:
    if len(requests) == 1:
        return [engine.sketch(requests[0], on_step, viewers[0])]
    if not isinstance(engine, BatchEngine):
        raise EngineError(f"{engine.identity.name} draws one picture at a time")
    return engine.sketch_batch(requests, on_step, viewers)


def _request(fields: Message) -> GenerationRequest:
    return GenerationRequest(**{**fields, "aspect_ratio": AspectRatio(fields["aspect_ratio"])})


if __name__ == "__main__":
    main(int(sys.argv[1]))
