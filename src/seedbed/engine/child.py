"""The engine's own process: loads the model, then draws what the channel asks for.

Started by `EngineProcess` as `python -m seedbed.engine.child <file descriptor>`. The only process of
the service that imports torch.
"""

import ctypes
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection

from seedbed.engine.channel import Channel, Message
from seedbed.engine.engine import BatchEngine, DrawnImage, Engine, OnStep, Viewer
from seedbed.engine.registry import build_engine
from seedbed.errors import (
    CheckpointError,
    ConfigurationError,
    EngineCrashed,
    EngineError,
    GenerationCancelled,
    SeedbedError,
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
                # The parent orders nothing before the last drawing has ended: these are always the present one's.
                self._looking = message["looking"]
                if message["kind"] == "draw":
                    self._orders.put(message)
        except EngineCrashed:
            # The parent is gone, whatever we draw is for nobody, and it may be in the middle of C code.
            os._exit(0)


class _Pane:
    """A `Viewer` on the channel's other side."""

    def __init__(self, channel: Channel, inbox: Inbox, place: int) -> None:
        self._channel = channel
        self._inbox = inbox
        self._place = place

    @property
    def is_looking(self) -> bool:
        return self._inbox.is_looked_at(self._place)

    def show(self, jpeg: bytes) -> None:
        self._channel.send({"kind": "preview", "place": self._place}, jpeg)


def main(descriptor: int) -> None:
    """Load the model, say so, and draw until the parent goes away.

    Args:
        descriptor: our end of the channel, an open file descriptor.
    """
    _live_and_die_with_the_parent()
    channel = Channel(Connection(descriptor))
    settings = Settings(**channel.receive()[0]["settings"])
    inbox = Inbox(channel)
    engine = _load(channel, settings)
    if engine is None:
        return
    identity = {"name": engine.identity.name, "digest": engine.identity.digest}
    channel.send({"kind": "ready", "identity": identity})
    while _draw(engine, channel, inbox, inbox.next()):
        pass


def _live_and_die_with_the_parent() -> None:
    # A terminal's Ctrl-C and a service manager's SIGTERM reach the whole group, but the parent decides
    # when we stop: it may want to finish the picture first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        # Closing the channel ends us too, but not while C code holds the interpreter's lock.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _load(channel: Channel, settings: Settings) -> Engine | None:
    try:
        engine = build_engine(settings)
        engine.warm_up()
    except Exception as error:
        channel.send({"kind": "failed", "reason": _reason(error), "is_hopeless": isinstance(error, HOPELESS)})
        return None
    return engine


def _draw(engine: Engine, channel: Channel, inbox: Inbox, order: Message) -> bool:
    """Draw what `order` asks for; whether another drawing may follow."""
    number = order["number"]

    def on_step(step: int, num_inference_steps: int) -> None:
        if inbox.is_cancelled(number):
            raise GenerationCancelled("cancelled between two steps")
        channel.send({"kind": "step", "step": step, "num_inference_steps": num_inference_steps})

    try:
        requests = [_request(fields) for fields in order["requests"]]
        panes = [_Pane(channel, inbox, place) for place in range(len(requests))]
        images = _draw_all(engine, requests, on_step, panes)
    except EngineCrashed as error:
        # What the engine itself draws with is gone: with our end, all is waited for and loaded anew.
        channel.send({"kind": "lost", "reason": str(error)})
        return False
    except Exception as error:
        channel.send({"kind": "failed", "reason": _reason(error)})
        return True
    for position, image in enumerate(images, start=1):
        channel.send({**_message(image), "left": len(images) - position}, image.jpeg)
    return True


def _draw_all(
    engine: Engine, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer]
) -> list[DrawnImage]:
    if len(requests) == 1:
        return [engine.draw(requests[0], on_step, viewers[0])]
    if not isinstance(engine, BatchEngine):
        raise EngineError(f"{engine.identity.name} draws one picture at a time")
    return engine.draw_batch(requests, on_step, viewers)


def _message(drawn: DrawnImage) -> Message:
    return {
        "kind": "drawn",
        "size": [drawn.size.width, drawn.size.height],
        "identity": {"name": drawn.identity.name, "digest": drawn.identity.digest},
        "ignored_words": list(drawn.ignored_words),
        "corrections": list(drawn.corrections),
        "remarks": asdict(drawn.remarks),
    }


def _request(fields: Message) -> GenerationRequest:
    return GenerationRequest(**{**fields, "aspect_ratio": AspectRatio(fields["aspect_ratio"])})


def _reason(error: Exception) -> str:
    """What the task's owner may read; the whole story goes to the log."""
    if isinstance(error, SeedbedError):
        return str(error)
    traceback.print_exception(error)
    return f"the engine failed: {type(error).__name__}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
