"""A pipeline that is measured on a GPU: drawn with by the engine's code, counted, weighed, and the machine's peak."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from PIL import Image
from tests.engine.tiny_pipelines import build_tiny
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.engine import REQUEST, cost_of, ignore
from benchmarks.hardware import resident
from benchmarks.public_shapes import build_public
from seedbed.engine.diffusers_device import Placement
from seedbed.engine.diffusers_pipeline import FamilyPipeline
from seedbed.engine.engine import OnStep
from seedbed.engine.families import Family
from seedbed.request import PixelSize
from seedbed.settings import Settings

__all__ = ["Subject", "forget_memory", "memory", "operations", "parameters", "peak", "step_seconds"]

FEW = 4
"""Network steps of the pictures that are only compared with each other."""
SIDE, TINY_SIDE = 8192, 512
"""Of the square matrices whose product is the peak."""


@dataclass(frozen=True)
class Subject:
    """One pipeline, and how it is drawn with."""

    family: Family
    settings: Settings
    drawing: FamilyPipeline
    is_tiny: bool

    @classmethod
    def build(cls, family: Family, settings: Settings, *, is_tiny: bool) -> "Subject":
        """The family's pipeline, tiny or of public shape, placed as the engine places it."""
        placement = Placement.of(settings, 0, 0)
        pipeline = build_tiny(family.name) if is_tiny else build_public(family.name, placement.device, placement.dtype)
        pipeline.set_progress_bar_config(disable=True)
        return cls(family, settings, FamilyPipeline(pipeline, family, settings, placement), is_tiny)

    @property
    def size(self) -> PixelSize:
        """What is drawn: 1024x1024, unless tiny."""
        return self.family.sizes.size(REQUEST.aspect_ratio, self.settings.megapixels)

    @property
    def steps(self) -> int:
        """The family's usual steps, unless told otherwise."""
        return self.settings.num_inference_steps or self.family.steps

    @property
    def few(self) -> int:
        """Steps where pictures are only compared."""
        return min(FEW, self.steps)

    @property
    def is_on_gpu(self) -> bool:
        """Whether it computes on a GPU."""
        return self.drawing.placement.device.startswith("cuda")

    def draw(
        self, seeds: Sequence[int] = (7,), steps: int | None = None, on_step: OnStep = ignore
    ) -> list[Image.Image]:
        """A picture for each seed, all at once, by the engine's code."""
        requests = [replace(REQUEST, seed=seed) for seed in seeds]
        drawn = self.drawing.draw(requests, self.size, steps or self.few, on_step)
        return [picture for picture, _ in drawn]

    def wait(self) -> None:
        """Until the device is idle."""
        if self.is_on_gpu:
            torch.cuda.synchronize()


def parameters(pipeline: Any) -> str:
    """How many weights each network has."""
    networks = ((name, part) for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module))
    counts = {name: sum(weight.numel() for weight in part.parameters()) for name, part in networks}
    return ", ".join(f"{name} {count / 1e9:.2f} B" for name, count in counts.items())


def peak(subject: Subject) -> float:
    """The most floating-point operations a second of a product of square matrices, in the pipeline's numbers."""
    side = TINY_SIDE if subject.is_tiny else SIDE
    placement = subject.drawing.placement
    left = torch.randn(side, side, device=placement.device, dtype=placement.dtype)
    right = torch.randn_like(left)

    def products() -> None:
        for _ in range(10):
            left @ right
        subject.wait()

    products()
    return 10 * 2 * side**3 / min(cost_of(products).seconds for _ in range(5))


def operations(subject: Subject) -> float:
    """Floating-point operations of a whole picture: of its products, convolutions and attention."""
    counts: list[int] = []
    for steps in (1, 2):
        with FlopCounterMode(display=False) as counter:
            subject.draw(steps=steps)
        counts.append(counter.get_total_flops())
    return float(counts[0]) + (subject.steps - 1) * (counts[1] - counts[0])


def forget_memory(subject: Subject) -> None:
    """Begin anew to look for the most memory."""
    if subject.is_on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def memory(subject: Subject) -> str:
    """The most memory since it was forgotten."""
    if not subject.is_on_gpu:
        return f"{resident(os.getpid()):.0f} MiB of the whole process"
    allocated, reserved = torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
    return f"{allocated / 2**30:.1f} GiB allocated at most, {reserved / 2**30:.1f} GiB reserved"


def step_seconds(subject: Subject) -> float:
    """Of one network step of a picture alone, without the rest."""
    few, more = cost_of(lambda: subject.draw(steps=1)).seconds, cost_of(lambda: subject.draw(steps=3)).seconds
    return max(0.0, more - few) / 2
