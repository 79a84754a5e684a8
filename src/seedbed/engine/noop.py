"""An engine without a model, for load tests and fault tests."""

import hashlib
import os
import time
from dataclasses import astuple
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seedbed.engine.engine import DrawnImage, ModelIdentity, OnStep, Viewer
from seedbed.engine.jpeg import ImageMetadata, encode_jpeg
from seedbed.engine.previews import Previews
from seedbed.errors import EngineError
from seedbed.request import GenerationRequest, PixelSize, Resolution
from seedbed.settings import Settings

__all__ = ["NoopEngine"]

STEPS = 4
SHRINK = 32
"""How much smaller than the contract's 2K size its pictures are; divides each side of each."""
HANG_SECONDS = 3600.0


class NoopEngine:
    """Draws a small gradient that follows from the request, at once.

    Args:
        settings: JPEG quality and metadata.
        faults: whether these prompts do as they say: "crash" kills the process, "hang" gives no sign of
            life, "fail" raises `EngineError`, "slow 2" takes two seconds.
    """

    def __init__(self, settings: Settings, *, faults: bool = False) -> None:
        self._settings = settings
        self._faults = faults

    @property
    def identity(self) -> ModelIdentity:
        """No weights: the digest is of nothing."""
        return ModelIdentity("noop", hashlib.sha256(b"").hexdigest())

    def warm_up(self) -> None:
        """There is nothing to warm."""

    def draw(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> DrawnImage:
        """Draw a gradient, after whatever fault the prompt names; a preview has as much of it as there are steps."""
        full = request.aspect_ratio.pixel_size(Resolution.TWO_K)
        size = PixelSize(full.width // SHRINK, full.height // SHRINK)
        previews = Previews([viewer])
        pause = self._fault(request.prompt) / STEPS if self._faults else 0.0
        for step in range(1, STEPS + 1):
            time.sleep(pause)
            on_step(step, STEPS)
            if step < STEPS:
                previews.offer(partial(_begun, request, size, step))
        metadata = ImageMetadata(request, self.identity) if self._settings.embed_metadata else None
        jpeg = encode_jpeg(_gradient(request, size), self._settings.jpeg_quality, metadata)
        return DrawnImage(jpeg, size, self.identity)

    def _fault(self, prompt: str) -> float:
        """Do what the prompt says; the seconds that drawing shall take."""
        word, _, rest = prompt.partition(" ")
        if word == "crash":
            os._exit(70)
        if word == "hang":
            time.sleep(HANG_SECONDS)
        if word == "fail":
            raise EngineError("the prompt asked for a failure")
        return float(rest) if word == "slow" else 0.0


def _begun(request: GenerationRequest, size: PixelSize, step: int, _place: int) -> Image.Image:
    """The gradient's upper part, and black below it."""
    pixels = _gradient(request, size)
    pixels[size.height * step // STEPS :] = 0
    return Image.fromarray(pixels)


def _gradient(request: GenerationRequest, size: PixelSize) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    corners = hashlib.sha256(repr(astuple(request)).encode()).digest()
    start, end = (np.frombuffer(corners[at : at + 3], np.uint8).astype(np.float64) for at in (0, 3))
    along = np.linspace(0, 1, size.width)[None, :, None]
    down = np.linspace(0, 1, size.height)[:, None, None]
    mix = (along + down) / 2
    pixels: NDArray[np.uint8] = (start * (1 - mix) + end * mix).astype(np.uint8)
    return pixels
