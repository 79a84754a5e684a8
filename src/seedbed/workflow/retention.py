"""Forgets tasks that ended long ago, and their images, and nothing that is still promised.

A task stays while a webhook of it is under way. Its image stays until the last link that could have been given out
has expired. What has not ended stays in any case.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import structlog
from dbos import DBOS, WorkflowStatusString

from seedbed.errors import StorageError
from seedbed.settings import Settings
from seedbed.store.images import ImageStore
from seedbed.store.retention import RetentionStore
from seedbed.store.schema import Database
from seedbed.workflow.attempt import id_prefix

__all__ = ["Retention"]

BATCH = 200
UNDER_WAY = [
    WorkflowStatusString.ENQUEUED.value,
    WorkflowStatusString.DELAYED.value,
    WorkflowStatusString.PENDING.value,
]

log = structlog.get_logger(__name__)


class Retention:
    """The cleaner; without `SEEDBED_RETENTION` it only removes the images of tasks that are forgotten already.

    Args:
        settings: how long tasks are kept, and how long links last.
        database: holds the tasks.
        images: holds the images.
    """

    def __init__(self, settings: Settings, database: Database, images: ImageStore) -> None:
        self._kept = None if settings.retention is None else timedelta(seconds=settings.retention)
        self._link = timedelta(seconds=settings.url_ttl)
        self._store = RetentionStore(database)
        self._images = images

    def sweep(self, now: datetime | None = None) -> None:
        """Forget what is old enough at `now`."""
        now = now or datetime.now(UTC)
        if self._kept is not None:
            self._forget_tasks(now, now - self._kept)
        self._delete_images(now)

    def _forget_tasks(self, now: datetime, before: datetime) -> None:
        after = 0
        while batch := self._store.ended(after=after, limit=BATCH):
            after = batch[-1].sequence
            old = [task.task_id for task in batch if task.finished_at < before]
            announced = _announced(old)
            free = [task_id for task_id in old if task_id not in announced]
            # A link may have been given out just now, and lasts its whole time.
            forgotten = self._store.forget(free, images_due=now + self._link) if free else 0
            if forgotten:
                log.info("tasks forgotten", tasks=forgotten)
            if not old:
                # What was accepted later ended later, but for a few, which a later sweep finds.
                return

    def _delete_images(self, now: datetime) -> None:
        while paths := self._store.due(now, limit=BATCH):
            try:
                for path in paths:
                    self._images.delete(path)
            except StorageError as error:
                # Deleting twice is deleting once: the next sweep begins where this one did.
                log.warning("images not deleted", reason=str(error))
                return
            self._store.gone(paths)


def _announced(task_ids: Collection[str]) -> set[str]:
    """Those of the tasks that a webhook under way still tells of."""
    prefixes = {id_prefix(task_id): task_id for task_id in task_ids}
    if not prefixes:
        return set()
    found = DBOS.list_workflows(
        workflow_id_prefix=list(prefixes), status=UNDER_WAY, load_input=False, load_output=False
    )
    return {task_id for prefix, task_id in prefixes.items() if any(w.workflow_id.startswith(prefix) for w in found)}
