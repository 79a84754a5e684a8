"""Finishes pictures in a thread of its own, while the engine's process draws the next one."""

import queue
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict

from seedbed.engine.channel import Message
from seedbed.engine.engine import DrawnImage, Finish
from seedbed.errors import SeedbedError

__all__ = ["Finisher", "reason"]

AT_ONCE = 2
"""Orders whose pictures are being finished or wait for it. More would only pile up pixels in memory."""

Tell = Callable[[Message, bytes | None], None]


class Finisher:
    """Takes what is drawn and tells of each picture when it is finished, in order.

    Args:
        tell: sends a message, and the bytes that belong to it.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._room = threading.Semaphore(AT_ONCE)
        self._drawn: queue.Queue[tuple[int, Sequence[Finish]]] = queue.Queue()
        threading.Thread(target=self._work, name="finisher", daemon=True).start()

    def put(self, number: int, finishes: Sequence[Finish]) -> None:
        """Take over the pictures of order `number`, and say that the next may come; waits while there is no room."""
        self._room.acquire()
        # Said here and not by whoever draws: it must come before the pictures do.
        self._tell({"kind": "sketched", "number": number}, None)
        self._drawn.put((number, finishes))

    def wait_idle(self) -> None:
        """Wait until all that was taken over is finished."""
        self._drawn.join()

    def _work(self) -> None:
        while True:
            number, finishes = self._drawn.get()
            for position, finish in enumerate(finishes):
                self._tell(*_outcome(number, position, finish))
            self._drawn.task_done()
            self._room.release()


def _outcome(number: int, position: int, finish: Finish) -> tuple[Message, bytes | None]:
    named = {"number": number, "position": position}
    try:
        drawn = finish()
    except Exception as error:
        return {"kind": "failed", **named, "reason": reason(error)}, None
    return {**_message(drawn), **named}, drawn.jpeg


def _message(drawn: DrawnImage) -> Message:
    return {
        "kind": "drawn",
        "size": [drawn.size.width, drawn.size.height],
        "identity": {"name": drawn.identity.name, "digest": drawn.identity.digest},
        "ignored_words": list(drawn.ignored_words),
        "corrections": list(drawn.corrections),
        "remarks": asdict(drawn.remarks),
    }


def reason(error: Exception) -> str:
    """What the task's owner may read; the whole story goes to the log."""
    if isinstance(error, SeedbedError):
        return str(error)
    traceback.print_exception(error)
    return f"the engine failed: {type(error).__name__}"
