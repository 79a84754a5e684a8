"""The tasks: what the API answers about them, and the only ways their rows change."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update

from seedbed.errors import (
    AttemptsExhausted,
    GenerationCancelled,
    IdempotencyConflict,
    InvalidParam,
    InvalidRequest,
    KeyBusy,
    QueueFull,
    TaskNotFound,
)
from seedbed.request import AspectRatio, GenerationRequest, PixelSize
from seedbed.store.idempotency import IdempotencyKey
from seedbed.store.schema import Database, tasks
from seedbed.task import NO_REMARKS, Remarks, StoredImage, Task, TaskStatus, check_transition

__all__ = ["Announce", "Enqueue", "Queue", "TaskPage", "TaskStore", "silently"]

DEFAULT_PAGE = 50
CREATE_LOCK = 0x5EED_BED2
KEY_PAUSE = 1
"""Seconds after which a key that has as many tasks as it may is worth another try."""
LIVE = (TaskStatus.CREATED, TaskStatus.IN_PROGRESS)

Enqueue = Callable[[Connection, Task], None]
"""Hands a new task to whatever draws it, in the transaction that stores it."""

Announce = Callable[[Connection, Task], None]
"""Tells of a task's new status, in the transaction that changes it."""


def silently(_connection: Connection, _task: Task) -> None:
    """The `Announce` that tells nobody."""


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some tasks of a list, newest first."""

    tasks: tuple[Task, ...]
    """The tasks of this page."""
    next_cursor: str | None
    """Where the next page starts; None on the last."""


@dataclass(frozen=True, slots=True)
class Queue:
    """How the tasks of all keys stand together."""

    waiting: int
    """Tasks that are CREATED."""
    oldest: datetime | None
    """When the oldest of them was accepted, UTC."""
    drawn: int
    """Tasks that are IN_PROGRESS."""


class TaskStore:
    """The tasks in the database. Each change of status is one transaction, its announcement included."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        task: Task,
        *,
        idempotency: IdempotencyKey | None,
        queue_limit: int,
        enqueue: Enqueue,
        key_limit: int | None = None,
    ) -> Task:
        """Store `task` with its rank and enqueue it, both or neither; an equal earlier request's comes back instead.

        Raises `IdempotencyConflict` when the key was used with another body, `QueueFull` when `queue_limit` tasks wait
        already, and `KeyBusy` when `key_limit` of the key's wait or are drawn.
        """
        with self._database.begin() as connection:
            # Two that count at once would both find the last place free.
            self._database.serialize(connection, CREATE_LOCK)
            earlier = _earlier(connection, task.key_id, idempotency)
            if earlier is not None:
                return earlier
            waiting, rank = _place(connection, task.key_id)
            if waiting >= queue_limit:
                raise QueueFull(f"{queue_limit} tasks wait already")
            under_way = (tasks.c.key_id == task.key_id, tasks.c.status.in_(LIVE))
            if key_limit is not None and _count(connection, *under_way) >= key_limit:
                raise KeyBusy(KEY_PAUSE)
            task = replace(task, rank=rank)
            connection.execute(insert(tasks).values(_values(task, idempotency)))
            enqueue(connection, task)
        return task

    def get(self, task_id: str, *, key_id: str | None) -> Task:
        """A task of that API key; None: of any. Raises `TaskNotFound`, also when it is another key's."""
        return self._one(tasks.c.task_id == task_id, *_owned(key_id))

    def get_any(self, task_id: str) -> Task:
        """A task of whatever key, for its workflow. Raises `TaskNotFound`."""
        return self._one(tasks.c.task_id == task_id)

    def page(
        self,
        *,
        key_id: str | None,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
        status: TaskStatus | None = None,
    ) -> TaskPage:
        """At most `limit` tasks of a key, or of all, newest first, from where `cursor` left off.

        Raises `InvalidRequest` when the cursor is none that this list gave out.
        """
        wanted = _owned(key_id)
        if status is not None:
            wanted.append(tasks.c.status == status)
        with self._database.read() as connection:
            if cursor is not None:
                wanted.append(tasks.c.sequence < _position(connection, key_id, cursor))
            query = select(tasks).where(*wanted).order_by(tasks.c.sequence.desc()).limit(limit + 1)
            found = [_task(row) for row in connection.execute(query)]
        page = tuple(found[:limit])
        return TaskPage(page, page[-1].task_id if len(found) > limit else None)

    def queue_position(self, task: Task) -> int | None:
        """How many tasks, waiting or being drawn, come before `task`; None once it has begun."""
        if task.status is not TaskStatus.CREATED:
            return None
        own = select(tasks.c.sequence).where(tasks.c.task_id == task.task_id).scalar_subquery()
        waits = tasks.c.status == TaskStatus.CREATED
        earlier = or_(tasks.c.rank < task.rank, and_(tasks.c.rank == task.rank, tasks.c.sequence < own))
        with self._database.read() as connection:
            if not _count(connection, tasks.c.task_id == task.task_id, waits):
                return None
            return _count(connection, or_(and_(waits, earlier), tasks.c.status == TaskStatus.IN_PROGRESS))

    def queue(self) -> Queue:
        """How the tasks of all keys stand together."""
        waiting = tasks.c.status == TaskStatus.CREATED
        oldest = select(tasks.c.created_at).where(waiting).order_by(tasks.c.sequence).limit(1)
        with self._database.read() as connection:
            return Queue(
                _count(connection, waiting),
                connection.scalar(oldest),
                _count(connection, tasks.c.status == TaskStatus.IN_PROGRESS),
            )

    def live(self, *, key_id: str, limit: int) -> tuple[tuple[Task, int], ...]:
        """The oldest of a key's tasks that have not ended, at most `limit`, each with the number of tasks before it."""
        query = select(tasks).where(tasks.c.status.in_(LIVE), tasks.c.key_id == key_id)
        with self._database.read() as connection:
            order = select(tasks.c.sequence).where(tasks.c.status.in_(LIVE)).order_by(tasks.c.rank, tasks.c.sequence)
            places = {sequence: place for place, sequence in enumerate(connection.scalars(order))}
            rows = connection.execute(query.order_by(tasks.c.sequence).limit(limit)).all()
        # Two looks: what was accepted between them stands behind all that the first saw.
        return tuple((_task(row), places.get(row.sequence, len(places))) for row in rows)

    def unfinished(self) -> tuple[Task, ...]:
        """Every task that is neither COMPLETED nor FAILED, oldest first."""
        query = select(tasks).where(tasks.c.status.in_(LIVE)).order_by(tasks.c.sequence)
        with self._database.read() as connection:
            return tuple(_task(row) for row in connection.execute(query))

    def begin(self, task_id: str, *, max_attempts: int, announce: Announce) -> Task:
        """Count one more attempt at a task and make it IN_PROGRESS, which is announced the first time.

        Raises `IllegalTransition` when it has ended, `GenerationCancelled` when it shall not go on, and
        `AttemptsExhausted` when it was tried `max_attempts` times.
        """
        with self._database.begin() as connection:
            row = _locked(connection, task_id)
            check_transition(TaskStatus(row.status), TaskStatus.IN_PROGRESS)
            if row.cancel_requested:
                raise GenerationCancelled("cancelled by its owner")
            if row.attempts >= max_attempts:
                last = row.last_failure or "the server stopped while it was drawn"
                raise AttemptsExhausted(f"given up after {row.attempts} attempts: {last}")
            task = _change(
                connection,
                row,
                status=TaskStatus.IN_PROGRESS,
                attempts=row.attempts + 1,
                started_at=row.started_at or datetime.now(UTC),
                step=0,
            )
            if row.status == TaskStatus.CREATED:
                announce(connection, task)
        return task

    def progress(self, task_id: str, step: int, num_inference_steps: int) -> bool:
        """Note the network steps done, and answer whether the task may go on: nobody cancelled it."""
        change = (
            update(tasks)
            .where(tasks.c.task_id == task_id, tasks.c.status == TaskStatus.IN_PROGRESS)
            .values(step=step, num_inference_steps=num_inference_steps)
            .returning(tasks.c.cancel_requested)
        )
        with self._database.begin() as connection:
            return connection.execute(change).scalar_one_or_none() is False

    def note_failure(self, task_id: str, reason: str) -> None:
        """Remember why an attempt failed, for a task that is tried again."""
        with self._database.begin() as connection:
            _change(connection, _locked(connection, task_id), last_failure=reason)

    def hand_back(self, task_id: str) -> None:
        """Take an attempt back: the server stops, which is not the task's fault."""
        with self._database.begin() as connection:
            row = _locked(connection, task_id)
            _change(connection, row, attempts=max(0, row.attempts - 1))

    def complete(self, task_id: str, image: StoredImage, *, announce: Announce) -> Task:
        """Make a task COMPLETED with `image`; done before, it changes nothing and announces nothing."""
        return self._finish(
            task_id,
            TaskStatus.COMPLETED,
            announce,
            step=tasks.c.num_inference_steps,
            image_path=image.path,
            image_width=image.size.width,
            image_height=image.size.height,
            model=image.model,
            model_digest=image.model_digest,
            ignored_words=list(image.ignored_words),
            corrections=list(image.corrections),
            remarks=asdict(image.remarks) if image.remarks != NO_REMARKS else None,
        )

    def fail(self, task_id: str, reason: str, *, announce: Announce) -> Task:
        """Make a task FAILED for `reason`; done before, it changes nothing and announces nothing."""
        return self._finish(task_id, TaskStatus.FAILED, announce, error=reason)

    def request_cancel(self, task_id: str, *, key_id: str | None, announce: Announce) -> Task:
        """Stop a task: one that waits is FAILED at once, one that is drawn fails between two steps.

        A task that has ended stays as it is. Raises `TaskNotFound`.
        """
        with self._database.begin() as connection:
            row = _locked(connection, task_id, key_id=key_id)
            if row.status == TaskStatus.IN_PROGRESS:
                return _change(connection, row, cancel_requested=True)
            if row.status != TaskStatus.CREATED:
                return _task(row)
            task = _change(
                connection,
                row,
                status=TaskStatus.FAILED,
                cancel_requested=True,
                finished_at=datetime.now(UTC),
                error="cancelled by its owner",
            )
            announce(connection, task)
        return task

    def _one(self, *conditions: ColumnElement[bool]) -> Task:
        with self._database.read() as connection:
            row = connection.execute(select(tasks).where(*conditions)).first()
        if row is None:
            raise TaskNotFound("Task not found")
        return _task(row)

    def _finish(self, task_id: str, status: TaskStatus, announce: Announce, **values: Any) -> Task:
        with self._database.begin() as connection:
            row = _locked(connection, task_id)
            if row.status == status:
                return _task(row)
            check_transition(TaskStatus(row.status), status)
            task = _change(connection, row, status=status, finished_at=datetime.now(UTC), **values)
            announce(connection, task)
        return task


