"""The log of webhooks: every attempt that was made, for as long as its task is kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select

from seedbed.errors import DeliveryNotFound
from seedbed.store.schema import Database, deliveries

__all__ = ["DeliveryLog", "DeliveryOutcome", "DeliveryRecord"]


class DeliveryOutcome(StrEnum):
    """What came of an attempt."""

    DELIVERED = "delivered"
    """The receiver answered 2xx."""
    FAILED = "failed"
    """It did not; another attempt follows."""
    GIVEN_UP = "given up"
    """It did not, and no attempt follows: a dead letter, until somebody replays it."""


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One attempt that was made."""

    webhook_id: str
    """The event's id: the same for all its attempts, and for its replays."""
    task_id: str
    """The task it tells of."""
    key_id: str
    """The key that the task belongs to."""
    number: int
    """Which try it was, from 1; a replay begins at 1 anew."""
    made_at: datetime
    """When it began, UTC."""
    seconds: float
    """What the receiver took."""
    outcome: DeliveryOutcome
    """What came of it."""
    detail: str
    """The receiver's status, or why it did not take it."""
    next_at: datetime | None = None
    """When the next attempt is due, UTC."""
    sequence: int = 0
    """Its place in the log; 0 until it is in there."""


class DeliveryLog:
    """The attempts in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, record: DeliveryRecord) -> None:
        """Add an attempt."""
        values = {name: getattr(record, name) for name in record.__slots__ if name != "sequence"}
        with self._database.begin() as connection:
            connection.execute(insert(deliveries).values(values))

    def page(
        self,
        *,
        key_id: str | None = None,
        task_id: str | None = None,
        outcome: DeliveryOutcome | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[DeliveryRecord, ...]:
        """At most `limit` attempts, newest first, of those that have all that is not None; from behind `before`."""
        columns = deliveries.c
        given = ((columns.key_id, key_id), (columns.task_id, task_id), (columns.outcome, outcome))
        wanted: list[ColumnElement[bool]] = [column == value for column, value in given if value is not None]
        if before is not None:
            wanted.append(columns.sequence < before)
        return self._records(*wanted, limit=limit)

    def event(self, webhook_id: str, *, key_id: str | None = None) -> tuple[DeliveryRecord, ...]:
        """All attempts at an event, newest first. Raises `DeliveryNotFound`, also when it is another key's."""
        ours = [] if key_id is None else [deliveries.c.key_id == key_id]
        found = self._records(deliveries.c.webhook_id == webhook_id, *ours)
        if not found:
            raise DeliveryNotFound("Delivery not found")
        return found

    def _records(self, *wanted: ColumnElement[bool], limit: int | None = None) -> tuple[DeliveryRecord, ...]:
        query = select(deliveries).where(*wanted).order_by(deliveries.c.sequence.desc()).limit(limit)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))


def _record(row: Row[Any]) -> DeliveryRecord:
    values = {name: getattr(row, name) for name in DeliveryRecord.__slots__}
    return DeliveryRecord(**{**values, "outcome": DeliveryOutcome(row.outcome)})
