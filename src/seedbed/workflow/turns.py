"""Whose turn it is to draw: the lowest rank's, so that keys alternate; with it go those of its batch.

Who is drawn passes the turn on and stays inside until its picture is finished and stored.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from seedbed.task import Task
from seedbed.workflow.party import Guest, Party

__all__ = ["HandedBack", "Turns"]


STAYING = 2
"""How many turns' worth of tasks may be inside that are drawn already: their pictures are in memory."""


class HandedBack(BaseException):
    """The server stops: the task stays as it is and goes on at the next start.

    Not an `Exception`, because DBOS would record that as the workflow's result. What it does not record
    it recovers.
    """


@dataclass(eq=False, slots=True)
class _Waiting:
    """One task that waits here; compared by itself, for one that was taken over and came back may wait twice."""

    place: tuple[int, datetime, str]
    """The lowest is next."""
    kin: Hashable | None
    """What it shares with those that it may be drawn with."""
    guest: Guest | None = None
    """Its place in a party, once it has the turn."""


def _alone(_task: Task) -> None:
    return None


class Turns:
    """Lets one task through at a time: of those that wait here, the one of the lowest rank, and the oldest of those.

    Those that are claimed together come in the order of their claim but read their rows side by side: while one of
    them is still on its way, no later one is let through.

    Args:
        kin: what those tasks share that may go together; None for one that goes alone.
        limit: how many may go together.
    """

    def __init__(self, kin: Callable[[Task], Hashable | None] = _alone, limit: int = 1) -> None:
        self._kin = kin
        self._limit = limit
        self._change = threading.Condition()
        self._coming: set[str] = set()
        self._waiting: list[_Waiting] = []
        self._inside = 0
        self._drawing: set[Guest] = set()
        self._is_closed = False
        self._is_over = False

    def come(self, task_id: str) -> None:
        """Say that a task is on its way here; `take` ends that, or `go`."""
        with self._change:
            self._coming.add(task_id)

    def go(self, task_id: str) -> None:
        """A task comes no more, whatever became of it."""
        with self._change:
            self._coming.discard(task_id)
            self._change.notify_all()

    @contextmanager
    def take(self, task: Task) -> Iterator[Guest]:
        """Wait for the turn of `task`, and hold it until it is drawn; inside is it for all of the block.

        Raises `HandedBack` once there are no more turns.
        """
        waiting = _Waiting((task.rank, task.created_at, task.task_id), self._kin(task))
        with self._change:
            self._waiting.append(waiting)
            self._coming.discard(task.task_id)
            self._change.notify_all()
            self._change.wait_for(lambda: self._is_over or waiting.guest or self._may_take(waiting))
            guest = waiting.guest or self._let_in(waiting)
        try:
            yield guest
        finally:
            with self._change:
                self._inside -= 1
                self._drawing.discard(guest)
                self._change.notify_all()

    def close(self) -> None:
        """Give no more turns; whoever waits for one goes on waiting, and so keeps others from coming."""
        with self._change:
            self._is_closed = True

    @property
    def is_closed(self) -> bool:
        """Whether there are no more turns."""
        return self._is_closed

    def wait_idle(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds until nobody is inside; whether nobody is."""
        with self._change:
            return self._change.wait_for(lambda: not self._inside, timeout)

    def hand_back(self) -> None:
        """End all waiting."""
        with self._change:
            self._is_closed = self._is_over = True
            self._change.notify_all()

    def _may_take(self, waiting: _Waiting) -> bool:
        has_room = self._inside <= STAYING * self._limit
        is_free = has_room and not self._is_closed and not self._drawing and not self._coming
        return is_free and min(other.place for other in self._waiting) == waiting.place

    def _let_in(self, first: _Waiting) -> Guest:
        """Give `first` the turn, and those that go with it. Raises `HandedBack` when it is all over."""
        if self._is_over:
            self._waiting.remove(first)
            raise HandedBack
        together = [first, *self._company(first)][: self._limit]
        party = Party(len(together))
        guests = [Guest(party, self._pass_on) for _ in together]
        for each, guest in zip(together, guests, strict=True):
            self._waiting.remove(each)
            each.guest = guest
        self._inside += len(together)
        self._drawing.update(guests)
        self._change.notify_all()
        return guests[0]

    def _pass_on(self, guest: Guest) -> None:
        with self._change:
            self._drawing.discard(guest)
            self._change.notify_all()

    def _company(self, first: _Waiting) -> list[_Waiting]:
        if first.kin is None:
            return []
        kin = [other for other in self._waiting if other is not first and other.kin == first.kin]
        return sorted(kin, key=lambda other: other.place)
