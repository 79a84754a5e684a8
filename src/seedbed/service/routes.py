"""The contract's routes, and cancelling: submit, look, list, cancel."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from seedbed.errors import TaskNotFound
from seedbed.request import GenerationRequest
from seedbed.service.aliases import SEEDREAM, alias_of
from seedbed.service.auth import Caller
from seedbed.service.bodies import FREE_BYTES, received_body
from seedbed.service.headers import listed, task_headers
from seedbed.service.openapi import documented
from seedbed.service.parts import BaseUrl, Parts, TheParts
from seedbed.service.schemas import Submission, TaskEnvelope, TaskListEnvelope, parse_generation
from seedbed.store.idempotency import IdempotencyKey, body_digest
from seedbed.store.keys import KeyRecord
from seedbed.task import Task, TaskStatus
from seedbed.webhooks.guard import check_url

__all__ = ["accept", "cancel", "history", "look", "own_task_id", "router", "submission", "submit"]

MAX_PAGE = 1000

log = structlog.get_logger(__name__)
router = APIRouter(prefix=SEEDREAM, tags=["Seedream 4"])


async def submission(request: Request, parts: TheParts, _key: Caller) -> Submission:
    """What the POST asks for, read only once its sender is known."""
    with_digest = "idempotency-key" in request.headers
    async with received_body(request, parts.settings.max_body_bytes, parts.room) as body:
        if len(body) <= FREE_BYTES:
            return parse_generation(body, with_digest=with_digest)
        # Takes a tenth of a second and more, in which others want answers.
        return await run_in_threadpool(parse_generation, body, with_digest=with_digest)


async def own_task_id(request: Request, task_id: Annotated[str, Path(json_schema_extra={"format": "uuid"})]) -> str:
    """The path's task id. Raises `TaskNotFound` for what cannot be one, before any database sees it."""
    try:
        request.state.task_id = str(uuid.UUID(task_id))
    except ValueError:
        raise TaskNotFound("Task not found") from None
    return task_id


Submitted = Annotated[Submission, Depends(submission)]
TaskId = Annotated[str, Depends(own_task_id)]
IdempotencyHeader = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=255, description="Same key and body: same task."),
]
Cursor = Annotated[
    str | None,
    Query(pattern="^[A-Za-z0-9_-]{1,128}$", description="From `x-seedbed-next-cursor` of the page before."),
]


@router.post("", response_model=TaskEnvelope, **documented("submit"))
def submit(
    request: Request,
    response: Response,
    parts: TheParts,
    key: Caller,
    submitted: Submitted,
    base: BaseUrl,
    idempotency_key: IdempotencyHeader = None,
) -> dict[str, Any]:
    """Accept a picture to draw; the answer comes as soon as the task is stored."""
    alias = alias_of(request)
    promise = idempotency_key and submitted.digest and _promise(idempotency_key, submitted.digest, alias)
    asked = replace(submitted.request, model=alias)
    task = accept(parts, key, asked, submitted.webhook_url, promise or None)
    request.state.task_id = task.task_id
    response.headers.update(task_headers(task, parts.settings.resolution))
    response.headers.update(_warnings(submitted, parts))
    return {"data": parts.links.body(task, base)}


@router.get("/{task_id}", response_model=TaskEnvelope, **documented("look"))
def look(response: Response, parts: TheParts, key: Caller, task_id: TaskId, base: BaseUrl) -> dict[str, Any]:
    """How a task stands; its image's URL once it is COMPLETED, the reason if it FAILED."""
    task = parts.tasks.get(task_id, key_id=key.reach)
    position = parts.tasks.queue_position(task)
    response.headers.update(task_headers(task, parts.settings.resolution, position))
    return {"data": parts.links.body(task, base)}


@router.get("", response_model=TaskListEnvelope, **documented("history"))
def history(
    response: Response,
    parts: TheParts,
    key: Caller,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Tasks a page.")] = 100,
    cursor: Cursor = None,
    status: Annotated[TaskStatus | None, Query(description="Only tasks with this status.")] = None,
) -> dict[str, Any]:
    """The key's tasks, newest first, a page at a time."""
    page = parts.tasks.page(key_id=key.reach, limit=limit, cursor=cursor, status=status)
    if not page.tasks and not cursor and not status and parts.settings.empty_list_is_404:
        raise HTTPException(404, "Tasks not found")
    if page.next_cursor is not None:
        response.headers["x-seedbed-next-cursor"] = page.next_cursor
    return {"data": [{"task_id": task.task_id, "status": task.status} for task in page.tasks]}


@router.delete("/{task_id}", response_model=TaskEnvelope, **documented("cancel"))
def cancel(response: Response, parts: TheParts, key: Caller, task_id: TaskId, base: BaseUrl) -> dict[str, Any]:
    """Stop a task: at once while it waits, at the next network step while it is drawn, not at all afterwards."""
    task = parts.runtime.cancel(task_id, key_id=key.reach)
    response.headers.update(task_headers(task, parts.settings.resolution))
    return {"data": parts.links.body(task, base)}


def accept(
    parts: Parts,
    key: KeyRecord,
    request: GenerationRequest,
    webhook_url: str | None = None,
    promise: IdempotencyKey | None = None,
) -> Task:
    """Store a new task and enqueue it; an equal earlier request's task comes back instead.

    Raises `IdempotencyConflict`, `QueueFull` and `KeyBusy`.
    """
    new = Task(
        task_id=str(uuid.uuid4()),
        key_id=key.key_id,
        request=request.with_seed(),
        status=TaskStatus.CREATED,
        created_at=datetime.now(UTC),
        webhook_url=webhook_url,
    )
    task = parts.tasks.create(
        new,
        idempotency=promise,
        queue_limit=parts.settings.queue_limit,
        key_limit=key.concurrency or parts.settings.key_concurrency,
        enqueue=parts.runtime.enqueue_generation,
    )
    log.info("task accepted", task_id=task.task_id, key_id=key.key_id, again=task.task_id != new.task_id)
    return task


def _promise(key: str, digest: str, alias: str) -> IdempotencyKey:
    # The same body by another model's route is another request.
    return IdempotencyKey(key, body_digest({"body": digest, "model": alias}) if alias else digest)


def _warnings(submitted: Submission, parts: TheParts) -> dict[str, str]:
    """What the request asks for and will not get: no error to the contract, but no secret either."""
    warnings = listed("x-seedbed-ignored-fields", submitted.ignored_fields)
    if submitted.webhook_url is not None:
        reason = check_url(submitted.webhook_url, allow_private=parts.settings.webhook_allow_private)
        if reason is not None:
            warnings["x-seedbed-webhook-refused"] = reason
    return warnings
