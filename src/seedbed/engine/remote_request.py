"""One request in the words of OpenAI's images API, with the further fields that open servers know."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from seedbed.engine.families import Family
from seedbed.engine.guidance_map import GuidanceKind, GuidanceMap
from seedbed.request import GenerationRequest, PixelSize

__all__ = ["OPTIONAL", "RemoteRequest", "refused_field"]

UNKNOWN_MODEL = GuidanceMap(GuidanceKind.ONE_PLUS, lowest=1.0, highest=20.0)
"""What most models mean by guidance; servers refuse more than 20."""
LARGEST = 20.0
OURS = {
    "seed": "seed",
    "guidance_scale": "guidance_scale",
    "true_cfg_scale": "guidance_scale",
    "size": "aspect_ratio",
}
"""Which field of our request each field of theirs carries."""
OPTIONAL = frozenset({*OURS, "generator_device", "negative_prompt", "response_format", "output_format", "n"})
"""What a server may do without; what only OpenAI's own knows, and what only others do."""


@dataclass(frozen=True, slots=True)
class RemoteRequest:
    """What a remote server is asked for."""

    model: str
    """The model's name there."""
    request: GenerationRequest
    """What our caller asked for."""
    size: PixelSize
    """What the model draws best for that shape."""
    family: Family | None
    """What the model is, if its name says so."""

    @property
    def guidance(self) -> GuidanceMap:
        """How the model takes guidance."""
        return self.family.guidance if self.family else UNKNOWN_MODEL

    @property
    def applied_guidance(self) -> float | None:
        """Our guidance scale as it is applied; None where the model has none."""
        applied = self.guidance.apply(self.request.guidance_scale)
        if applied.guidance_scale is None:
            return None
        return applied.guidance_scale - max(0.0, applied.value - LARGEST)

    def body(self, without: Collection[str] = ()) -> dict[str, Any]:
        """The JSON to post, but for some of the optional fields."""
        fields = {
            "model": self.model,
            "prompt": self.request.prompt,
            "n": 1,
            "size": str(self.size),
            "response_format": "b64_json",
            "output_format": "png",
            "seed": self.request.seed,
            # The same start on every kind of device.
            "generator_device": "cpu",
            **self._guidance(),
        }
        return {name: value for name, value in fields.items() if name not in without}

    def missing(self, without: Collection[str]) -> frozenset[str]:
        """The fields of our caller's request that the server hears nothing of."""
        sent = {OURS[name] for name in self.body(without) if name in OURS}
        return frozenset(OURS.values()) - sent

    def _guidance(self) -> dict[str, Any]:
        applied = self.guidance.apply(self.request.guidance_scale)
        if applied.guidance_scale is None:
            return {}
        fields: dict[str, Any] = {self.guidance.parameter: min(applied.value, LARGEST)}
        negative = dict(self.family.arguments).get("negative_prompt") if self.family else None
        return fields if negative is None else {**fields, "negative_prompt": negative}


def refused_field(reason: str, body: Mapping[str, Any]) -> str | None:
    """The optional field of `body` that a refusal names, or None."""
    # A server that repeats the prompt in its refusal names no field by it.
    named = set(re.findall(r"\w+", reason)) - set(re.findall(r"\w+", body["prompt"]))
    return next((name for name in sorted(OPTIONAL & body.keys()) if name in named), None)
