"""A runtime of the tests' own, with an engine that does what the test says."""

import atexit
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import text

from seedbed.engine.engine import Finish, ModelIdentity, OnStep, Viewer
from seedbed.engine.noop import NoopEngine
from seedbed.errors import EngineCrashed
from seedbed.request import GenerationRequest
from seedbed.settings import Settings
from seedbed.store.images import ImageStore
from seedbed.store.links import LinkSigner
from seedbed.store.schema import Database, open_database
from seedbed.store.tasks import TaskStore
from seedbed.task import Task, TaskStatus
from seedbed.workflow.generate import ServedEngine
from seedbed.workflow.runtime import Runtime
from tests.backing import backed
from tests.patience import PATIENCE
from tests.store.rows import KEY_ID, new_task

__all__ = ["Act", "Running", "ScriptedEngine", "launched", "running"]

FILE = "seedbed.sqlite"

Act = Callable[[OnStep], None]
"""What the engine does before it draws; raises what the engine shall raise."""


@dataclass
class ScriptedEngine(ServedEngine):
    """Draws like noop, after the act that the prompt names."""

    script: dict[str, Act] = field(default_factory=dict)
    prompts: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    viewers: list[Viewer | None] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    warm: threading.Event = field(default_factory=threading.Event)
    loads: bool = False
    noop: NoopEngine = field(default_factory=lambda: NoopEngine(Settings()))

    @property
    def identity(self) -> ModelIdentity:
        return self.noop.identity

    @property
    def is_ready(self) -> bool:
        return not self.closed.is_set() and (self.warm.is_set() or not self.loads)

    def warm_up(self) -> None:
        """There is nothing to warm."""

    def sketch(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> Finish:
        self.prompts.append(request.prompt)
        self.viewers.append(viewer)
        act = self.script.get(request.prompt)
        if act is not None:
            act(on_step)
        return self.noop.sketch(request, on_step, viewer)

    def sketch_batch(
        self, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer | None] = (), /
    ) -> list[Finish]:
        self.batches.append([request.prompt for request in requests])
        viewers = viewers or [None] * len(requests)
        return [self.sketch(request, on_step, viewer) for request, viewer in zip(requests, viewers, strict=True)]

    def close(self) -> None:
        self.closed.set()

    def hold(self, prompt: str) -> threading.Event:
        """Keep `prompt` from being drawn until the event is set."""
        go = threading.Event()

        def wait(_on_step: OnStep) -> None:
            assert go.wait(PATIENCE)

        self.script[prompt] = wait
        return go

    def hang(self, _on_step: OnStep) -> None:
        """An act: no sign of life until somebody closes the engine."""
        assert self.closed.wait(PATIENCE)
        raise EngineCrashed("closed")


@dataclass
class Running:
    """A launched runtime and all that belongs to it."""

    settings: Settings
    database: Database
    tasks: TaskStore
    images: ImageStore
    engine: ScriptedEngine
    runtime: Runtime

    def post(self, prompt: str = "a cat", **fields: Any) -> Task:
        return self.tasks.create(
            new_task(prompt, **fields),
            idempotency=None,
            queue_limit=self.settings.queue_limit,
            enqueue=self.runtime.enqueue_generation,
        )

    def until(self, task: Task, *statuses: TaskStatus, within: float = PATIENCE) -> Task:
        """Wait until the task has one of `statuses`; fails the test if that does not come."""
        end = time.monotonic() + within
        while (found := self.tasks.get_any(task.task_id)).status not in statuses:
            assert time.monotonic() < end, f"{found} did not become {statuses}"
            time.sleep(0.01)
        return found

    def ended(self, task: Task) -> Task:
        return self.until(task, TaskStatus.COMPLETED, TaskStatus.FAILED)

    def settled(self, task: Task) -> Task:
        """Wait until the task has ended, and until DBOS has recorded that too."""
        ended, until = self.ended(task), time.monotonic() + PATIENCE
        query = "SELECT status FROM workflow_status WHERE workflow_uuid = :id"
        while self.sql(query, id=task.task_id) != [("SUCCESS",)]:
            assert time.monotonic() < until, "DBOS did not record the end"
            time.sleep(0.01)
        return ended

    def begun(self, task: Task) -> Task:
        return self.until(task, TaskStatus.IN_PROGRESS)

    def cancel(self, task: Task) -> Task:
        return self.runtime.cancel(task.task_id, key_id=KEY_ID)

    def sql(self, statement: str, **values: object) -> list[Any]:
        """Rows of a statement in the tables that DBOS keeps beside ours."""
        with self.database.begin() as connection:
            if not self.database.is_sqlite:
                connection.execute(text("SET LOCAL search_path TO public, dbos"))
            result = connection.execute(text(statement), values)
            return list(result) if result.returns_rows else []


@contextmanager
def running(
    folder: Path, engine: ScriptedEngine | None = None, images: ImageStore | None = None, **changes: Any
) -> Iterator[Running]:
    """A launched runtime with its data in `folder`, shut down at the end; one at a time."""
    defaults = {"data_dir": folder, "poll_interval": 0.02, "shutdown_grace": 5.0, **backed(folder)}
    settings = Settings(**{**defaults, **changes})
    if not (folder / FILE).exists() and settings.database_url is None:
        shutil.copy(_used_before(), folder / FILE)
    with launched(settings, engine or ScriptedEngine(), images) as server:
        yield server


@contextmanager
def launched(
    settings: Settings, engine: ScriptedEngine, images: ImageStore | None = None, *, delivers: bool = True
) -> Iterator[Running]:
    """A runtime with these settings, on whatever database they name."""
    database = open_database(settings)
    tasks = TaskStore(database)
    images = images or ImageStore(settings.storage)
    runtime = Runtime(settings, database, tasks, images, engine, LinkSigner(b"secret", 3600), delivers=delivers)
    try:
        runtime.launch()
        yield Running(settings, database, tasks, images, engine, runtime)
    finally:
        runtime.shutdown()
        database.close()


@cache
def _used_before() -> Path:
    """A database that a server has used: DBOS takes a second to see the queues in a fresh one."""
    folder = Path(mkdtemp(prefix="seedbed-"))
    atexit.register(shutil.rmtree, folder)
    with launched(Settings(data_dir=folder), ScriptedEngine()):
        return folder / FILE
