"""The usual answer: FastAPI in front, Celery behind, Redis between; it draws the very pictures that our noop draws.

    uvicorn benchmarks.rivals.celery_service:api
    celery --app benchmarks.rivals.celery_service worker --pool solo

`RIVAL_REDIS` is Redis' URL, `RIVAL_FOLDER` where images go. With `RIVAL_LATE`, in seconds, a task is acknowledged only
once it is done and goes to another worker when that has not happened by then; without, Celery's defaults hold.
"""

import os
import uuid
from pathlib import Path

from celery import Celery
from fastapi import FastAPI
from pydantic import BaseModel

from seedbed.engine.noop import NoopEngine
from seedbed.request import GenerationRequest
from seedbed.settings import Settings

__all__ = ["api", "queue"]

REDIS = os.environ.get("RIVAL_REDIS", "redis://127.0.0.1:6379/0")
FOLDER = Path(os.environ.get("RIVAL_FOLDER", "."))
LATE = os.environ.get("RIVAL_LATE")

queue = Celery("pictures", broker=REDIS, backend=REDIS)
queue.conf.update(worker_prefetch_multiplier=1, task_track_started=True, broker_connection_retry_on_startup=True)
if LATE:
    queue.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        broker_transport_options={"visibility_timeout": float(LATE)},
    )
engine = NoopEngine(Settings(model="noop-faulty"), faults=True)
api = FastAPI()


class Body(BaseModel):
    """What is asked for."""

    prompt: str
    seed: int


@queue.task(name="draw")  # type: ignore[untyped-decorator, unused-ignore]
def draw(task_id: str, prompt: str, seed: int) -> str:
    """Draw and store; the file's path."""
    drawn = engine.draw(GenerationRequest(prompt, seed=seed), lambda _step, _steps: None)
    path = FOLDER / f"{task_id}.jpeg"
    path.write_bytes(drawn.jpeg)
    return str(path)


@api.post("/tasks")
def post(body: Body) -> dict[str, str]:
    """Accept a task."""
    task_id = str(uuid.uuid4())
    draw.apply_async((task_id, body.prompt, body.seed), task_id=task_id)
    return {"task_id": task_id}


@api.get("/tasks/{task_id}")
def get(task_id: str) -> dict[str, str]:
    """How it stands with a task; Celery says PENDING of one that it never heard of as well."""
    return {"status": str(queue.AsyncResult(task_id).status)}
