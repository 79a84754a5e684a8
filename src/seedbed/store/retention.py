"""Which tasks ended long ago, and which images nobody's link opens any more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from seedbed.store.images import image_path
from seedbed.store.schema import Database, deliveries, leftovers, tasks
from seedbed.task import TaskStatus

__all__ = ["EndedTask", "RetentionStore"]

ENDED = (TaskStatus.COMPLETED, TaskStatus.FAILED)


@dataclass(frozen=True, slots=True)
class EndedTask:
    """A task that may be forgotten."""

    sequence: int
    """Its place among all tasks ever accepted."""
    task_id: str
    """Its id."""
    finished_at: datetime
    """When it ended, UTC."""


class RetentionStore:
    """Tasks are forgotten first, and their images later: a link that was given out lasts as long as it says."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ended(self, *, after: int, limit: int) -> tuple[EndedTask, ...]:
        """At most `limit` tasks that have ended, in the order they were accepted, from behind the sequence `after`."""
        query = (
            select(tasks.c.sequence, tasks.c.task_id, tasks.c.finished_at)
            .where(tasks.c.status.in_(ENDED), tasks.c.sequence > after)
            .order_by(tasks.c.sequence)
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(EndedTask(*row) for row in connection.execute(query))

    def forget(self, task_ids: Iterable[str], *, images_due: datetime) -> int:
        """Delete those tasks, and note that their images are to go at `images_due`; how many there were."""
        with self._database.begin() as connection:
            wanted = tasks.c.task_id.in_(list(task_ids)), tasks.c.status.in_(ENDED)
            gone = list(connection.scalars(delete(tasks).where(*wanted).returning(tasks.c.task_id)))
            if gone:
                # Whether or not it has one: a task may have failed between storing its image and saying so.
                rows = [{"path": image_path(task_id), "due_at": images_due} for task_id in gone]
                connection.execute(insert(leftovers), rows)
                connection.execute(delete(deliveries).where(deliveries.c.task_id.in_(gone)))
        return len(gone)

    def due(self, now: datetime, *, limit: int) -> tuple[str, ...]:
        """At most `limit` paths of images that are to go."""
        query = select(leftovers.c.path).where(leftovers.c.due_at <= now).order_by(leftovers.c.due_at).limit(limit)
        with self._database.read() as connection:
            return tuple(connection.scalars(query))

    def gone(self, paths: Iterable[str]) -> None:
        """Note that those images are deleted."""
        with self._database.begin() as connection:
            connection.execute(delete(leftovers).where(leftovers.c.path.in_(list(paths))))
