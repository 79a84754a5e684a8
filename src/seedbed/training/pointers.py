"""Where each cell of a scene should look: which place of which noun named in its caption it shows.

The renderer knows what a teacher of representations would have to guess (REPA, arXiv 2410.06940), so the transformer's
lookups are told: a cross-entropy over the looks of all nouns named, and nothing.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from seedbed.sprout.canvas import PIXELS_PER_LATENT
from seedbed.world.scene import Canvas, Placed, Scene

__all__ = ["IGNORED", "cells_of", "pointer_loss", "pointers"]

IGNORED = -100
"""The target of a cell that no answer is asked of; what `cross_entropy` leaves out by default."""


def cells_of(placed: Placed, canvas: Canvas) -> tuple[int, int, int]:
    """The first column, the first row and the side of an object, in cells of the latents' grid."""
    side = placed.size * canvas.short_side
    corner = (placed.x * canvas.width - side / 2, placed.y * canvas.height - side / 2)
    left, top, cells = (round(pixels / PIXELS_PER_LATENT) for pixels in (*corner, side))
    return left, top, cells


def pointers(scene: Scene, named: Sequence[int], mentions: int, slots: int) -> Tensor:
    """The slot that each quarter of each cell shows, (4, rows * columns).

    named: the nouns that the caption names, in its order; empty for no caption, when all cells look at nothing.
    mentions, slots: how many nouns are looked up for each prompt, and how many tokens each has. Slots are counted
    through all mentions; `mentions * slots` is nothing.
    """
    nothing = mentions * slots
    rows, columns = scene.canvas.height // PIXELS_PER_LATENT, scene.canvas.width // PIXELS_PER_LATENT
    targets = torch.full((2, 2, rows, columns), nothing)
    for placed in scene.objects if named else ():
        left, top, cells = cells_of(placed, scene.canvas)
        place = named.index(placed.noun) if named.count(placed.noun) == 1 else mentions
        where = _slots(cells, slots) + place * slots if place < mentions else IGNORED
        targets[:, :, top : top + cells, left : left + cells] = where
    return targets.flatten(0, 1).flatten(1)


def pointer_loss(looked: Sequence[Tensor], targets: Tensor) -> Tensor:
    """Mean cross-entropy of all lookups: scores (batch, 4, cells, choices) against targets (batch, 4, cells)."""
    losses = [functional.cross_entropy(scores.flatten(0, 2), targets.flatten()) for scores in looked]
    return torch.stack(losses).mean()


def _slots(cells: int, slots: int) -> Tensor:
    """The slot behind each quarter of an object's `cells` × `cells` cells, (2, 2, cells, cells)."""
    side = math.isqrt(slots)
    middles = (torch.arange(2 * cells) + 0.5) / (2 * cells)
    nearest = (middles * side).long().view(cells, 2)
    return nearest.T[:, None, :, None] * side + nearest.T[None, :, None, :]
