"""OpenAI's way to ask for pictures, `/v1/images/generations`: for tools that speak no other.

What differs: the answer comes when all is drawn, a size chooses the nearest of the contract's shapes, and fields that
mean nothing here are named in `x-seedbed-ignored-fields`. Errors keep the contract's JSON, which OpenAI's own clients
read as well.
"""

import base64
import time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from seedbed.errors import NotReady
from seedbed.service.auth import Caller
from seedbed.service.bodies import received_body
from seedbed.service.headers import listed
from seedbed.service.openai_schemas import ImagesAnswer, ImagesBody, ModelList, parse_images
from seedbed.service.openapi import documented
from seedbed.service.parts import BaseUrl, Parts, TheParts
from seedbed.service.routes import accept
from seedbed.task import Task, TaskStatus

__all__ = ["images_body", "router"]

LOOK_SECONDS: Final = 1.0
"""How often the database is asked about tasks that another server may draw, and whether the client is still there."""

router = APIRouter(prefix="/v1", tags=["OpenAI's API"])


async def images_body(request: Request, parts: TheParts, _key: Caller) -> ImagesBody:
    """The POST's body, read only once its sender is known."""
    async with received_body(request, parts.settings.max_body_bytes, parts.room) as body:
        return parse_images(bytes(body))


@router.get("/models", response_model=ModelList, **documented("models"))
async def models(parts: TheParts, _key: Caller) -> dict[str, Any]:
    """The model that draws."""
    model = {"id": parts.settings.model, "object": "model", "created": 0, "owned_by": "seedbed"}
    return {"object": "list", "data": [model]}


@router.post("/images/generations", response_model=ImagesAnswer, **documented("images"))
async def generations(
    request: Request,
    response: Response,
    parts: TheParts,
    key: Caller,
    body: Annotated[ImagesBody, Depends(images_body)],
    base: BaseUrl,
) -> dict[str, Any]:
    """Draw, and answer with the pictures; whoever leaves before that cancels what is not drawn yet."""
    asked = body.requests()
    response.headers.update(listed("x-seedbed-ignored-fields", body.ignored_fields))
    tasks = await run_in_threadpool(lambda: [accept(parts, key, each) for each in asked])
    ended = await _ended(request, parts, tasks)
    failed = next((task for task in ended if task.status is TaskStatus.FAILED), None)
    if failed is not None:
        raise HTTPException(500, f"It could not be drawn: {failed.error}")
    data = await run_in_threadpool(lambda: [_shown(task, parts, base, whole=body.wants_bytes) for task in ended])
    size = ended[0].image.size if ended[0].image else ""
    return {"created": int(time.time()), "data": data, "output_format": "jpeg", "size": str(size)}


async def _ended(request: Request, parts: Parts, tasks: list[Task]) -> list[Task]:
    """The tasks once all of them have ended. Raises `NotReady` when the server stops before."""
    now = {task.task_id: task for task in tasks}
    with parts.runtime.progress.follow(tasks[0].key_id) as follower:
        while not all(task.status.is_terminal for task in now.values()):
            if parts.runtime.progress.is_closed:
                raise NotReady("the server stops")
            if await request.is_disconnected():
                await run_in_threadpool(_cancel, parts, tasks)
            news = await follower.wait(LOOK_SECONDS) or await run_in_threadpool(_look, parts, now)
            now.update({task.task_id: task for task in news if task.task_id in now})
    return list(now.values())


def _look(parts: Parts, now: dict[str, Task]) -> tuple[Task, ...]:
    return tuple(parts.tasks.get_any(task.task_id) for task in now.values() if not task.status.is_terminal)


def _cancel(parts: Parts, tasks: list[Task]) -> None:
    for task in tasks:
        parts.runtime.cancel(task.task_id, key_id=task.key_id)


def _shown(task: Task, parts: Parts, base: str, *, whole: bool) -> dict[str, str]:
    if whole and task.image is not None:
        return {"b64_json": base64.b64encode(parts.images.get(task.image.path)).decode()}
    return {"url": parts.links.url(task, base) or ""}
