"""A server's durable half in the test's own process, with an engine that waits to be told."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dbos import DBOS

from seedbed.engine.engine import DrawnImage, ModelIdentity, OnStep
from seedbed.request import GenerationRequest, PixelSize
from seedbed.settings import Settings
from seedbed.store.images import ImageStore
from seedbed.store.links import LinkSigner
from seedbed.store.schema import open_database
from seedbed.store.secrets import SecretStore
from seedbed.store.tasks import TaskStore
from seedbed.task import Task, TaskStatus
from seedbed.workflow.deliver import signing_secrets
from seedbed.workflow.runtime import Runtime

__all__ = ["Announcing", "GatedEngine", "announcing"]


@dataclass
class GatedEngine:
    """Draws at once while its gate is open, and waits while it is shut."""

    gate: threading.Event = field(default_factory=threading.Event)
    identity: ModelIdentity = field(default_factory=lambda: ModelIdentity("gated", "0" * 64))

    def warm_up(self) -> None:
        """Nothing to warm."""

    def draw(self, request: GenerationRequest, on_step: OnStep) -> DrawnImage:
        while not self.gate.wait(0.02):
            on_step(1, 2)
        on_step(2, 2)
        return DrawnImage(b"\xff\xd8\xff\xd9", PixelSize(1, 1), self.identity)

    def close(self) -> None:
        self.gate.set()


@dataclass(frozen=True)
class Announcing:
    """A launched runtime and what it works on."""

    settings: Settings
    tasks: TaskStore
    runtime: Runtime
    links: LinkSigner
    engine: GatedEngine
    secrets: tuple[str, ...]

    def submit(self, url: str | None) -> Task:
        task = Task(
            task_id=str(uuid.uuid4()),
            key_id="key",
            request=GenerationRequest("a cat").with_seed(),
            status=TaskStatus.CREATED,
            created_at=datetime.now(UTC),
            webhook_url=url,
        )
        enqueue = self.runtime.enqueue_generation
        return self.tasks.create(task, idempotency=None, queue_limit=1000, enqueue=enqueue)

    def ended(self, task: Task, within: float = 20.0) -> Task:
        until = time.monotonic() + within
        while not (found := self.tasks.get_any(task.task_id)).status.is_terminal:
            assert time.monotonic() < until, f"still {found.status}"
            time.sleep(0.02)
        return found

    def outcome(self, task: Task, status: str, attempt: int, within: float = 20.0) -> str:
        """What came of an attempt, once it is over."""
        until = time.monotonic() + within
        workflow_id = f"msg_{task.task_id}_{status.lower()}.{attempt}"
        while True:
            found = DBOS.get_workflow_status(workflow_id)
            if found is not None and found.status not in ("PENDING", "ENQUEUED", "DELAYED"):
                return str(found.output)
            assert time.monotonic() < until, f"{workflow_id}: {found and found.status}"
            time.sleep(0.02)


@contextmanager
def announcing(folder: Path, *, gate: bool = True, **changes: Any) -> Iterator[Announcing]:
    """A launched runtime with its data in `folder`; `gate` says whether its engine draws at once."""
    values: dict[str, Any] = {
        "data_dir": folder,
        "poll_interval": 0.02,
        "shutdown_grace": 0.2,
        "webhook_allow_private": True,
        "webhook_retry_base": 0.05,
        "webhook_timeout": 5.0,
    }
    settings = Settings(**{**values, **changes})
    database = open_database(settings)
    tasks, engine = TaskStore(database), GatedEngine()
    if gate:
        engine.gate.set()
    links = LinkSigner(SecretStore(database).get("links"), settings.url_ttl)
    runtime = Runtime(settings, database, tasks, ImageStore(settings.storage), engine, links)
    secrets = signing_secrets(settings, SecretStore(database))
    runtime.launch()
    try:
        yield Announcing(settings, tasks, runtime, links, engine, secrets)
    finally:
        runtime.shutdown()
        database.close()
