"""One of diffusers' pipelines, loaded from a folder and made to draw one request at a time."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import diffusers
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from torch import Tensor

from seedbed.engine.diffusers_adapters import Adapter, apply_adapters
from seedbed.engine.diffusers_device import Placement, is_tiled, place, tile
from seedbed.engine.diffusers_folder import PipelineFolder
from seedbed.engine.diffusers_previews import LatentPreviews
from seedbed.engine.diffusers_speed import quantised, speed_up
from seedbed.engine.diffusers_tokenizers import PromptCuts
from seedbed.engine.engine import OnStep
from seedbed.engine.families import Family
from seedbed.engine.previews import NO_PREVIEWS, Previews
from seedbed.errors import CheckpointError, EngineError
from seedbed.request import GenerationRequest, PixelSize
from seedbed.settings import Settings

__all__ = ["FamilyPipeline", "first_line", "quiet"]

LOADING = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError, SafetensorError)
"""What diffusers and transformers raise where a folder is not what it says."""


class FamilyPipeline:
    """A pipeline of a known family. Not for several threads.

    Args:
        pipeline: diffusers' own, with its weights; it is put where it shall compute.
        family: what it is.
        settings: how it computes.
        placement: where, and in which numbers.
    """

    def __init__(self, pipeline: Any, family: Family, settings: Settings, placement: Placement) -> None:
        self.placement = placement
        self.pipeline = pipeline
        place(self.pipeline, self.placement, settings)
        speed_up(self.pipeline, settings)
        self._is_tiled = is_tiled(self.placement, settings)
        self._family = family
        self._scheduler = self.pipeline.scheduler
        self._cuts = PromptCuts(self.pipeline.components)
        self._looks = LatentPreviews(self.pipeline, self.placement)

    @classmethod
    def load(
        cls, folder: PipelineFolder, family: Family, settings: Settings, adapters: tuple[Adapter, ...] = ()
    ) -> "FamilyPipeline":
        """The pipeline in a folder.

        Args:
            folder: where its weights are, looked through.
            family: what it is.
            settings: where and how it computes.
            adapters: what is laid over its weights.

        Raises `CheckpointError` when it does not load.
        """
        placement = Placement.of(settings, folder.weight_bytes, folder.largest_component_bytes)
        pipeline = _load(folder, placement)
        _check_keys(folder, pipeline)
        apply_adapters(pipeline, adapters)
        return cls(pipeline, family, settings, placement)

    def draw(
        self,
        requests: Sequence[GenerationRequest],
        size: PixelSize,
        num_inference_steps: int,
        on_step: OnStep,
        previews: Previews = NO_PREVIEWS,
    ) -> list[tuple[Image.Image, int]]:
        """Each request's picture at `size`, and how many tokens of its prompt were cut off; all are drawn at once.

        What `on_step` raises comes out here, with the pipeline ready for the next request.
        """
        # A scheduler counts its steps; one that was cancelled, or another's, must not be gone on with.
        self.pipeline.scheduler = type(self._scheduler).from_config(self._scheduler.config)
        try:
            with self._cuts.counted() as cuts:
                arguments = self._arguments(requests, size, num_inference_steps)
                watched = self._watched(size, num_inference_steps, on_step, previews)
                answer = self.pipeline(**arguments, callback_on_step_end=watched)
        finally:
            self.pipeline.maybe_free_model_hooks()
        return list(zip(answer.images, cuts.dropped_tokens(len(requests)), strict=True))

    @contextmanager
    def in_less_memory(self) -> Iterator[None]:
        """Decode tile by tile within the block; the next request's bytes must not depend on it."""
        tile(self.pipeline)
        try:
            yield
        finally:
            tile(self.pipeline, on=self._is_tiled)

    def free_memory(self) -> None:
        """Give back what a failed drawing held."""
        gc.collect()
        if self.placement.device.startswith("cuda"):
            torch.cuda.empty_cache()

    def _watched(
        self, size: PixelSize, num_inference_steps: int, on_step: OnStep, previews: Previews
    ) -> Callable[..., dict[str, Any]]:
        """What the pipeline calls after each step: tells of it, and shows how far the pictures are."""
        before: Tensor | None = None

        def on_step_end(_pipeline: Any, index: int, _timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            nonlocal before
            on_step(index + 1, num_inference_steps)
            if index + 1 < num_inference_steps:
                self._looks.offer(previews, before, tensors["latents"], index, size)
            before = tensors["latents"]
            return tensors

        return on_step_end

    def _arguments(
        self, requests: Sequence[GenerationRequest], size: PixelSize, num_inference_steps: int
    ) -> dict[str, Any]:
        return {
            **dict(self._family.arguments),
            **self._family.guidance.arguments(requests[0].guidance_scale),
            **_each(requests, dict(self._family.arguments).get("negative_prompt")),
            "width": size.width,
            "height": size.height,
            "num_inference_steps": num_inference_steps,
            "output_type": "pil",
        }


def _each(requests: Sequence[GenerationRequest], negative_prompt: str | None) -> dict[str, Any]:
    """The arguments of which each request has its own."""
    each: dict[str, list[Any]] = {
        "prompt": [request.prompt for request in requests],
        "generator": [_generator(request) for request in requests],
    }
    if negative_prompt is not None:
        each["negative_prompt"] = [negative_prompt] * len(requests)
    return {name: values if len(values) > 1 else values[0] for name, values in each.items()}


def _generator(request: GenerationRequest) -> torch.Generator:
    if request.seed is None:
        raise EngineError("a request is drawn only with its seed set")
    # On the CPU: the same start on every device, and nobody else's draws in between.
    return torch.Generator("cpu").manual_seed(request.seed)


def _load(folder: PipelineFolder, placement: Placement) -> Any:
    kind = getattr(diffusers, folder.pipeline, None)
    if kind is None:
        raise CheckpointError(f"{folder.path.name} needs {folder.pipeline}, which diffusers does not have")
    try:
        # Never `trust_remote_code`, never a pickle, and never the network: what is missing is an error.
        pipeline = kind.from_pretrained(
            folder.path,
            dtype=placement.dtype,
            use_safetensors=True,
            local_files_only=True,
            quantization_config=quantised(folder, placement),
        )
    except LOADING as error:
        raise CheckpointError(f"{folder.path.name} does not load: {first_line(error)}") from error
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
        # Not its whole state: quantised weights have scales besides, which no file holds.
        missing = sorted(_kept(component) - there)
        if missing:
            raise CheckpointError(f"{folder.path.name}: {name} lacks {len(missing)} of its weights, as {missing[0]}")


def _kept(component: Any) -> set[str]:
    names: set[str] = {name for name, _ in component.named_parameters()}
    return names | ({name for name, _ in component.named_buffers()} & set(component.state_dict()))


def quiet() -> None:
    """Let the libraries tell nothing on their own, from the first part that is loaded."""
    from transformers.utils import logging

    # What goes wrong is an error of ours; what is left is advertising.
    diffusers.utils.logging.set_verbosity_error()
    logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    logging.disable_progress_bar()


def first_line(error: Exception) -> str:
    """The first line of what an error says, or its kind where it says nothing."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
