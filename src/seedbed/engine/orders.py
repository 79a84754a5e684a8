"""What is asked of the engine's process, and what comes of it: one picture is drawn while others are finished.

A thread listens and gives each order what is said of it. All that draws goes through one process, so that when it dies
with several orders open, none of them can be blamed for sure: they are told so by `NotToBlame`.
"""

import itertools
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import asdict

from seedbed.engine.channel import Channel, Message
from seedbed.engine.engine import DrawnImage, ModelIdentity, Viewer
from seedbed.errors import EngineCrashed, EngineError, EngineTimeout
from seedbed.request import GenerationRequest, PixelSize
from seedbed.task import Remarks

__all__ = ["ModelLost", "NotToBlame", "Order", "Orders"]


class ModelLost(EngineCrashed):
    """The process said itself that it ends, and why."""


class NotToBlame(EngineCrashed):
    """The process died, and this order need not be why: it was not the only one, or it came too late."""


class Order:
    """Requests that are drawn at once, and what is heard of them.

    Args:
        number: what the process calls it.
        viewers: for each picture whoever may look on.
    """

    def __init__(self, number: int, viewers: Sequence[Viewer | None]) -> None:
        self.number = number
        self._viewers = viewers
        self._pictures: list[Future[DrawnImage]] = [Future() for _ in viewers]
        self._news: queue.SimpleQueue[tuple[Message, bytes] | EngineError | None] = queue.SimpleQueue()
        self.told: list[bool] = []
        """Of each picture, whether somebody looks on, as the process was last told."""

    def looking(self) -> list[bool]:
        """Of each picture, whether somebody looks on now."""
        return [viewer is not None and viewer.is_looking for viewer in self._viewers]

    def steps(self, timeout: float) -> Iterator[tuple[int, int]]:
        """Each (step, num_inference_steps) until all is drawn and the next order may come; shows previews meanwhile.

        Args:
            timeout: seconds to wait for each.

        Raises `EngineTimeout` when none came, and whatever ends the drawing.
        """
        try:
            while (news := self._news.get(timeout=timeout)) is not None:
                if isinstance(news, EngineError):
                    raise news
                message, jpeg = news
                if message["kind"] == "step":
                    yield message["step"], message["num_inference_steps"]
                elif viewer := self._viewers[message["place"]]:
                    viewer.show(jpeg)
        except queue.Empty:
            raise _silence(timeout) from None

    def picture(self, position: int, timeout: float) -> DrawnImage:
        """Wait for a picture to be finished. Raises as `steps` does."""
        try:
            return self._pictures[position].result(timeout)
        except TimeoutError:
            raise _silence(timeout) from None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be heard of it."""
        return all(picture.done() for picture in self._pictures)

    def hear(self, message: Message, jpeg: bytes) -> None:
        """Take in what the process says of it."""
        match message["kind"]:
            case "step" | "preview":
                self._news.put((message, jpeg))
            case "sketched":
                self._news.put(None)
            case "drawn":
                self._pictures[message["position"]].set_result(_image(message, jpeg))
            case "lost":
                self.fail(ModelLost(message["reason"]))
            case "failed" if "position" in message:
                self._pictures[message["position"]].set_exception(EngineError(message["reason"]))
            case "failed":
                self.fail(EngineError(message["reason"]))

    def fail(self, error: EngineError) -> None:
        """End it, but for the pictures that there are already."""
        self._news.put(error)
        for picture in self._pictures:
            if not picture.done():
                picture.set_exception(error)


class Orders:
    """All orders of one process. Any thread may send one."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._numbers = itertools.count()
        self._open: dict[int, Order] = {}
        self._is_gone = False
        self._change = threading.Condition()
        threading.Thread(target=self._listen, name="engine-listener", daemon=True).start()

    def send(self, requests: Sequence[GenerationRequest], viewers: Sequence[Viewer | None] = ()) -> Order:
        """Ask for `requests`, which are drawn at once. Raises `NotToBlame` when the process was gone before.

        Args:
            requests: what to draw.
            viewers: for each request whoever may look on, or nothing at all.
        """
        with self._change:
            if self._is_gone:
                raise NotToBlame("the engine's process was gone")
            order = Order(next(self._numbers), viewers or [None] * len(requests))
            self._open[order.number] = order
        order.told = order.looking()
        fields = [asdict(request) for request in requests]
        self._say({"kind": "draw", "number": order.number, "requests": fields, "looking": order.told})
        return order

    def look(self, order: Order) -> None:
        """Tell the process, which draws `order`, who came to look on or went since it was last told."""
        looking = order.looking()
        if looking != order.told:
            order.told = looking
            self._say({"kind": "look", "looking": looking})

    def cancel(self, order: Order) -> None:
        """Ask for the drawing of `order` to stop at its next step."""
        self._say({"kind": "cancel", "number": order.number})

    def wait_idle(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for all orders to be over; whether the process is there for another."""
        with self._change:
            return self._change.wait_for(lambda: self._is_gone or not self._open, timeout) and not self._is_gone

    def _say(self, message: Message) -> None:
        try:
            self._channel.send(message)
        except EngineCrashed:
            # Whoever listens hears of the end as well, after all that was said before it.
            return

    def _listen(self) -> None:
        try:
            while True:
                self._hear(*self._channel.receive())
        except EngineCrashed as gone:
            self._end(gone)

    def _hear(self, message: Message, jpeg: bytes) -> None:
        with self._change:
            order = self._open[message["number"]]
            order.hear(message, jpeg)
            if order.is_over:
                del self._open[order.number]
                self._change.notify_all()

    def _end(self, gone: EngineCrashed) -> None:
        with self._change:
            self._is_gone = True
            error: Callable[[str], EngineCrashed] = EngineCrashed if len(self._open) == 1 else NotToBlame
            for order in self._open.values():
                order.fail(error(str(gone)))
            self._open.clear()
            self._change.notify_all()


def _silence(timeout: float) -> EngineTimeout:
    return EngineTimeout(f"the engine gave no sign of life for {timeout:g} seconds")


def _image(message: Message, jpeg: bytes) -> DrawnImage:
    return DrawnImage(
        jpeg,
        PixelSize(*message["size"]),
        ModelIdentity(**message["identity"]),
        tuple(message["ignored_words"]),
        tuple((written, read_as) for written, read_as in message["corrections"]),
        Remarks.of(message["remarks"]),
    )
