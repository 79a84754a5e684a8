"""What a request's guidance scale, 0 to 20, is to a foreign model, whose own parameter means something else."""

import math
from dataclasses import dataclass
from enum import StrEnum

from seedbed.request import MAX_GUIDANCE_SCALE

__all__ = ["AppliedGuidance", "GuidanceKind", "GuidanceMap"]


class GuidanceKind(StrEnum):
    """What a model's own guidance parameter w means; c and u are its predictions with and without the prompt."""

    AS_IS = "as is"
    """c + w (c - u), off at 0: our own meaning."""
    ONE_PLUS = "1+g"
    """u + w (c - u), off at 1."""
    EMBEDDED = "embedded"
    """A number that a distilled network reads as an input; made to match u + w (c - u)."""
    NONE = "none"
    """Distilled without it: always the same strength."""


@dataclass(frozen=True, slots=True)
class AppliedGuidance:
    """A guidance scale as a model gets it."""

    value: float
    """The model's own parameter."""
    guidance_scale: float | None
    """What it amounts to on the request's scale; None where the model has none."""


@dataclass(frozen=True, slots=True)
class GuidanceMap:
    """How one family of models takes guidance."""

    kind: GuidanceKind
    """What its parameter means."""
    parameter: str = "guidance_scale"
    """Its name in diffusers; servers that speak OpenAI's images API know it by the same one."""
    lowest: float = 0.0
    """The least value it was trained for."""
    highest: float = math.inf
    """The largest value it was trained for, or that still gives pictures; what is asked beyond it is limited to it."""
    renormalise_above: float = math.inf
    """From which value of its own on the pipeline's own renormalisation is switched on."""
    renormalise: tuple[tuple[str, float], ...] = ()
    """The pipeline's arguments that do so."""
    off: float = 0.0
    """The value to hand over where there is none to choose."""

    def apply(self, guidance_scale: float) -> AppliedGuidance:
        """The model's own value for a request's `guidance_scale`, within what it knows."""
        if self.kind is GuidanceKind.NONE:
            return AppliedGuidance(self.off, None)
        offset = 0.0 if self.kind is GuidanceKind.AS_IS else 1.0
        value = min(max(guidance_scale + offset, self.lowest), self.highest)
        return AppliedGuidance(value, value - offset)

    def arguments(self, guidance_scale: float) -> dict[str, float]:
        """The pipeline's keyword arguments for a request's `guidance_scale`."""
        value = self.apply(guidance_scale).value
        extra = dict(self.renormalise) if value > self.renormalise_above else {}
        return {self.parameter: value, **extra}

    @property
    def span(self) -> tuple[float, float] | None:
        """The scales, of 0 to 20, that it takes as they are asked; None where it takes none."""
        low, high = self.apply(0.0), self.apply(MAX_GUIDANCE_SCALE)
        if low.guidance_scale is None or high.guidance_scale is None:
            return None
        return low.guidance_scale, high.guidance_scale
