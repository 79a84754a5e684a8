"""Sprout behind the engine interface: the embedded model, on the CPU."""

import os

import torch

from seedbed.engine.build import build
from seedbed.engine.engine import DrawnImage, ModelIdentity, OnStep, Viewer
from seedbed.engine.enlarge import enlarge
from seedbed.engine.jpeg import ImageMetadata, encode_jpeg
from seedbed.engine.previews import Previews
from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.settings import Settings
from seedbed.sprout.checkpoint import Sprout

__all__ = ["SproutEngine"]


class SproutEngine:
    """Draws with the weights inside the package. Raises `CheckpointError` where they cannot be read."""

    def __init__(self, settings: Settings) -> None:
        torch.use_deterministic_algorithms(True)
        torch.set_num_threads(settings.num_threads or len(os.sched_getaffinity(0)))
        self._settings = settings
        self._pipeline = SproutPipeline(Sprout.from_pretrained())
        self._identity = ModelIdentity("sprout", self._pipeline.sprout.digest)
        self._build = build("torch", "numpy", "pillow", cpu=torch.backends.cpu.get_cpu_capability())

    @property
    def identity(self) -> ModelIdentity:
        """Sprout and the digest of its weights."""
        return self._identity

    def warm_up(self) -> None:
        """Draw once at every ratio, so that no first request pays for what the libraries set up."""
        for aspect_ratio in AspectRatio:
            self.draw(GenerationRequest("a cat", aspect_ratio, seed=0), lambda _step, _steps: None)

    def draw(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> DrawnImage:
        """Draw `request`, whose seed is set; the same request gives the same bytes."""
        size = request.aspect_ratio.pixel_size(self._settings.resolution)
        latents = self._pipeline.latents(request, on_step, Previews([viewer]))
        picture = enlarge(self._pipeline.decode(latents), size)
        metadata = ImageMetadata(request, self._identity, build=self._build) if self._settings.embed_metadata else None
        jpeg = encode_jpeg(picture, self._settings.jpeg_quality, metadata)
        parsed = self._pipeline.parse(request.prompt)
        return DrawnImage(jpeg, size, self._identity, parsed.ignored_words, parsed.corrections)
