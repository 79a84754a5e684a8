"""Where each cell of a scene should look: which place of which thing named in its caption it shows.

The renderer knows what a teacher of representations would have to guess (REPA, arXiv 2410.06940), so the transformer's
lookups are told: a cross-entropy over the looks of all things named, and nothing.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import torch
from torch import Tensor
from torch.nn import functional

from seedbed.sprout.canvas import PIXELS_PER_LATENT
from seedbed.world.layout import Box
from seedbed.world.nouns import NOUNS
from seedbed.world.scene import Canvas, Placed, Scene
from seedbed.world.text import CHARACTERS

__all__ = ["IGNORED", "cells_of", "pointer_loss", "pointers"]

IGNORED = -100
"""The target of a cell that no answer is asked of; what `cross_entropy` leaves out by default."""


def cells_of(placed: Placed, canvas: Canvas) -> tuple[int, int, int]:
    """The first column, the first row and the side of an object, in cells of the latents' grid."""
    side = placed.size * canvas.short_side
    corner = (placed.x * canvas.width - side / 2, placed.y * canvas.height - side / 2)
    left, top, cells = (round(pixels / PIXELS_PER_LATENT) for pixels in (*corner, side))
    return left, top, cells


def pointers(scene: Scene, named: Sequence[str], mentions: int, slots: int) -> Tensor:
    """The slot that each quarter of each cell shows, (4, rows * columns).

    named: the things that the caption names, in its order; empty for no caption, when all cells look at nothing. Nouns
    are told apart by their names, the letters of the scene's word by their order.
    mentions, slots: how many things are looked up for each prompt, and how many tokens each has. Slots are counted
    through all mentions; `mentions * slots` is nothing.
    """
    nothing = mentions * slots
    rows, columns = scene.canvas.height // PIXELS_PER_LATENT, scene.canvas.width // PIXELS_PER_LATENT
    targets = torch.full((2, 2, rows, columns), nothing)
    for (left, top, cells), place in _places(scene, named) if named else ():
        where = _slots(cells, slots) + place * slots if place is not None and place < mentions else IGNORED
        targets[:, :, top : top + cells, left : left + cells] = where
    return targets.flatten(0, 1).flatten(1)


def _places(scene: Scene, named: Sequence[str]) -> Iterator[tuple[Box, int | None]]:
    """Where each thing stands, in cells, and which of the mentions it is; None where none or more than one may be."""
    for placed in scene.objects:
        name = NOUNS[placed.noun].name
        yield cells_of(placed, scene.canvas), named.index(name) if named.count(name) == 1 else None
    if scene.text is not None:
        spelt = [place for place, thing in enumerate(named) if thing in CHARACTERS]
        for letter, place in zip_longest(scene.text.letters, spelt[: len(scene.text.letters)]):
            yield (letter.left, letter.top, scene.text.size), place


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
