"""Small pictures of a foreign pipeline's latents between two steps, decoded where that is cheap."""

from typing import Any

import diffusers
import structlog
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from seedbed.diffusion.flow import straight_on
from seedbed.engine.diffusers_device import Placement
from seedbed.engine.previews import SIDE, Previews
from seedbed.errors import EngineError
from seedbed.request import PixelSize
from seedbed.settings import Offload

__all__ = ["LatentPreviews"]

AUTOENCODERS = (diffusers.AutoencoderKL, diffusers.AutoencoderDC)
"""Those that take latents of shape (batch, channels, height, width), scaled and shifted by one number each."""
EULER = (diffusers.EulerDiscreteScheduler, diffusers.FlowMatchEulerDiscreteScheduler)
"""Those whose steps are straight: two points show where they lead. So do others of rectified flow, nearly."""

log = structlog.get_logger(__name__)


class LatentPreviews:
    """Shows how a pipeline's pictures come along: of what its step expects, shrunk before it is decoded.

    A whole decoding would cost as much as several steps; of latents shrunk to `SIDE` pixels' worth it is a sixteenth
    and less. Where latents are laid out otherwise, or parts of the model wait in the machine's memory, there are none.

    Args:
        pipeline: one of diffusers', loaded.
        placement: where it computes.
    """

    def __init__(self, pipeline: Any, placement: Placement) -> None:
        self._pipeline = pipeline
        vae = getattr(pipeline, "vae", None)
        # With parts offloaded, a look in between would move networks to and fro.
        self._is_possible = isinstance(vae, AUTOENCODERS) and placement.offload is Offload.NONE

    def offer(self, previews: Previews, before: Tensor | None, after: Tensor, index: int, size: PixelSize) -> None:
        """Show each picture after a step; one that cannot be shown costs only the preview.

        Args:
            previews: who looks on.
            before: latents before the step, laid out as the pipeline does; None at the first, which shows nothing.
            after: latents after it.
            index: the step's number, from 0.
            size: the pictures' pixels.
        """
        if not self._is_possible or before is None:
            return
        try:
            previews.offer(lambda place: self._picture(self._expected(before, after, index), place, size))
        except Exception as error:
            # Pipelines differ, and memory may be short: no picture is worth less for that.
            self._is_possible = False
            log.warning("no previews", pipeline=type(self._pipeline).__name__, reason=str(error).partition("\n")[0])

    def _expected(self, before: Tensor, after: Tensor, index: int) -> Tensor:
        """The clean latents that the step went towards; where steps are not straight, the noisy ones as they are."""
        scheduler = self._pipeline.scheduler
        if not (isinstance(scheduler, EULER) or scheduler.config.get("use_flow_sigmas")):
            return after
        start, end = (1 - float(sigma) for sigma in scheduler.sigmas[index : index + 2])
        return straight_on(before, after, start, end)

    def _picture(self, latents: Tensor, place: int, size: PixelSize) -> Image.Image:
        vae = self._pipeline.vae
        shrunk = _shrunk(self._unpacked(latents[place : place + 1], size), size)
        scaled = shrunk / vae.config.scaling_factor + (vae.config.get("shift_factor") or 0)
        pixels = vae.decode(scaled.to(vae.dtype), return_dict=False)[0]
        if not pixels.isfinite().all():
            raise EngineError(f"its autoencoder does not compute in {vae.dtype}")
        array = ((pixels[0].float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy()
        return Image.fromarray(array)

    def _unpacked(self, latents: Tensor, size: PixelSize) -> Tensor:
        """Latents as the autoencoder takes them, shape (1, channels, height, width)."""
        if latents.dim() == 4:
            return latents
        unpacked: Tensor = self._pipeline._unpack_latents(
            latents, size.height, size.width, self._pipeline.vae_scale_factor
        )
        return unpacked


def _shrunk(latents: Tensor, size: PixelSize) -> Tensor:
    """Latents of the same picture with its longer side `SIDE` pixels, or as they are where it is shorter."""
    share = SIDE / max(size.width, size.height)
    if share >= 1:
        return latents.float()
    sides = [max(1, round(side * share)) for side in latents.shape[-2:]]
    return functional.interpolate(latents.to(torch.float32), sides, mode="area")
