"""The one interface between a request and whatever draws it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from seedbed.request import GenerationRequest, PixelSize
from seedbed.task import NO_REMARKS, Remarks

__all__ = ["BatchEngine", "DrawnImage", "Engine", "ModelIdentity", "OnStep", "Viewer"]

OnStep = Callable[[int, int], None]
"""Called with (step, num_inference_steps) after each network step, the first step being 1.

Raising `GenerationCancelled` from it ends the drawing.
"""


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which weights draw."""

    name: str
    """The model's name."""
    digest: str
    """SHA-256 of its weights, hexadecimal."""


@dataclass(frozen=True, slots=True)
class DrawnImage:
    """A finished picture, encoded."""

    jpeg: bytes
    """The whole JPEG file."""
    size: PixelSize
    """Width and height, in pixels."""
    identity: ModelIdentity
    """What drew it."""
    ignored_words: tuple[str, ...] = ()
    """Words of the prompt that the model does not know and did not draw."""
    corrections: tuple[tuple[str, str], ...] = ()
    """Misspelt words of the prompt, each with what it was read as."""
    remarks: Remarks = NO_REMARKS
    """What else the model did otherwise than it was asked."""


class Viewer(Protocol):
    """Whoever may look on while one picture is drawn."""

    @property
    def is_looking(self) -> bool:
        """Whether a preview would be seen: none is made for nobody."""

    def show(self, jpeg: bytes) -> None:
        """Take a small JPEG of how far the picture is."""


class Engine(Protocol):
    """Draws one request at a time; the same request and seed give the same bytes."""

    @property
    def identity(self) -> ModelIdentity:
        """Which weights draw."""

    def warm_up(self) -> None:
        """Do whatever makes the first drawing slow, and return when drawing would begin at once."""

    def draw(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> DrawnImage:
        """Draw `request`, whose seed is set; whoever looks on changes none of its bytes.

        Raises `EngineError` when it cannot.
        """


@runtime_checkable
class BatchEngine(Engine, Protocol):
    """Also draws several requests at once; a picture's bytes may then depend on its neighbours, and it says so."""

    def draw_batch(
        self, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer | None] = (), /
    ) -> list[DrawnImage]:
        """Draw `requests`, which `batch_kin` says go together, in their order. Raises `EngineError` for all.

        Args:
            requests: what to draw.
            on_step: called after each step of all.
            viewers: for each request whoever may look on, or nothing at all.
        """
