"""Tasks told in full, `/v1/seedbed/tasks`: what the contract's bodies leave out, for a gallery or a client."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from seedbed.request import AspectRatio, PixelSize
from seedbed.service.auth import Caller
from seedbed.service.openapi import documented
from seedbed.service.parts import BaseUrl, Parts, TheParts
from seedbed.service.routes import Cursor, TaskId
from seedbed.store.links import IMAGES_ROUTE
from seedbed.task import Task, TaskStatus

__all__ = ["Correction", "Size", "TaskDetail", "TaskDetailEnvelope", "TaskDetailList", "corrected", "detail", "router"]

MAX_PAGE = 200

router = APIRouter(prefix="/v1/seedbed", tags=["Playground"])


class Size(BaseModel):
    """Pixels."""

    width: int
    height: int


class Correction(BaseModel):
    """A misspelt word that was put right."""

    written: str = Field(description="As the prompt says it, lower case.")
    read_as: str = Field(description="The word that it was taken for.")


class TaskDetail(BaseModel):
    """Everything that is known of a task. Whatever is not known yet is null."""

    task_id: str = Field(json_schema_extra={"format": "uuid"})
    status: TaskStatus
    prompt: str
    aspect_ratio: AspectRatio
    guidance_scale: float
    seed: int
    size: Size
    webhook_url: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    queue_position: int | None = Field(description="Tasks before this one; while it waits, where it was counted.")
    step: int = Field(description="Network steps done.")
    num_inference_steps: int = Field(description="Network steps in all; 0 until it is drawn.")
    cancel_requested: bool
    model: str | None
    model_digest: str | None
    ignored_words: list[str]
    read_as: list[Correction] = Field(description="Misspelt words of the prompt that were put right.")
    generated: list[str] = Field(description="The image's signed URL, once COMPLETED.")
    image: str | None = Field(description="The same URL relative to this server's own address.")
    error: str | None


class TaskDetailEnvelope(BaseModel):
    """One task in full."""

    data: TaskDetail


class TaskDetailList(BaseModel):
    """A page of tasks in full, newest first."""

    data: list[TaskDetail]
    next_cursor: str | None = Field(description="`cursor` of the next page; null on the last.")


@router.get("/tasks", response_model=TaskDetailList, **documented("tasks"))
def tasks(
    parts: TheParts,
    key: Caller,
    base: BaseUrl,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Tasks a page.")] = 50,
    cursor: Cursor = None,
    status: Annotated[TaskStatus | None, Query(description="Only tasks with this status.")] = None,
) -> dict[str, Any]:
    """The key's tasks in full, newest first, a page at a time."""
    page = parts.tasks.page(key_id=key.reach, limit=limit, cursor=cursor, status=status)
    return {"data": [detail(task, parts, base) for task in page.tasks], "next_cursor": page.next_cursor}


@router.get("/tasks/{task_id}", response_model=TaskDetailEnvelope, **documented("task"))
def task(parts: TheParts, key: Caller, task_id: TaskId, base: BaseUrl) -> dict[str, Any]:
    """One task in full."""
    found = parts.tasks.get(task_id, key_id=key.reach)
    return {"data": detail(found, parts, base, parts.tasks.queue_position(found))}


def corrected(corrections: Iterable[tuple[str, str]]) -> list[Correction]:
    """Corrections as the API tells them."""
    return [Correction(written=written, read_as=read_as) for written, read_as in corrections]


def detail(task: Task, parts: Parts, base: str, queue_position: int | None = None) -> TaskDetail:
    """All that is known of a task.

    Args:
        task: any task.
        parts: the service's.
        base: scheme and host of the image's URL.
        queue_position: the number of tasks before this one, if it waits.
    """
    request, image = task.request, task.image
    size: PixelSize = image.size if image else request.aspect_ratio.pixel_size(parts.settings.resolution)
    url = parts.links.url(task, "")
    return TaskDetail(
        task_id=task.task_id,
        status=task.status,
        prompt=request.prompt,
        aspect_ratio=request.aspect_ratio,
        guidance_scale=request.guidance_scale,
        seed=request.seed or 0,
        size=Size(width=size.width, height=size.height),
        webhook_url=task.webhook_url,
        created_at=task.created_at,
        started_at=task.started_at,
        finished_at=task.finished_at,
        queue_position=queue_position,
        step=task.step,
        num_inference_steps=task.num_inference_steps,
        cancel_requested=task.cancel_requested,
        model=image.model if image else None,
        model_digest=image.model_digest if image else None,
        ignored_words=list(image.ignored_words) if image else [],
        read_as=corrected(image.corrections) if image else [],
        generated=[] if url is None else [base.rstrip("/") + url],
        image=None if url is None else IMAGES_ROUTE.lstrip("/") + url.removeprefix(IMAGES_ROUTE),
        error=task.error,
    )
