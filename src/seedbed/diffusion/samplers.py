"""From noise to a picture. A sampler knows a network only as `denoised = model(latents, timestep)`."""

import itertools
import math
from collections.abc import Callable, Iterator

from torch import Tensor

__all__ = ["DenoisingModel", "Sampler", "dpm_solver_2m", "euler", "heun"]

DenoisingModel = Callable[[Tensor, float], Tensor]
"""The clean latents that a network expects behind `latents` at a time in 0..1."""

Sampler = Callable[[DenoisingModel, Tensor, Tensor], Iterator[Tensor]]
"""Walks from noise, any shape, along times from 0 up to 1, shape (steps + 1,), yielding the latents after each step."""


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


def heun(model: DenoisingModel, latents: Tensor, timesteps: Tensor) -> Iterator[Tensor]:
    """Heun's method: each step but the last asks the network twice, and walks along the mean of both velocities.

    Source: EDM (arXiv 2206.00364, algorithm 1), in the times of rectified flow.
    """
    times = timesteps.tolist()
    for time, following in itertools.pairwise(times):
        velocity = (model(latents, time) - latents) / (1 - time)
        ahead = latents + (following - time) * velocity
        if following < 1:
            there = (model(ahead, following) - ahead) / (1 - following)
            ahead = latents + (following - time) * (velocity + there) / 2
        latents = ahead
        yield latents


def dpm_solver_2m(model: DenoisingModel, latents: Tensor, timesteps: Tensor) -> Iterator[Tensor]:
    """DPM-Solver++(2M): one question a step, and what the network said before tells where its answer is going.

    Source: arXiv 2211.01095, algorithm 2, with α = t and σ = 1 - t. Steps from pure noise and to the picture itself
    are of first order, which is Euler's step: there the half-logarithmic signal-to-noise ratio is infinite.
    """
    before: tuple[Tensor, float] | None = None
    for time, following in itertools.pairwise(timesteps.tolist()):
        denoised = model(latents, time)
        expected = denoised
        if before is not None and following < 1:
            ratio = before[1] / (_log_snr(following) - _log_snr(time))
            expected = denoised + (denoised - before[0]) / (2 * ratio)
        latents = (1 - following) / (1 - time) * latents + (following - time) / (1 - time) * expected
        before = (denoised, _log_snr(following) - _log_snr(time)) if time > 0 and following < 1 else None
        yield latents


def _log_snr(time: float) -> float:
    """Half the logarithm of the signal-to-noise ratio, log(α / σ)."""
    return math.log(time / (1 - time))