def _owned(key_id: str | None) -> list[ColumnElement[bool]]:
    return [] if key_id is None else [tasks.c.key_id == key_id]


def _locked(connection: Connection, task_id: str, *, key_id: str | None = None) -> Row[Any]:
    """A task's row, which no other transaction changes before this one ends."""
    row = connection.execute(select(tasks).where(tasks.c.task_id == task_id, *_owned(key_id)).with_for_update()).first()
    if row is None:
        raise TaskNotFound("Task not found")
    return row


def _change(connection: Connection, row: Row[Any], **values: Any) -> Task:
    change = update(tasks).where(tasks.c.sequence == row.sequence).values(**values).returning(tasks)
    return _task(connection.execute(change).one())


def _place(connection: Connection, key_id: str) -> tuple[int, int]:
    """How many tasks wait, and the rank that the next one of a key gets: fair queueing from the start of service.

    It stands behind all that the key has waiting, and not before the head of the queue: so keys alternate whatever
    each has waiting, and who was idle has saved nothing up.
    """
    own = func.max(tasks.c.rank).filter(tasks.c.key_id == key_id)
    query = select(func.count(), func.min(tasks.c.rank), own).where(tasks.c.status == TaskStatus.CREATED)
    waiting, head, last = connection.execute(query).one()
    return waiting, max(head or 1, (last or 0) + 1)


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(tasks).where(*conditions)).scalar_one()


