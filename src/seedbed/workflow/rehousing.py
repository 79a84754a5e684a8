"""Moves what waits for a receiver into the lane that it stands in by now: up when it proves prompt, else down.

A lane is chosen when an attempt is enqueued, and a restart forgets how receivers did: a backlog would then wait in the
worst lane, two at a time, however promptly its receiver answers. DBOS's own `resume_workflow` could move what somebody
claims at that moment, which would be made twice; so this is one statement on its table `workflow_status`, whose columns
DBOS documents, and which moves only what nobody has claimed.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import column, select, table, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.dml import ReturningUpdate

from seedbed.store.schema import Database
from seedbed.workflow.lanes import REMEMBERED, Lane

__all__ = ["Rehousing"]

AT_ONCE: Final = 500
"""Attempts moved by one statement, the oldest first: a long backlog must not hold the database up."""
PAUSE_SECONDS: Final = 1.0
"""After which a receiver that still stands in the same lane is looked after again."""
WAITS = ("ENQUEUED", "DELAYED")

log = structlog.get_logger(__name__)


class Rehousing:
    """Moves waiting attempts between lanes, for any number of threads.

    Args:
        database: holds DBOS's tables.
        clock: seconds that only grow.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._moved: OrderedDict[str, tuple[Lane, float]] = OrderedDict()

    def follow(self, receiver: str, lane: Lane) -> None:
        """Move what waits for `receiver` elsewhere into `lane`, where it stands since its last attempt.

        Does nothing while a look for the same was taken less than `PAUSE_SECONDS` ago. That the database is away is no
        error: the attempts stay where they are, and are made from there.
        """
        if not self._is_due(receiver, lane):
            return
        try:
            with self._database.begin() as connection:
                moved = len(connection.execute(_move(receiver, lane, is_sqlite=self._database.is_sqlite)).all())
        except SQLAlchemyError as error:
            log.warning("webhooks not moved", receiver=receiver, reason=str(error).splitlines()[0])
            return
        if moved:
            log.info("webhooks moved", receiver=receiver, lane=lane, attempts=moved)

    def _is_due(self, receiver: str, lane: Lane) -> bool:
        with self._lock:
            known, at = self._moved.get(receiver, (None, 0.0))
            if known is lane and self._clock() - at < PAUSE_SECONDS:
                return False
            self._moved[receiver] = lane, self._clock()
            self._moved.move_to_end(receiver)
            if len(self._moved) > REMEMBERED:
                self._moved.popitem(last=False)
            return True


def _move(receiver: str, lane: Lane, *, is_sqlite: bool) -> ReturningUpdate[tuple[str]]:
    names = ("workflow_uuid", "status", "queue_name", "queue_partition_key", "created_at")
    # DBOS has a schema of its own where the database knows schemas.
    workflows = table("workflow_status", *map(column, names), schema=None if is_sqlite else "dbos")
    c = workflows.c
    elsewhere = [other.queue for other in Lane if other is not lane]
    waits = (c.queue_partition_key == receiver, c.queue_name.in_(elsewhere), c.status.in_(WAITS))
    # What a claim of another process locks is left to it; SQLite has one writer at a time anyway.
    oldest = (
        select(c.workflow_uuid).where(*waits).order_by(c.created_at).limit(AT_ONCE).with_for_update(skip_locked=True)
    )
    # As a CTE it is evaluated once; as a subquery Postgres may do so for each row, each time with another limit's rows.
    chosen = select(oldest.cte("oldest").c.workflow_uuid)
    # Python's driver for SQLite counts no rows of a statement that begins with a CTE.
    returned = c.workflow_uuid
    return (
        update(workflows).where(c.workflow_uuid.in_(chosen), *waits).values(queue_name=lane.queue).returning(returned)
    )
