"""Rectified flow: the straight way from noise (t = 0) to a picture (t = 1), and the loss that teaches it."""

from torch import Tensor

__all__ = ["MIN_NOISE", "broadcast", "interpolate", "straight_on", "velocity_loss", "velocity_weight"]

# Below this share of noise an error weighs no more (as min-SNR does, arXiv 2303.09556): cleaning up the last noise
# needs no prompt, and would otherwise drown what teaches the network to read one.
MIN_NOISE = 0.4


def broadcast(timesteps: Tensor, like: Tensor) -> Tensor:
    """Times (batch,) shaped to multiply `like` (batch, …)."""
    return timesteps.view(-1, *(1,) * (like.dim() - 1))


def interpolate(clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
    """z_t = t x + (1 - t) ε (Liu et al., arXiv 2209.03003, equation 1)."""
    t = broadcast(timesteps, clean)
    return t * clean + (1 - t) * noise


def straight_on(before: Tensor, after: Tensor, start: float, end: float) -> Tensor:
    """Where the straight way ends that was at `before` at time `start`, and at `after` at time `end`: at t = 1.

    After a step of Euler's it is what the network then took for the clean data: z + (1 - t) dz/dt.
    """
    return after + (1 - end) / (end - start) * (after - before)


def velocity_weight(timesteps: Tensor) -> Tensor:
    """What an error of the clean prediction weighs as an error of velocity: 1 / max(1 - t, 0.4)²."""
    return (1 - timesteps).clamp(min=MIN_NOISE) ** -2


def velocity_loss(denoised: Tensor, clean: Tensor, timesteps: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean squared error of velocity, for a network that predicts x ("Back to Basics", arXiv 2511.13720).

    denoised, clean: (batch, channels, height, width). weights: what an error of each channel weighs, (channels,).
    """
    squared = (denoised - clean).square()
    error = (squared if weights is None else squared * weights[:, None, None]).flatten(1).mean(1)
    return (velocity_weight(timesteps) * error).mean()
