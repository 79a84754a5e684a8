"""News of tasks, within this process and at once: whoever follows a key hears of each step of its tasks.

Only news: what is so stands in the database, and who must know it reads it there. Tasks that another server draws
make no news here. Previews are kept nowhere else, and only until the next one or until they are read.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from seedbed.task import Task

__all__ = ["Follower", "Progress", "TaskViewer"]


class Follower:
    """One listener, on the event loop that made it.

    Args:
        looks_on: whether it also wants to see previews.
    """

    def __init__(self, *, looks_on: bool = False) -> None:
        self.looks_on = looks_on
        self._previews: dict[str, bytes] = {}
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

    def take_previews(self) -> dict[str, bytes]:
        """The newest preview of each task that has had one since the last call, a small JPEG, by the task's id."""
        previews, self._previews = self._previews, {}
        return previews

    def tell(self, task: Task | None) -> None:
        """Take news, or only be woken; from any thread."""
        self._soon(lambda: task and self._news.update({task.task_id: task}))

    def show(self, task_id: str, jpeg: bytes) -> None:
        """Take a preview; from any thread."""
        self._soon(lambda: self._previews.update({task_id: jpeg}))

    def _soon(self, take: Callable[[], object]) -> None:
        def take_and_wake() -> None:
            take()
            self._is_there.set()

        # With its loop closed nobody listens any more.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(take_and_wake)


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
        for follower in self._of(task.key_id):
            follower.tell(task)

    def viewer(self, task: Task) -> "TaskViewer":
        """All who look on while `task` is drawn, as the engine knows them."""
        return TaskViewer(self, task)

    def onlookers(self, key_id: str) -> list[Follower]:
        """The followers of a key that want to see previews; from any thread."""
        return [follower for follower in self._of(key_id) if follower.looks_on]

    def _of(self, key_id: str) -> tuple[Follower, ...]:
        with self._lock:
            return tuple(self._followers.get(key_id, ()))

    @contextmanager
    def follow(self, key_id: str, *, looks_on: bool = False) -> Iterator[Follower]:
        """Hear of the tasks of a key, on the running event loop.

        Args:
            key_id: whose tasks.
            looks_on: whether to see previews of them, too.
        """
        follower = Follower(looks_on=looks_on)
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


@dataclass(frozen=True, slots=True)
class TaskViewer:
    """Whoever looks on while a task is drawn: an engine's `Viewer`."""

    progress: Progress
    """Who follows whom."""
    task: Task
    """What is drawn."""

    @property
    def is_looking(self) -> bool:
        """Whether any follower of the task's key wants to see previews."""
        return bool(self.progress.onlookers(self.task.key_id))

    def show(self, jpeg: bytes) -> None:
        """Show a preview to all of them."""
        for follower in self.progress.onlookers(self.task.key_id):
            follower.show(self.task.task_id, jpeg)
