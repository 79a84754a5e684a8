"""Which times are trained on, and which times a sampler visits."""

import torch
from torch import Tensor

__all__ = ["sampling_timesteps", "shift_timesteps", "training_timesteps"]


def training_timesteps(count: int, generator: torch.Generator, mean: float = -0.8, uniform: float = 0.1) -> Tensor:
    """Times in 0..1, logit-normal around sigmoid(mean) with a share drawn evenly, shape (count,).

    Source: Stable Diffusion 3 (arXiv 2403.03206, section 3.1).
    """
    normal = torch.sigmoid(torch.randn(count, generator=generator) + mean)
    even = torch.rand(count, generator=generator)
    return torch.where(torch.rand(count, generator=generator) < uniform, even, normal)


def shift_timesteps(timesteps: Tensor, shift: float) -> Tensor:
    """Move times towards noise: more steps where the picture's layout is decided (arXiv 2403.03206, section 5.3.2)."""
    noise = shift * (1 - timesteps) / (1 + (shift - 1) * (1 - timesteps))
    return 1 - noise


def sampling_timesteps(num_inference_steps: int, shift: float) -> Tensor:
    """The times a sampler visits, from 0 to 1, shape (num_inference_steps + 1,)."""
    return shift_timesteps(torch.linspace(0, 1, num_inference_steps + 1), shift)
