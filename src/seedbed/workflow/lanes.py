"""Where an event waits: with those of receivers that did as its own did last, and never behind slower ones."""

import threading
from collections import OrderedDict
from enum import StrEnum
from typing import Final

__all__ = ["PROMPT_SECONDS", "REMEMBERED", "Lane", "Standings"]

PROMPT_SECONDS: Final = 1.0
"""Who ends an attempt within this time, with whatever answer, holds a slot too shortly to be in the way."""
REMEMBERED = 10_000
"""Receivers whose standing is remembered; one that is forgotten has to prove itself again."""


class Lane(StrEnum):
    """A queue of its own, with slots of its own; from the best to the worst."""

    PROMPT = "prompt"
    """The receiver's last attempt ended within `PROMPT_SECONDS`."""
    SLOW = "slow"
    """It ended later, but in time."""
    UNPROVEN = "unproven"
    """It was not answered in time, or there was none since the server started."""

    @property
    def queue(self) -> str:
        """The queue's name; the plain one is that of what was enqueued before there were lanes."""
        return "webhooks" if self is Lane.UNPROVEN else f"webhooks-{self}"

    @property
    def slots(self) -> int:
        """Attempts of one process at a time: a thread and four file descriptors each."""
        return _SLOTS[self][0]

    @property
    def receiver_slots(self) -> int:
        """Attempts of one process at a time to one receiver.

        So many receivers of the lane may take as long as they like, all at once, and none of its others waits:
        one fewer than go into `slots`.
        """
        return _SLOTS[self][1]

    def is_worse_than(self, other: "Lane") -> bool:
        """Whether receivers of this lane hold slots for longer than those of `other`."""
        return _ORDER.index(self) > _ORDER.index(other)


_ORDER = tuple(Lane)
_SLOTS = {Lane.PROMPT: (64, 4), Lane.SLOW: (32, 8), Lane.UNPROVEN: (64, 2)}


class Standings:
    """How each receiver did last, as far as this process knows; any number of threads may ask.

    Only in memory: what a restart forgets costs each receiver one answer to prove anew.

    Args:
        timeout: seconds that a receiver may take.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._lock = threading.Lock()
        self._lanes: OrderedDict[str, Lane] = OrderedDict()

    def note(self, receiver: str, seconds: float) -> Lane:
        """Remember that the last attempt at `receiver` took so long; where that puts it."""
        lane = self._judge(seconds)
        with self._lock:
            self._lanes[receiver] = lane
            self._lanes.move_to_end(receiver)
            if len(self._lanes) > REMEMBERED:
                self._lanes.popitem(last=False)
        return lane

    def lane(self, receiver: str) -> Lane:
        """Where the next attempt at `receiver` shall wait."""
        with self._lock:
            return self._lanes.get(receiver, Lane.UNPROVEN)

    def way_out(self, receiver: str, lane: Lane) -> Lane | None:
        """The lane that an attempt claimed in `lane` must leave it for: its receiver did worse since.

        None when it may stay, also where nothing is known: the lane's own slots then bound the harm.
        """
        with self._lock:
            known = self._lanes.get(receiver)
        return known if known is not None and known.is_worse_than(lane) else None

    def _judge(self, seconds: float) -> Lane:
        if seconds >= self._timeout:
            return Lane.UNPROVEN
        return Lane.PROMPT if seconds < PROMPT_SECONDS else Lane.SLOW
