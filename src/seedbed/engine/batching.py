"""Which requests may be drawn in one batch. Knows no model, so that whoever must load none may ask."""

from collections.abc import Hashable

from seedbed.engine.models import ModelKind, parse_model
from seedbed.request import GenerationRequest
from seedbed.settings import Batching, Settings

__all__ = ["batch_kin"]

BATCHED = (ModelKind.FOLDER, ModelKind.HUB)
"""Models of diffusers: Sprout's pictures are made too fast to wait for, and other servers batch by themselves."""


def batch_kin(settings: Settings, request: GenerationRequest) -> Hashable | None:
    """What all requests of a batch have in common; None for one that is drawn alone."""
    if settings.batching is Batching.EXACT:
        return None
    model = settings.model_aliases.get(request.model, "") if request.model else settings.model
    if not model or parse_model(model).kind not in BATCHED:
        return None
    # Pipelines take one size and one guidance for all of a batch.
    return request.model, request.aspect_ratio, request.guidance_scale
