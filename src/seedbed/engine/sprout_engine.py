"""Sprout behind the engine interface: the embedded model, on the CPU."""

from functools import partial

import torch

from seedbed.engine.build import build
from seedbed.engine.engine import Engine, Finish, ModelIdentity, OnStep, Viewer
from seedbed.engine.previews import Previews
from seedbed.engine.sketch import Sketch, finish
from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.settings import Settings
from seedbed.sprout.checkpoint import Sprout

__all__ = ["SproutEngine"]

_THREADS = 2
"""On every machine, however many cores it has: sums are split by threads, so the bytes depend on how many there are."""


class SproutEngine(Engine):
    """Draws with the weights inside the package. Raises `CheckpointError` where they cannot be read."""

    def __init__(self, settings: Settings) -> None:
        # As use_deterministic_algorithms, which loads torch's compiler besides: a second and more of every start.
        torch.set_deterministic_debug_mode("error")
        threads = settings.num_threads or _THREADS
        torch.set_num_threads(threads)
        self._settings = settings
        self._pipeline = SproutPipeline(Sprout.from_pretrained())
        self._identity = ModelIdentity("sprout", self._pipeline.sprout.digest)
        self._build = build(
            "torch", "numpy", "pillow", cpu=f"{torch.backends.cpu.get_cpu_capability()}, {threads} threads"
        )

    @property
    def identity(self) -> ModelIdentity:
        """Sprout and the digest of its weights."""
        return self._identity

    def warm_up(self) -> None:
        """Draw once at every ratio, so that no first request pays for what the libraries set up."""
        for aspect_ratio in AspectRatio:
            self.draw(GenerationRequest("a cat", aspect_ratio, seed=0), lambda _step, _steps: None)

    def sketch(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> Finish:
        """Draw `request`, whose seed is set; the same request gives the same bytes."""
        picture = self._pipeline.decode(self._pipeline.latents(request, on_step, Previews([viewer])))
        parsed = self._pipeline.parse(request.prompt)
        sketch = Sketch(picture, request, self._identity, self._build, parsed.ignored_words, parsed.corrections)
        return partial(finish, sketch, self._settings)
