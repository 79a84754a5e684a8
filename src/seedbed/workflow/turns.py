"""Whose turn it is to draw: the lowest rank's, so that keys alternate."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from seedbed.task import Task

__all__ = ["HandedBack", "Turns"]


class HandedBack(BaseException):
    """The server stops: the task stays as it is and goes on at the next start.

    Not an `Exception`, because DBOS would record that as the workflow's result. What it does not record
    it recovers.
    """


class Turns:
    """Lets one task through at a time: of those that wait here, the one of the lowest rank, and the oldest of those.

    Those that are claimed together come in the order of their claim but read their rows side by side: while one of
    them is still on its way, no later one is let through.
    """

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._coming: set[str] = set()
        self._waiting: list[tuple[int, datetime, str]] = []
        self._is_taken = False
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
    def take(self, task: Task) -> Iterator[None]:
        """Wait for the turn of `task`, and hold it. Raises `HandedBack` once there are no more turns."""
        place = (task.rank, task.created_at, task.task_id)
        with self._change:
            # A list: a task that was taken over and came back may wait here twice for a moment.
            self._waiting.append(place)
            self._coming.discard(task.task_id)
            self._change.notify_all()
            self._change.wait_for(lambda: self._is_over or self._may_take(place))
            self._waiting.remove(place)
            if self._is_over:
                raise HandedBack
            self._is_taken = True
        try:
            yield
        finally:
            with self._change:
                self._is_taken = False
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
        """Wait at most `timeout` seconds until nobody holds the turn; whether nobody does."""
        with self._change:
            return self._change.wait_for(lambda: not self._is_taken, timeout)

    def hand_back(self) -> None:
        """End all waiting."""
        with self._change:
            self._is_closed = self._is_over = True
            self._change.notify_all()

    def _may_take(self, place: tuple[int, datetime, str]) -> bool:
        is_free = not self._is_closed and not self._is_taken and not self._coming
        return is_free and min(self._waiting) == place
