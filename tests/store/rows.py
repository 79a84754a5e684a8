"""Tasks to put into a database."""

import uuid
from datetime import UTC, datetime

from seedbed.request import AspectRatio, GenerationRequest, PixelSize
from seedbed.task import StoredImage, Task, TaskStatus

__all__ = ["IMAGE", "KEY_ID", "new_task"]

KEY_ID = "key_of_tests"
IMAGE = StoredImage("ab/a.jpeg", PixelSize(80, 45), "sprout", "d" * 64, ("quux",), (("pizzza", "pizza"),))


def new_task(prompt: str = "a cat", *, key_id: str = KEY_ID, webhook_url: str | None = None, seed: int = 7) -> Task:
    """A task as a POST makes it."""
    return Task(
        task_id=str(uuid.uuid4()),
        key_id=key_id,
        request=GenerationRequest(prompt, AspectRatio.WIDESCREEN_16_9, 3.7, seed),
        status=TaskStatus.CREATED,
        created_at=datetime.now(UTC),
        webhook_url=webhook_url,
    )
