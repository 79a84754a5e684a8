"""News of tasks, within this process and at once: whoever follows a key hears of each step of its tasks.

Only news: what is so stands in the database, and who must know it reads it there. Tasks that another server draws
make no news here.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from seedbed.task import Task

__all__ = ["Follower", "Progress"]


class Follower:
    """One listener, on the event loop that made it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news: dict[str, Task] = {}
        self._is_there = asyncio.Event()

    async def wait(self, timeout: float) -> tuple[Task, ...]:
        """The tasks that changed since the last call, each as it is now; none after `timeout` seconds without any."""
        try:
            async with asyncio.timeout(timeout):
                await self._is_there.wait()
        except TimeoutError:
            return ()
        self._is_there.clear()
        news, self._news = self._news, {}
        return tuple(news.values())

    def tell(self, task: Task | None) -> None:
        """Take news, or only be woken; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._take, task)
        except RuntimeError:
            # The loop is closed: nobody listens any more.
            return

    def _take(self, task: Task | None) -> None:
        if task is not None:
            self._news[task.task_id] = task
        self._is_there.set()


class Progress:
    """Who follows which key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followers: dict[str, set[Follower]] = {}
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether the server stops: who follows shall end, so that it need not wait for him."""
        return self._is_closed

    def tell(self, task: Task) -> None:
        """Tell the followers of the task's key how it now stands; from any thread."""
        with self._lock:
            followers = tuple(self._followers.get(task.key_id, ()))
        for follower in followers:
            follower.tell(task)

    @contextmanager
    def follow(self, key_id: str) -> Iterator[Follower]:
        """Hear of the tasks of a key, on the running event loop."""
        follower = Follower()
        with self._lock:
            self._followers.setdefault(key_id, set()).add(follower)
        try:
            yield follower
        finally:
            with self._lock:
                self._followers[key_id].discard(follower)
                if not self._followers[key_id]:
                    del self._followers[key_id]

    def close(self) -> None:
        """Wake all followers, to end."""
        with self._lock:
            self._is_closed = True
            followers = [follower for each in self._followers.values() for follower in each]
        for follower in followers:
            follower.tell(None)
