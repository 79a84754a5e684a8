"""The judge's second network: what is in a square, in which style, and where exactly it stands.

The first network's boxes are rough, since it knows no nouns: only who knows a pencil knows the square that it fills.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.evaluation.convolutions import Residual, downward

__all__ = ["CROP", "Namer", "Names", "crops"]

CROP = 64
"""Pixels of a crop's side."""
_CONTEXT = 1.2
"""A crop's side over its object's: a little of what is around belongs to what it is."""
_WIDTHS = (48, 96, 192)
_FEATURES = 256


class Names(NamedTuple):
    """What the network says of crops."""

    noun: Tensor
    """Logits of the nouns and, last, of no object, (crops, nouns + 1)."""
    style: Tensor
    """Logits of the styles, (crops, styles)."""
    step: Tensor
    """From the box to the object, (crops, 3): across and down in sides of the box, and the logarithm of both sides'
    ratio."""


class Namer(nn.Module):
    """Crops in -1..1, (crops, 3, CROP, CROP), to `Names`."""

    def __init__(self, nouns: int, styles: int) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS
        self.trunk = nn.Sequential(
            downward(3, fine, 4),
            Residual(fine),
            downward(fine, middle, 2),
            Residual(middle),
            downward(middle, coarse, 2),
            Residual(coarse),
            nn.Flatten(),
            nn.Linear(coarse * (CROP // 16) ** 2, _FEATURES),
            nn.BatchNorm1d(_FEATURES),
            nn.ReLU(),
        )
        self.noun = nn.Linear(_FEATURES, nouns + 1)
        self.style = nn.Sequential(nn.Linear(_FEATURES, 64), nn.ReLU(), nn.Linear(64, styles))
        self.step = nn.Sequential(nn.Linear(_FEATURES, 64), nn.ReLU(), nn.Linear(64, 3))

    def forward(self, crops: Tensor) -> Names:
        features = self.trunk(crops)
        return Names(self.noun(features), self.style(features), self.step(features))


def crops(pictures: Tensor, boxes: Sequence[tuple[int, float, float, float]], bend: Tensor | None = None) -> Tensor:
    """Squares around objects, all of one size, (boxes, 3, CROP, CROP).

    pictures: (batch, 3, height, width). boxes: the picture's number, centre and side of each, in pixels.
    bend: shifts of every sampled point in shares of the side, (boxes, CROP, CROP, 2), for training.
    """
    # Averaged down first where a box is much larger than its crop, so that no pixel goes unseen.
    levels = [pictures, functional.avg_pool2d(pictures, 2), functional.avg_pool2d(pictures, 4)]
    return torch.cat([_crop(levels, box, None if bend is None else bend[n]) for n, box in enumerate(boxes)])


def _crop(levels: list[Tensor], box: tuple[int, float, float, float], bend: Tensor | None) -> Tensor:
    number, x, y, side = box
    level = levels[0 if side <= 1.5 * CROP else 1 if side <= 3 * CROP else 2][number, None]
    height, width = levels[0].shape[-2:]
    unit = torch.linspace(-0.5 + 0.5 / CROP, 0.5 - 0.5 / CROP, CROP) * _CONTEXT
    points = torch.stack((unit.expand(CROP, CROP), unit[:, None].expand(CROP, CROP)), dim=-1)
    points = points if bend is None else points + bend
    centre, size = torch.tensor([x, y]), torch.tensor([width, height])
    where = 2.0 * (centre + side * points) / size - 1.0
    return functional.grid_sample(level, where[None].to(level), padding_mode="border", align_corners=False)
