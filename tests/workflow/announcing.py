"""A runtime whose webhooks go to receivers on loopback, and quickly."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbos import DBOS

from seedbed.task import Task
from seedbed.workflow.lanes import Lane
from tests.patience import PATIENCE
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


def outcome(task: Task, status: str, attempt: int, within: float = PATIENCE) -> str:
    """What came of an attempt, in whatever lane it was made, once it is over."""
    until = time.monotonic() + within
    plain = f"msg_{task.task_id}_{status.lower()}.{attempt}"
    ids = [plain, *(f"{plain}.{lane}" for lane in Lane)]
    while True:
        found = DBOS.list_workflows(workflow_ids=ids)
        made = [str(w.output) for w in found if w.status == "SUCCESS" and w.output != "moved"]
        if made:
            return made[0]
        assert time.monotonic() < until, f"{plain}: {[(w.workflow_id, w.status) for w in found]}"
        time.sleep(0.02)
