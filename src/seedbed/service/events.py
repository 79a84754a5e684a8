"""How tasks go on, as it happens: server-sent events, one for each change and each step."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from seedbed.errors import TaskNotFound
from seedbed.service.auth import Caller
from seedbed.service.details import detail
from seedbed.service.openapi import documented
from seedbed.service.parts import BaseUrl, Parts, TheParts
from seedbed.service.routes import TaskId
from seedbed.task import Task, TaskStatus
from seedbed.workflow.progress import Follower

__all__ = ["Watch", "router"]

LOOK_SECONDS = 1.0
"""How often the database is asked: for the places in the queue, and for what other servers draw."""
ALIVE_SECONDS = 15.0
"""A comment is sent so often when nothing happens, so that no proxy takes the stream for dead."""
MAX_TASKS = 200
"""Live tasks of one key that are followed at a time, oldest first."""
MAX_UNSEEN = 50
"""The newest tasks of a key, among which we look for those that came and ended elsewhere between two looks."""
HEADERS = {"x-accel-buffering": "no"}
"""Asks nginx not to collect events before it passes them on."""

_RANK = {TaskStatus.CREATED: 0, TaskStatus.IN_PROGRESS: 1, TaskStatus.COMPLETED: 2, TaskStatus.FAILED: 2}

Previews = Annotated[
    bool, Query(description="Also show how pictures come along that this server draws: as `preview` events.")
]

router = APIRouter(prefix="/v1/seedbed", tags=["Playground"])


@router.get("/events", response_class=StreamingResponse, **documented("events"))
async def events(
    parts: TheParts,
    key: Caller,
    base: BaseUrl,
    once: Annotated[bool, Query(description="End when none of the key's tasks is live any more.")] = False,
    previews: Previews = False,
) -> StreamingResponse:
    """Every change of every task of the key, from now on, after the present state of its live tasks."""
    watch = Watch(parts, key.key_id, previews=previews)
    return _stream(_texts(watch, base, until_idle=once))


@router.get("/tasks/{task_id}/events", response_class=StreamingResponse, **documented("task_events"))
async def task_events(
    parts: TheParts, key: Caller, task_id: TaskId, base: BaseUrl, previews: Previews = False
) -> StreamingResponse:
    """Every change of one task, until it has ended."""
    watch = Watch(parts, key.key_id, only=task_id, previews=previews)
    # Before the answer begins: a task that there is not is a 404.
    await watch.look()
    return _stream(_texts(watch, base, until_idle=True))


class _Told(NamedTuple):
    """What was last told of a task."""

    state: tuple[int, int, int]
    """Rank of its status, attempts and step: these only grow."""
    place: int | None
    cancel_requested: bool


class Watch:
    """What changes of a key's tasks, or of one of them.

    Args:
        parts: the service's.
        key_id: whose tasks.
        only: the id of the one task to watch; None watches all.
        previews: whether to see how pictures come along, too.
    """

    def __init__(self, parts: Parts, key_id: str, only: str | None = None, *, previews: bool = False) -> None:
        self.parts = parts
        self._key_id = key_id
        self._only = only
        self._looks_on = previews
        self.previews: dict[str, bytes] = {}
        """The previews that came with the last changes, small JPEGs, each by its task's id."""
        self._told: dict[str, _Told] = {}
        """Of each task that has not ended, what was last told."""
        self._newest: set[str] | None = None
        """The newest tasks at the last look; None before the first."""
        self._ends: set[str] = set()
        """The tasks whose end was told since the last look but one."""
        self._next_look = 0.0
        """When the database is asked again, by the event loop's clock."""

    @property
    def is_idle(self) -> bool:
        """Whether all that was told of has ended."""
        return not self._told

    async def changes(self, *, until_idle: bool) -> AsyncIterator[list[tuple[Task, int | None]]]:
        """What is new, each task with its place if it waits; now and then an empty list."""
        with self.parts.runtime.progress.follow(self._key_id, looks_on=self._looks_on) as follower:
            yield await self._looked()
            while not (self.parts.runtime.progress.is_closed or (until_idle and self.is_idle)):
                yield await self._next(follower)

    async def look(self) -> list[tuple[Task, int | None]]:
        """How the tasks stand in the database: those that live, and those that did when last told of.

        Raises `TaskNotFound` for the one task that is watched.
        """
        return await run_in_threadpool(self._look)

    async def _next(self, follower: Follower) -> list[tuple[Task, int | None]]:
        news, shown = await follower.wait(max(0.0, self._next_look - _now())), follower.take_previews()
        # None behind its task's end, which a look may have told first.
        wanted = shown.keys() - self._ends if self._only is None else shown.keys() & {self._only}
        self.previews = {task_id: shown[task_id] for task_id in wanted}
        told = self._new([(task, None) for task in news if self._only in (None, task.task_id)])
        # However much news there is: it tells of no place, and of nothing that others draw.
        return told if _now() < self._next_look else [*told, *await self._looked()]

    async def _looked(self) -> list[tuple[Task, int | None]]:
        found = self._new(await self.look())
        self._next_look = _now() + LOOK_SECONDS
        return found

    def _look(self) -> list[tuple[Task, int | None]]:
        tasks = self.parts.tasks
        if self._only is not None:
            task = tasks.get(self._only, key_id=self._key_id)
            return [(task, tasks.queue_position(task))]
        live: list[tuple[Task, int | None]] = [*tasks.live(key_id=self._key_id, limit=MAX_TASKS)]
        ended = self._told.keys() - {task.task_id for task, _ in live}
        found = [*live, *((tasks.get(task_id, key_id=self._key_id), None) for task_id in ended)]
        return [*found, *((task, None) for task in self._unseen({task.task_id for task, _ in found}))]

    def _unseen(self, found: set[str]) -> list[Task]:
        """What came and ended since the last look, drawn by another server: nothing else tells of it."""
        newest = self.parts.tasks.page(key_id=self._key_id, limit=MAX_UNSEEN).tasks
        known, told = self._newest, self._ends
        self._newest, self._ends = {task.task_id for task in newest}, set()
        if known is None:
            return []
        return [t for t in newest if t.status.is_terminal and t.task_id not in known | told | found]

    def _new(self, found: list[tuple[Task, int | None]]) -> list[tuple[Task, int | None]]:
        return [(task, place) for task, place in found if self._is_new(task, place)]

    def _is_new(self, task: Task, place: int | None) -> bool:
        """Whether this was not told yet; the database may lag behind what the engine's steps told."""
        waits = task.status is TaskStatus.CREATED
        state = (_RANK[task.status], task.attempts, task.step)
        before = self._told.get(task.task_id)
        if task.task_id in self._ends:
            return False
        if before is not None and (state < before.state or (waits and place is None)):
            return False
        told = _Told(state, place if waits else None, task.cancel_requested)
        if task.status.is_terminal:
            self._told.pop(task.task_id, None)
            self._ends.add(task.task_id)
        else:
            self._told[task.task_id] = told
        return told != before


async def _texts(watch: Watch, base: str, *, until_idle: bool) -> AsyncIterator[str]:
    """The stream itself."""
    spoke = _now()
    yield "retry: 1000\n\n"
    try:
        async for changes in watch.changes(until_idle=until_idle):
            # Before the changes: none comes behind its task's end.
            for task_id, jpeg in watch.previews.items():
                yield f"event: preview\ndata: {_preview(task_id, jpeg)}\n\n"
            for task, place in changes:
                yield f"event: task\ndata: {detail(task, watch.parts, base, place).model_dump_json()}\n\n"
                spoke = _now()
            if _now() - spoke > ALIVE_SECONDS:
                yield ": alive\n\n"
                spoke = _now()
    except TaskNotFound:
        # A task may be deleted under who watches it; then there is nothing more to tell.
        return


def _now() -> float:
    return asyncio.get_running_loop().time()


def _preview(task_id: str, jpeg: bytes) -> str:
    return json.dumps({"task_id": task_id, "image": f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"})


def _stream(texts: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(texts, media_type="text/event-stream", headers=HEADERS)