def _earlier(connection: Connection, key_id: str, idempotency: IdempotencyKey | None) -> Task | None:
    if idempotency is None:
        return None
    query = select(tasks).where(tasks.c.key_id == key_id, tasks.c.idempotency_key == idempotency.key)
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.idempotency_body != idempotency.body_digest:
        raise IdempotencyConflict("the Idempotency-Key was used before with another body")
    return _task(row)


def _position(connection: Connection, key_id: str | None, cursor: str) -> int:
    # The cursor is the last task's own id: a number would tell how many tasks others have.
    query = select(tasks.c.sequence).where(tasks.c.task_id == cursor, *_owned(key_id))
    sequence: int | None = connection.execute(query).scalar_one_or_none()
    if sequence is None:
        raise InvalidRequest(InvalidParam("cursor", "is none that this list gave out", "query"))
    return sequence


def _values(task: Task, idempotency: IdempotencyKey | None) -> dict[str, Any]:
    return {
        "task_id": task.task_id,
        "key_id": task.key_id,
        "status": task.status,
        "prompt": task.request.prompt,
        "aspect_ratio": task.request.aspect_ratio,
        "guidance_scale": task.request.guidance_scale,
        "seed": task.request.seed,
        "model_alias": task.request.model or None,
        "webhook_url": task.webhook_url,
        "created_at": task.created_at,
        "rank": task.rank,
        "idempotency_key": idempotency.key if idempotency else None,
        "idempotency_body": idempotency.body_digest if idempotency else None,
    }


def _task(row: Row[Any]) -> Task:
    return Task(
        task_id=row.task_id,
        key_id=row.key_id,
        request=_request(row),
        status=TaskStatus(row.status),
        created_at=row.created_at,
        rank=row.rank,
        webhook_url=row.webhook_url,
        started_at=row.started_at,
        finished_at=row.finished_at,
        step=row.step,
        num_inference_steps=row.num_inference_steps,
        attempts=row.attempts,
        cancel_requested=row.cancel_requested,
        image=_image(row),
        error=row.error,
    )


def _request(row: Row[Any]) -> GenerationRequest:
    ratio = AspectRatio(row.aspect_ratio)
    return GenerationRequest(row.prompt, ratio, row.guidance_scale, int(row.seed), row.model_alias or "")


def _image(row: Row[Any]) -> StoredImage | None:
    if row.image_path is None:
        return None
    return StoredImage(
        path=row.image_path,
        size=PixelSize(row.image_width, row.image_height),
        model=row.model,
        model_digest=row.model_digest,
        ignored_words=tuple(row.ignored_words),
        corrections=tuple((written, read_as) for written, read_as in row.corrections or ()),
        remarks=Remarks.of(row.remarks),
    )
