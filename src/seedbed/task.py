"""What becomes of a request: one frozen `Task`, and the only ways its status may change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from seedbed.errors import IllegalTransition
from seedbed.request import GenerationRequest, PixelSize

__all__ = ["NO_REMARKS", "Remarks", "StoredImage", "Task", "TaskStatus", "check_transition"]


class TaskStatus(StrEnum):
    """The contract's four words."""

    CREATED = "CREATED"
    """Accepted and stored; waits for its turn."""
    IN_PROGRESS = "IN_PROGRESS"
    """The engine draws it."""
    COMPLETED = "COMPLETED"
    """The image is stored."""
    FAILED = "FAILED"
    """It ended without an image; `Task.error` says why. A cancelled task reads so too."""

    @property
    def is_terminal(self) -> bool:
        """Whether nothing changes any more."""
        return self in (TaskStatus.COMPLETED, TaskStatus.FAILED)


_NEXT = {
    TaskStatus.CREATED: {TaskStatus.IN_PROGRESS, TaskStatus.FAILED},
    TaskStatus.IN_PROGRESS: {TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED, TaskStatus.FAILED},
    TaskStatus.COMPLETED: set[TaskStatus](),
    TaskStatus.FAILED: set[TaskStatus](),
}


def check_transition(current: TaskStatus, following: TaskStatus) -> None:
    """Raise `IllegalTransition` unless `current` may become `following`.

    IN_PROGRESS may follow itself: a task whose engine died is begun again.
    """
    if following not in _NEXT[current]:
        raise IllegalTransition(f"a task that is {current} cannot become {following}")


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a model did otherwise than it was asked; nothing where it did all of it."""

    ignored_parameters: tuple[str, ...] = ()
    """Fields of the request that had no effect: the model, or the server that it runs on, has no such thing."""
    applied_guidance_scale: float | None = None
    """The guidance that was applied, where the model does not go as low or high as was asked."""
    dropped_tokens: int = 0
    """Tokens at the prompt's end that the model could not read."""
    drawn_size: str | None = None
    """The size it was drawn at, as in 512x512, where memory did not suffice for the model's own."""
    is_flagged: bool = False
    """Whether the operator's safety checker takes the picture for unsafe."""
    batch_size: int = 0
    """Pictures of the batch that it was drawn in, where there were several: alone its bytes might be others."""

    @classmethod
    def of(cls, fields: Mapping[str, Any] | None) -> "Remarks":
        """The remarks that `dataclasses.asdict` took apart, perhaps by way of JSON, perhaps before some existed."""
        known = dict(fields or {})
        return cls(**{**known, "ignored_parameters": tuple(known.get("ignored_parameters", ()))})


NO_REMARKS = Remarks()
"""All was done as it was asked."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A finished image in the image store, and what drew it."""

    path: str
    """Its key in the image store; ends in .jpeg."""
    size: PixelSize
    """Width and height in pixels."""
    model: str
    """The name of the model that drew it."""
    model_digest: str
    """SHA-256 of the model's weights, hexadecimal."""
    ignored_words: tuple[str, ...] = ()
    """Words of the prompt that the model does not know and did not draw."""
    corrections: tuple[tuple[str, str], ...] = ()
    """Misspelt words of the prompt, each with what it was read as."""
    remarks: Remarks = NO_REMARKS
    """What else the model did otherwise than it was asked."""


@dataclass(frozen=True, slots=True)
class Task:
    """One accepted request and all that the API answers about it."""

    task_id: str
    """A UUID; also the id of its durable workflow."""
    key_id: str
    """The API key it belongs to; invisible to every other."""
    request: GenerationRequest
    """What to draw; its seed is always drawn."""
    status: TaskStatus
    """Where it stands."""
    created_at: datetime
    """When it was accepted, UTC."""
    rank: int = 0
    """Its place among the waiting tasks of all keys: the lowest is next, and keys alternate."""
    webhook_url: str | None = None
    """Where each change of status is announced."""
    started_at: datetime | None = None
    """When the engine first took it, UTC."""
    finished_at: datetime | None = None
    """When it became COMPLETED or FAILED, UTC."""
    step: int = 0
    """Network steps done of `num_inference_steps`."""
    num_inference_steps: int = 0
    """Network steps it takes; 0 until the engine says so."""
    attempts: int = 0
    """How often the engine has taken it."""
    cancel_requested: bool = False
    """Someone asked for it to stop; it fails between its next two steps."""
    image: StoredImage | None = None
    """The image, once COMPLETED."""
    error: str | None = None
    """The reason, once FAILED."""

    def body(self, url: str | None) -> dict[str, object]:
        """What the contract shows of a task: GET wraps it in `data`, a webhook sends it bare.

        Args:
            url: the image's signed URL, or None while there is no image.
        """
        shown: dict[str, object] = {
            "task_id": self.task_id,
            "status": str(self.status),
            "generated": [] if url is None else [url],
        }
        return shown if self.error is None else {**shown, "error": self.error}
