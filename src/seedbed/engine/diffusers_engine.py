"""Any open model that diffusers runs, behind the engine interface."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import structlog
from PIL import Image

from seedbed.engine.diffusers_adapters import Adapter, parse_adapters
from seedbed.engine.diffusers_device import is_out_of_memory
from seedbed.engine.diffusers_folder import PipelineFolder
from seedbed.engine.diffusers_pipeline import FamilyPipeline
from seedbed.engine.diffusers_safety import SafetyChecker
from seedbed.engine.engine import DrawnImage, ModelIdentity, OnStep
from seedbed.engine.enlarge import enlarge
from seedbed.engine.families import choose_family
from seedbed.engine.jpeg import ImageMetadata, encode_jpeg
from seedbed.engine.models import ModelSource
from seedbed.engine.native_sizes import ONE_MEGAPIXEL
from seedbed.errors import EngineError
from seedbed.request import AspectRatio, GenerationRequest, PixelSize
from seedbed.settings import Settings
from seedbed.task import Remarks

__all__ = ["DiffusersEngine"]

WARM_UP_STEPS = 2
SMALLER = 2.0
"""By how much the number of pixels is divided where memory does not suffice."""

log = structlog.get_logger(__name__)


class DiffusersEngine:
    """Draws with a pipeline of diffusers, from a folder in diffusers' layout.

    Args:
        settings: where and how it computes, and what is made of its pictures.
        source: what the model is called.
        folder: where its weights are.

    Raises `CheckpointError` when the weights do not load, `ConfigurationError` when nobody told us what
    its parameters mean.
    """

    def __init__(self, settings: Settings, source: ModelSource, folder: PipelineFolder) -> None:
        self._settings = settings
        self.family = choose_family(folder.pipeline, source.name, folder.settings, settings.model_family)
        self._steps = settings.num_inference_steps or self.family.steps
        adapters = parse_adapters(settings.loras)
        self._identity = ModelIdentity(source.label, _digest(folder, adapters))
        self._checker = SafetyChecker(settings.safety_checker) if settings.safety_checker else None
        self._pipeline = FamilyPipeline(folder, self.family, settings, adapters)
        placement = self._pipeline.placement
        log.info(
            "model loaded",
            model=source.label,
            family=self.family.name,
            device=placement.device,
            dtype=str(placement.dtype).removeprefix("torch."),
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
            self._draw(request, min(WARM_UP_STEPS, self._steps), lambda _step, _steps: None)

    def draw(self, request: GenerationRequest, on_step: OnStep) -> DrawnImage:
        """Draw `request`, whose seed is set; the same request gives the same bytes on the same kind of device."""
        picture, remarks = self._draw(request, self._steps, on_step)
        if self._checker is not None:
            remarks = replace(remarks, is_flagged=self._checker.flags(picture))
        size = request.aspect_ratio.pixel_size(self._settings.resolution)
        metadata = ImageMetadata(request, self._identity, remarks) if self._settings.embed_metadata else None
        jpeg = encode_jpeg(enlarge(picture, size), self._settings.jpeg_quality, metadata)
        return DrawnImage(jpeg, size, self._identity, remarks=remarks)

    def _draw(self, request: GenerationRequest, steps: int, on_step: OnStep) -> tuple[Image.Image, Remarks]:
        """The picture at its native size, or smaller where memory does not suffice; never more tries than two."""
        remarks = self._guidance_remarks(request.guidance_scale)
        for attempt, size in enumerate(self._sizes(request.aspect_ratio)):
            drawn = self._try(request, size, steps, on_step)
            if drawn is not None:
                picture, dropped = drawn
                remarks = replace(remarks, dropped_tokens=dropped, drawn_size=str(size) if attempt else None)
                return picture, remarks
            log.warning("not enough memory", size=str(size), device=self._pipeline.placement.device)
            self._pipeline.free_memory()
        raise EngineError(f"not enough memory for a picture, not even at {size}")

    def _try(
        self, request: GenerationRequest, size: PixelSize, steps: int, on_step: OnStep
    ) -> tuple[Image.Image, int] | None:
        """The picture and the tokens cut off; None when memory did not suffice."""
        try:
            return self._pipeline.draw(request, size, steps, on_step)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        # Only here, outside, does nothing hold the failed drawing's tensors any more.
        return None

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
