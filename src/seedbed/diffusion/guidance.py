"""Classifier-free guidance that holds from 0 to 20: capped in norm, kept to an interval, clamped."""

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Guidance", "guide"]


@dataclass(frozen=True, slots=True)
class Guidance:
    """How a prompt is enforced."""

    scale: float
    """0 is the conditional prediction alone; the usual weight of the literature is 1 + scale."""
    cap: float = 0.15
    """The guidance step's largest norm, as a share of the conditional prediction's."""
    start: float = 0.1
    end: float = 0.6
    """The times between which guidance acts (arXiv 2404.07724); outside, one network pass is enough."""

    def acts_at(self, time: float) -> bool:
        """Whether the unconditional prediction is needed at `time`."""
        # Times come as float32, in which 0.6 is a little more than 0.6.
        return self.scale > 0 and self.start <= round(time, 6) <= self.end


def guide(conditional: Tensor, unconditional: Tensor, guidance: Guidance) -> Tensor:
    """x_c + min(1, cap |x_c| / |d|) d with d = scale (x_c - x_u), for each picture by itself.

    Both predictions have shape (batch, channels, height, width). The norm of x_c is taken without its mean over the
    picture, so that a bright background lends the step no strength. Source: classifier-free guidance
    (arXiv 2207.12598, equation 6) with the norm limit of APG (arXiv 2410.02416, section 3.3).
    """
    step = guidance.scale * (conditional - unconditional)
    centred = conditional - conditional.mean(dim=(2, 3), keepdim=True)
    limit = guidance.cap * _norm(centred) / _norm(step).clamp(min=1e-6)
    return conditional + step * limit.clamp(max=1.0)


def _norm(x: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(x, dim=(1, 2, 3), keepdim=True)
    return norm
