"""`seedbed.world.brushes` for batches of pictures on any device, (batch, channels, height, width), in 0..1."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

__all__ = ["Noise", "blurred", "edges", "noise_of", "pixelated", "wash", "wobbled"]

_FINENESS = (1.0, 4.0, 2.0, 2.0)
"""Blots to a cell of a noise's layers: two for a wash, two for a wobble down and across."""

Noise = Tensor
"""Smooth noise in 0..1, a layer for each of `_FINENESS`, (batch, 4, height, width)."""


def blurred(pictures: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur of `sigma` pixels; edges go on beyond the border. Pillow's, of three boxes, is nearly that."""
    reach = max(1, round(3 * sigma))
    places = torch.arange(-reach, reach + 1, device=pictures.device, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (places / sigma) ** 2)
    kernel = kernel / kernel.sum()
    batch, channels, height, width = pictures.shape
    flat = pictures.clamp(0.0, 1.0).reshape(batch * channels, 1, height, width)
    flat = functional.conv2d(functional.pad(flat, (0, 0, reach, reach), mode="replicate"), kernel.view(1, 1, -1, 1))
    flat = functional.conv2d(functional.pad(flat, (reach, reach, 0, 0), mode="replicate"), kernel.view(1, 1, 1, -1))
    return flat.view(batch, channels, height, width)


def edges(pictures: Tensor, sigma: float) -> Tensor:
    """How much the pictures change over a length of `sigma` pixels, (batch, 1, height, width)."""
    down, across = torch.gradient(blurred(pictures, sigma), dim=(2, 3))
    return (down.square() + across.square()).amax(1, keepdim=True).sqrt() * sigma


def pixelated(pictures: Tensor, block: int, levels: int = 7) -> Tensor:
    """Blocks of one colour out of few; of sprites, each block is there or is not. Sides are multiples of `block`."""
    means = functional.avg_pool2d(pictures, block)
    rgb = means[:, :3]
    if means.shape[1] == 4:
        rgb = rgb / means[:, 3:].clamp(min=1e-3)
    few = (rgb.clamp(0.0, 1.0) * (levels - 1)).round() / (levels - 1)
    if means.shape[1] == 4:
        solid = (means[:, 3:] > 0.5).float()
        few = torch.cat((few * solid, solid), dim=1)
    return few.repeat_interleave(block, 2).repeat_interleave(block, 3)


def wash(noise: Noise) -> Tensor:
    """Uneven paint in 0..1, (batch, 1, height, width): coarse blots and finer ones."""
    return 0.65 * noise[:, :1] + 0.35 * noise[:, 1:2]


def wobbled(pictures: Tensor, reach: float, noise: Noise) -> Tensor:
    """The pictures with each pixel moved by up to `reach` pixels, neighbours alike."""
    height, width = pictures.shape[2:]
    device = pictures.device
    rows = torch.arange(height, device=device)[:, None] + reach * (2 * noise[:, 2] - 1)
    columns = torch.arange(width, device=device) + reach * (2 * noise[:, 3] - 1)
    # Whole numbers are the middles of pixels, and -1 and 1 those of the outermost.
    places = torch.stack((2 * columns / (width - 1) - 1, 2 * rows / (height - 1) - 1), dim=-1)
    return functional.grid_sample(pictures, places, mode="bilinear", padding_mode="border", align_corners=True)


def noise_of(seeds: Sequence[int], shape: tuple[int, int], unit: int, device: torch.device) -> Noise:
    """The noise that `seeds` make on pictures of one shape, where a cell has `unit` pixels."""
    layers = []
    for layer, fineness in enumerate(_FINENESS):
        blots = np.stack([_blots(shape, unit, fineness, seed + layer) for seed in seeds])
        small = torch.from_numpy(blots)[:, None].to(device)
        large = functional.interpolate(small, shape, mode="bicubic", align_corners=False, antialias=True)
        layers.append(large.clamp(0.0, 1.0))
    return torch.cat(layers, dim=1)


@cache
def _blots(shape: tuple[int, int], unit: int, fineness: float, seed: int) -> NDArray[np.float32]:
    rows, columns = (max(2, int(side / unit * fineness) + 2) for side in shape)
    return np.random.default_rng(seed).random((rows, columns), np.float32)
