"""From noise to a picture. A sampler knows a network only as `denoised = model(latents, timestep)`."""

import itertools
from collections.abc import Callable, Iterator

from torch import Tensor

__all__ = ["DenoisingModel", "euler"]

DenoisingModel = Callable[[Tensor, float], Tensor]
"""The clean latents that a network expects behind `latents` at a time in 0..1."""


def euler(model: DenoisingModel, latents: Tensor, timesteps: Tensor) -> Iterator[Tensor]:
    """Walk from noise to data along dz/dt = (x - z) / (1 - t), yielding the latents after each step.

    latents: noise, any shape. timesteps: from 0 up to 1, shape (steps + 1,). The last value is the picture.
    Source: rectified flow (arXiv 2209.03003, equation 2), with the velocity of an x-prediction.
    """
    times = timesteps.tolist()
    for time, following in itertools.pairwise(times):
        velocity = (model(latents, time) - latents) / (1 - time)
        latents = latents + (following - time) * velocity
        yield latents
