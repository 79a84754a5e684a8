"""Telling an event again: dead letters, or what a receiver lost."""

import uuid

from dbos import DBOSClient

from seedbed.errors import ReplayRefused
from seedbed.store.deliveries import DeliveryLog, DeliveryRecord
from seedbed.store.schema import Database
from seedbed.store.tasks import TaskStore
from seedbed.task import Task
from seedbed.workflow.attempt import Attempt, receiver_of
from seedbed.workflow.queues import APPLICATION_VERSION

__all__ = ["replay"]


def replay(
    database: Database, client: DBOSClient, webhook_id: str, *, key_id: str | None = None
) -> tuple[DeliveryRecord, ...]:
    """Enqueue an event again, under its old id, in tries of their own; its attempts so far.

    Args:
        database: holds the tasks, the log and the queues.
        client: puts into the queues.
        webhook_id: the event's.
        key_id: whose it must be; None: anybody's.

    Raises `DeliveryNotFound`, `TaskNotFound`, and `ReplayRefused` when the task has another status by now.
    """
    made = DeliveryLog(database).event(webhook_id, key_id=key_id)
    attempt = _again(TaskStore(database).get_any(made[0].task_id), webhook_id)
    with database.begin() as connection:
        options = {**attempt.options(), "app_version": APPLICATION_VERSION}
        client.enqueue_in_transaction(connection, options, *attempt.arguments)  # type: ignore[arg-type]
    return made


def _again(task: Task, webhook_id: str) -> Attempt:
    if task.webhook_url is None:
        raise ReplayRefused("the task has no receiver")
    attempt = Attempt(task.task_id, task.status, receiver_of(task.webhook_url), replay=f"{uuid.uuid4().hex[:8]}.")
    if attempt.webhook_id != webhook_id:
        raise ReplayRefused(f"the task is {task.status} by now")
    return attempt
