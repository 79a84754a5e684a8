"""A runtime whose webhooks go to receivers on loopback, and quickly."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbos import DBOS

from seedbed.task import Task
from tests.workflow.running import Running, running

__all__ = ["announcing", "outcome"]


@contextmanager
def announcing(folder: Path, **changes: Any) -> Iterator[Running]:
    """A launched runtime with its data in `folder`."""
    values: dict[str, Any] = {
        "shutdown_grace": 0.2,
        "webhook_allow_private": True,
        "webhook_retry_base": 0.05,
        "webhook_timeout": 5.0,
    }
    with running(folder, **{**values, **changes}) as durable:
        yield durable


def outcome(task: Task, status: str, attempt: int, within: float = 20.0) -> str:
    """What came of an attempt, once it is over."""
    until = time.monotonic() + within
    workflow_id = f"msg_{task.task_id}_{status.lower()}.{attempt}"
    while True:
        found = DBOS.get_workflow_status(workflow_id)
        if found is not None and found.status not in ("PENDING", "ENQUEUED", "DELAYED"):
            return str(found.output)
        assert time.monotonic() < until, f"{workflow_id}: {found and found.status}"
        time.sleep(0.02)
