"""Mends seams between the patches of a linear reconstruction, where neighbours drawn apart disagree a little.

Each latent gives a patch of pixels, and what the transformer gets wrong of its brightness shows as a square. A step
from one patch to the next that is small is such a fault, and is spread over half a patch on both sides; one that is
large is an edge of what is drawn, and stays. (Deblocking filters of video codecs tell faults from edges in this way:
List et al., "Adaptive deblocking filter", IEEE TCSVT 13(7), 2003.)
"""

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["mended"]

_EDGE = 0.15
"""A step of this height in any colour, of the 2 from black to white, is an edge."""
_REACH = 8
"""Pixels along a seam, to both sides, that a step is averaged over."""


def mended(pictures: Tensor, patch: int) -> Tensor:
    """Pictures in about -1..1, (batch, 3, height, width), without small steps where patches of that side meet."""
    across = pictures + _correction(pictures, patch)
    return across + _correction(across.mT, patch).mT


def _correction(pictures: Tensor, patch: int) -> Tensor:
    """What closes the steps from each patch to its right neighbour, of the pictures' shape."""
    if pictures.shape[-1] == patch:
        return torch.zeros_like(pictures)
    steps = functional.pad(_steps(pictures, patch), (1, 1))
    # From a seam, where each side comes half the way to meet the other, to the middle of the patch.
    ramp = (0.5 - (torch.arange(patch, device=pictures.device) + 0.5) / patch).clamp(min=0.0)
    leftwards, rightwards = steps[..., :-1, None] * ramp, steps[..., 1:, None] * ramp.flip(0)
    return (rightwards - leftwards).flatten(-2)


def _steps(pictures: Tensor, patch: int) -> Tensor:
    """The small steps at the seams, averaged along them; nothing at edges, (batch, 3, height, seams)."""
    steps = pictures[..., patch::patch] - pictures[..., patch - 1 : -1 : patch]
    small = (steps.abs().amax(1, keepdim=True) < _EDGE).to(steps.dtype)
    return small * _along(steps * small) / _along(small).clamp(min=1e-6)


def _along(numbers: Tensor) -> Tensor:
    """(batch, numbers, height, seams), each averaged with those above and below."""
    padded = functional.pad(numbers, (0, 0, _REACH, _REACH), mode="replicate")
    return functional.avg_pool2d(padded, (2 * _REACH + 1, 1), stride=1)
