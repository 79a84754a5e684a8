"""Any open model that diffusers runs, behind the engine interface."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import structlog
from PIL import Image

from seedbed.engine.build import build
from seedbed.engine.diffusers_adapters import Adapter, parse_adapters
from seedbed.engine.diffusers_device import is_out_of_memory, kind_of
from seedbed.engine.diffusers_folder import PipelineFolder
from seedbed.engine.diffusers_pipeline import FamilyPipeline, first_line, quiet
from seedbed.engine.diffusers_safety import SafetyChecker
from seedbed.engine.diffusers_speed import chosen_words
from seedbed.engine.engine import BatchEngine, DrawnImage, Finish, ModelIdentity, OnStep, Viewer
from seedbed.engine.families import choose_family
from seedbed.engine.models import ModelSource
from seedbed.engine.native_sizes import ONE_MEGAPIXEL
from seedbed.engine.previews import Previews
from seedbed.engine.sketch import Sketch, finish
from seedbed.errors import ConfigurationError, EngineError, SeedbedError
from seedbed.request import AspectRatio, GenerationRequest, PixelSize
from seedbed.settings import Settings
from seedbed.task import Remarks

__all__ = ["DiffusersEngine"]

WARM_UP_STEPS = 2
SMALLER = 2.0
"""By how much the number of pixels is divided where memory does not suffice."""

log = structlog.get_logger(__name__)


class DiffusersEngine(BatchEngine):
    """Draws with a pipeline of diffusers, from a folder in diffusers' layout.

    Args:
        settings: where and how it computes, and what is made of its pictures.
        source: what the model is called.
        folder: where its weights are.

    Raises `CheckpointError` when the weights do not load, `ConfigurationError` when nobody told us what
    its parameters mean.
    """

    def __init__(self, settings: Settings, source: ModelSource, folder: PipelineFolder) -> None:
        quiet()
        self._settings = settings
        self.family = choose_family(folder.pipeline, source.name, folder.settings, settings.model_family)
        self._steps = settings.num_inference_steps or self.family.steps
        adapters = parse_adapters(settings.loras)
        self._identity = ModelIdentity(source.label, _digest(folder, adapters))
        self._checker = SafetyChecker(settings.safety_checker) if settings.safety_checker else None
        self._pipeline = FamilyPipeline.load(folder, self.family, settings, adapters)
        placement = self._pipeline.placement
        self._chosen = chosen_words(settings, placement)
        self._has_proved_itself = False
        computing = ("torch", "diffusers", "transformers", "pillow")
        self._build = build(*computing, cpu=f"{kind_of(placement.device)} {self._chosen}")
        log.info(
            "model loaded",
            model=source.label,
            family=self.family.name,
            device=placement.device,
            numbers=self._chosen,
            offload=str(placement.offload),
        )

    @property
    def identity(self) -> ModelIdentity:
        """The model's name, its revision where it has one, and the digest of all its files."""
        return self._identity

    def warm_up(self) -> None:
        """Draw at every ratio, in as few steps as show every kernel that a picture needs."""
        for aspect_ratio in AspectRatio:
            request = GenerationRequest("a cat", aspect_ratio, seed=0)
            self._draw(request, min(WARM_UP_STEPS, self._steps), lambda _step, _steps: None, None)
        self._has_proved_itself = True

    def sketch(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> Finish:
        """Draw `request`, whose seed is set; the same request gives the same bytes on the same kind of device."""
        picture, remarks = self._draw(request, self._steps, on_step, viewer)
        return partial(self._finish, self._sketch(request, picture, remarks))

    def sketch_batch(
        self, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer | None] = (), /
    ) -> list[Finish]:
        """Draw `requests` of one shape and guidance at once, or where memory does not suffice one after the other."""
        size = next(self._sizes(requests[0].aspect_ratio))
        viewers = viewers or [None] * len(requests)
        drawn = self._try(requests, size, self._steps, on_step, viewers)
        if drawn is None:
            log.warning("not enough memory", size=str(size), batch_size=len(requests))
            self._pipeline.free_memory()
            return [self.sketch(request, on_step, viewer) for request, viewer in zip(requests, viewers, strict=True)]
        remarks = replace(self._guidance_remarks(requests[0].guidance_scale), batch_size=len(requests))
        return [
            partial(self._finish, self._sketch(request, picture, replace(remarks, dropped_tokens=dropped)))
            for request, (picture, dropped) in zip(requests, drawn, strict=True)
        ]

    def _sketch(self, request: GenerationRequest, picture: Image.Image, remarks: Remarks) -> Sketch:
        return Sketch(picture, request, self._identity, self._build, remarks=remarks)

    def _finish(self, sketch: Sketch) -> DrawnImage:
        if self._checker is not None:
            # On the CPU, so that the device need not wait for its verdict.
            remarks = replace(sketch.remarks, is_flagged=self._checker.flags(sketch.picture))
            sketch = replace(sketch, remarks=remarks)
        return finish(sketch, self._settings)

    def _draw(
        self, request: GenerationRequest, steps: int, on_step: OnStep, viewer: Viewer | None
    ) -> tuple[Image.Image, Remarks]:
        """The picture at its native size, or smaller where memory does not suffice; never more tries than two."""
        remarks = self._guidance_remarks(request.guidance_scale)
        for attempt, size in enumerate(self._sizes(request.aspect_ratio)):
            with self._pipeline.in_less_memory() if attempt else nullcontext():
                drawn = self._try((request,), size, steps, on_step, (viewer,))
            if drawn is not None:
                ((picture, dropped),) = drawn
                remarks = replace(remarks, dropped_tokens=dropped, drawn_size=str(size) if attempt else None)
                return picture, remarks
            log.warning("not enough memory", size=str(size), device=self._pipeline.placement.device)
            self._pipeline.free_memory()
        raise EngineError(f"not enough memory for a picture, not even at {size}")

    def _try(
        self,
        requests: Sequence[GenerationRequest],
        size: PixelSize,
        steps: int,
        on_step: OnStep,
        viewers: Sequence[Viewer | None],
    ) -> list[tuple[Image.Image, int]] | None:
        """Each picture, and the tokens cut off; None when memory did not suffice."""
        try:
            return self._pipeline.draw(requests, size, steps, on_step, Previews(viewers))
        except SeedbedError:
            raise
        except Exception as error:
            if not is_out_of_memory(error):
                self._explain(error)
                raise
        # Only here, outside, does nothing hold the failed drawing's tensors any more.
        return None

    def _explain(self, error: Exception) -> None:
        """Raise in one sentence why the very first picture fails; what goes wrong later is for the log."""
        if self._has_proved_itself:
            return
        # Compilers and attention back ends fail at their first use, in errors of their own.
        if self._settings.compile or self._settings.attention != "native":
            raise ConfigurationError(f"with {self._chosen} it does not draw: {first_line(error)}") from error
        raise EngineError(f"{self._identity.name} loads but does not draw: {first_line(error)}") from error

    def _sizes(self, aspect_ratio: AspectRatio) -> Iterator[PixelSize]:
        native = self.family.sizes.size(aspect_ratio, self._settings.megapixels)
        yield native
        yield self.family.sizes.size(aspect_ratio, native.width * native.height / ONE_MEGAPIXEL / SMALLER)

    def _guidance_remarks(self, guidance_scale: float) -> Remarks:
        applied = self.family.guidance.apply(guidance_scale).guidance_scale
        if applied is None:
            return Remarks(ignored_parameters=("guidance_scale",))
        return Remarks(applied_guidance_scale=None if applied == guidance_scale else applied)


def _digest(folder: PipelineFolder, adapters: tuple[Adapter, ...]) -> str:
    """The folder's digest, or where adapters change its weights, one over all."""
    if not adapters:
        return folder.digest()
    parts = [folder.digest(), *(adapter.digest() for adapter in adapters)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
