"""One of diffusers' pipelines, loaded from a folder and made to draw one request at a time."""

import gc
from typing import Any

import diffusers
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open

from seedbed.engine.diffusers_adapters import Adapter, apply_adapters
from seedbed.engine.diffusers_device import Placement, place, tile
from seedbed.engine.diffusers_folder import PipelineFolder
from seedbed.engine.diffusers_tokenizers import PromptCuts
from seedbed.engine.engine import OnStep
from seedbed.engine.families import Family
from seedbed.errors import CheckpointError, EngineError
from seedbed.request import GenerationRequest, PixelSize
from seedbed.settings import Settings

__all__ = ["FamilyPipeline"]

LOADING = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError, SafetensorError)
"""What diffusers and transformers raise where a folder is not what it says."""


class FamilyPipeline:
    """A pipeline of a known family. Not for several threads.

    Args:
        folder: where its weights are, looked through.
        family: what it is.
        settings: where and how it computes.
        adapters: what is laid over its weights.

    Raises `CheckpointError` when it does not load.
    """

    def __init__(
        self, folder: PipelineFolder, family: Family, settings: Settings, adapters: tuple[Adapter, ...] = ()
    ) -> None:
        _quiet()
        self.placement = Placement.of(settings, folder.weight_bytes, folder.largest_component_bytes)
        self.pipeline = _load(folder, self.placement)
        _check_keys(folder, self.pipeline)
        apply_adapters(self.pipeline, adapters)
        place(self.pipeline, self.placement, settings)
        self._family = family
        self._scheduler = self.pipeline.scheduler
        self._cuts = PromptCuts(self.pipeline.components)

    def draw(
        self, request: GenerationRequest, size: PixelSize, num_inference_steps: int, on_step: OnStep
    ) -> tuple[Image.Image, int]:
        """The picture at `size`, and how many tokens of the prompt were cut off.

        What `on_step` raises comes out here, with the pipeline ready for the next request.
        """
        # A scheduler counts its steps; one that was cancelled, or another's, must not be gone on with.
        self.pipeline.scheduler = type(self._scheduler).from_config(self._scheduler.config)
        try:
            with self._cuts.counted() as cuts:
                answer = self.pipeline(**self._arguments(request, size, num_inference_steps, on_step))
        finally:
            self.pipeline.maybe_free_model_hooks()
        picture: Image.Image = answer.images[0]
        return picture, cuts.dropped_tokens

    def free_memory(self) -> None:
        """Give back what a failed drawing held, and need less of it for the next."""
        tile(self.pipeline)
        gc.collect()
        if self.placement.device.startswith("cuda"):
            torch.cuda.empty_cache()

    def _arguments(
        self, request: GenerationRequest, size: PixelSize, num_inference_steps: int, on_step: OnStep
    ) -> dict[str, Any]:
        if request.seed is None:
            raise EngineError("a request is drawn only with its seed set")

        def on_step_end(_pipeline: Any, index: int, _timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            on_step(index + 1, num_inference_steps)
            return tensors

        return {
            **dict(self._family.arguments),
            **self._family.guidance.arguments(request.guidance_scale),
            "prompt": request.prompt,
            "width": size.width,
            "height": size.height,
            "num_inference_steps": num_inference_steps,
            # On the CPU: the same start on every device, and nobody else's draws in between.
            "generator": torch.Generator("cpu").manual_seed(request.seed),
            "callback_on_step_end": on_step_end,
            "output_type": "pil",
        }


def _load(folder: PipelineFolder, placement: Placement) -> Any:
    kind = getattr(diffusers, folder.pipeline, None)
    if kind is None:
        raise CheckpointError(f"{folder.path.name} needs {folder.pipeline}, which diffusers does not have")
    try:
        # Never `trust_remote_code`, never a pickle, and never the network: what is missing is an error.
        pipeline = kind.from_pretrained(folder.path, dtype=placement.dtype, use_safetensors=True, local_files_only=True)
    except LOADING as error:
        raise CheckpointError(f"{folder.path.name} does not load: {_first_line(error)}") from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _check_keys(folder: PipelineFolder, pipeline: Any) -> None:
    """Raise `CheckpointError` where a network of diffusers has weights that the files do not: they would be random."""
    for name, component in pipeline.components.items():
        if not isinstance(component, diffusers.ModelMixin):
            continue
        there: set[str] = set()
        for file in (folder.path / name).glob("*.safetensors"):
            with safe_open(file, framework="pt") as weights:
                there |= set(weights.keys())
        missing = sorted(component.state_dict().keys() - there)
        if missing:
            raise CheckpointError(f"{folder.path.name}: {name} lacks {len(missing)} of its weights, as {missing[0]}")


def _quiet() -> None:
    from transformers.utils import logging

    # What goes wrong is an error of ours; what is left is advertising.
    diffusers.utils.logging.set_verbosity_error()
    logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    logging.disable_progress_bar()


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
