"""What a server answers, as values: tasks, pages of tasks, pictures."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from seedbed.errors import ServerError
from seedbed.request import PixelSize
from seedbed.task import TaskStatus

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Page", "Picture", "RemoteTask"]


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """A task as a server tells it. What only Seedbed tells is None where another host answers."""

    task_id: str
    """Names the task."""
    status: TaskStatus
    """Where it stands."""
    generated: tuple[str, ...] = ()
    """The image's signed URL, once COMPLETED."""
    error: str | None = None
    """Why it FAILED."""
    prompt: str | None = None
    """What the picture shall show; told in lists and while a task is watched."""
    seed: int | None = None
    """Where the noise starts."""
    size: PixelSize | None = None
    """Width and height in pixels."""
    queue_position: int | None = None
    """Tasks before this one, while it waits."""
    step: int | None = None
    """Network steps done, while it is drawn."""
    num_inference_steps: int | None = None
    """Network steps in all, while it is drawn."""
    model: str | None = None
    """What drew it."""
    model_digest: str | None = None
    """SHA-256 of the model's weights, hexadecimal."""
    ignored_words: tuple[str, ...] = ()
    """Words of the prompt that the model does not know and did not draw."""
    read_as: tuple[tuple[str, str], ...] = ()
    """Misspelt words of the prompt, each with the word that it was taken for."""

    @classmethod
    def from_answer(cls, data: Any, headers: Mapping[str, str]) -> "RemoteTask":
        """Read the contract's body of a task, and our headers if they are there. Raises `ServerError`."""
        step, _, steps = headers.get("x-seedbed-step", "").partition("/")
        words = headers.get("x-seedbed-ignored-words", "")
        try:
            return cls(
                task_id=data["task_id"],
                status=TaskStatus(data["status"]),
                generated=tuple(data.get("generated") or ()),
                error=_reason(data.get("error")),
                seed=_number(headers.get("x-seedbed-seed")),
                size=_size(headers.get("x-seedbed-size")),
                queue_position=_number(headers.get("x-seedbed-queue-position")),
                step=_number(step),
                num_inference_steps=_number(steps),
                model=headers.get("x-seedbed-model"),
                model_digest=headers.get("x-seedbed-model-digest"),
                ignored_words=tuple(unquote(word) for word in words.split(",") if word),
                read_as=_corrections(headers.get("x-seedbed-read-as", "")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ServerError(f"the server told of a task in a way that nobody understands: {data!r}") from error

    @classmethod
    def from_detail(cls, data: Any) -> "RemoteTask":
        """Read a task as a Seedbed tells it in full, in its list and its stream. Raises `ServerError`."""
        try:
            return cls(
                task_id=data["task_id"],
                status=TaskStatus(data["status"]),
                generated=tuple(data["generated"]),
                error=data["error"],
                prompt=data.get("prompt"),
                seed=data["seed"],
                size=PixelSize(data["size"]["width"], data["size"]["height"]),
                queue_position=data["queue_position"],
                step=data["step"],
                num_inference_steps=data["num_inference_steps"],
                model=data["model"],
                model_digest=data["model_digest"],
                ignored_words=tuple(data["ignored_words"]),
                read_as=tuple((each["written"], each["read_as"]) for each in data.get("read_as", ())),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ServerError(f"the server told of a task in a way that nobody understands: {data!r}") from error


@dataclass(frozen=True, slots=True)
class Page:
    """Some tasks of a list, newest first; of another host's only id and status are known."""

    tasks: tuple[RemoteTask, ...]
    """The tasks of this page."""
    next_cursor: str | None
    """Where the next page starts; None on the last, and where a host has no pages."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture."""

    jpeg: bytes
    """The whole JPEG file."""
    task: RemoteTask
    """The task that drew it."""

    def save(self, path: str | Path) -> Path:
        """Write the JPEG file, and answer where."""
        path = Path(path)
        path.write_bytes(self.jpeg)
        return path

    def to_pillow(self) -> "Image":
        """The picture for Pillow."""
        from PIL import Image

        return Image.open(io.BytesIO(self.jpeg))


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _corrections(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (pair.partition("=") for pair in text.split(",") if "=" in pair)
    return tuple((unquote(written), unquote(read_as)) for written, _, read_as in pairs)


def _size(text: str | None) -> PixelSize | None:
    return PixelSize(*(int(side) for side in text.split("x"))) if text else None


def _reason(error: Any) -> str | None:
    # Some of the hosts' sibling endpoints tell it as an object.
    return str(error.get("message", error)) if isinstance(error, dict) else error
