"""The judge's first network: where objects stand in a picture, how large they are, and what kind of ground is behind.

A centre-point detector (CenterNet, arXiv 1904.07850) that knows no nouns: the second network names what this one finds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.evaluation.convolutions import Residual, downward

__all__ = ["NODE", "Finder", "Found", "Maps", "apart", "peaks"]

NODE = 16
"""Pixels between the places where a centre is looked for: half a cell, since objects fill whole cells."""
_FINE, _MIDDLE, _COARSE = 32, 64, 128
_APART = 0.4
"""Centres nearer than this share of the larger side are one object."""


class Maps(NamedTuple):
    """What the network says at each node, (batch, rows, columns) of the picture's size over `NODE`."""

    heat: Tensor
    """Logit of an object's centre being here."""
    shift: Tensor
    """From the node to the centre, in nodes, (batch, 2, rows, columns): across, down."""
    log_side: Tensor
    """Logarithm of the object's side, in nodes."""
    ground: Tensor
    """Logits of the background's kind, (batch, grounds)."""
    style: Tensor
    """Logits of the style, (batch, styles)."""


class Found(NamedTuple):
    """One object, in pixels."""

    x: float
    y: float
    side: float
    heat: float
    """How sure it is, 0 to 1."""


class Finder(nn.Module):
    """Pictures in -1..1, (batch, 3, height, width) in multiples of 32, to `Maps`."""

    def __init__(self, grounds: int, styles: int) -> None:
        super().__init__()
        self.enter = downward(3, _FINE, 4)
        self.down0 = downward(_FINE, _FINE, 2)
        self.fine = Residual(_FINE)
        self.down1 = downward(_FINE, _MIDDLE, 2)
        self.middle = Residual(_MIDDLE)
        self.down2 = downward(_MIDDLE, _COARSE, 2)
        # The middle of a huge object must see its ends, four coarse places away.
        self.coarse = nn.Sequential(Residual(_COARSE), Residual(_COARSE, reach=2))
        self.whole = nn.Linear(2 * _COARSE, _COARSE)
        self.up = nn.Sequential(nn.Conv2d(_COARSE, 4 * _MIDDLE, 1), nn.PixelShuffle(2))
        self.merge = Residual(_MIDDLE)
        self.head = nn.Conv2d(_MIDDLE, 4, 1)
        # What is behind and how it is drawn shows in texture as much as in shapes.
        self.ground = _answering(2 * (2 * _FINE + _MIDDLE + _COARSE), grounds)
        self.style = _answering(2 * (2 * _FINE + _MIDDLE + _COARSE), styles)
        nn.init.constant_(self.head.bias[:1], -4.0)  # type: ignore[index]  # few nodes are centres

    def forward(self, pictures: Tensor) -> Maps:
        texture = self.enter(pictures)
        fine = self.fine(self.down0(texture))
        middle = self.middle(self.down1(fine))
        coarse = self.coarse(self.down2(middle))
        whole = _pooled(coarse)
        heads = self.head(self.merge(middle + self.up(coarse + self.whole(whole)[:, :, None, None])))
        everything = torch.cat((_pooled(texture), _pooled(fine), _pooled(middle), whole), dim=1)
        return Maps(heads[:, 0], heads[:, 1:3], heads[:, 3], self.ground(everything), self.style(everything))


def _answering(features: int, answers: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(features, 96), nn.ReLU(), nn.Linear(96, answers))


def _pooled(features: Tensor) -> Tensor:
    return torch.cat((features.mean((2, 3)), features.amax((2, 3))), dim=1)


def peaks(maps: Maps, least: float) -> list[list[Found]]:
    """The objects of each picture whose heat is at least `least`, the surest first, none of them twice."""
    heat = maps.heat.sigmoid()
    highest = functional.max_pool2d(heat[:, None], 3, stride=1, padding=1)[:, 0]
    found: list[list[Found]] = [[] for _ in heat]
    for picture, row, column in ((heat == highest) & (heat >= least)).nonzero().tolist():
        across, down = maps.shift[picture, :, row, column].tolist()
        side = NODE * float(maps.log_side[picture, row, column].exp())
        x, y = NODE * (column + across), NODE * (row + down)
        found[picture].append(Found(x, y, side, float(heat[picture, row, column])))
    return [apart(sorted(objects, key=lambda one: -one.heat)) for objects in found]


def apart(objects: Sequence[Found]) -> list[Found]:
    """The surest of those that stand so near each other that they are one object; the surest come first."""
    kept: list[Found] = []
    for one in objects:
        if all(max(abs(one.x - o.x), abs(one.y - o.y)) > _APART * max(one.side, o.side) for o in kept):
            kept.append(one)
    return kept
