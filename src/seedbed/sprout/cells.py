"""Plans as tensors: what each latent of the canvas shows, and what is said of the picture as a whole."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seedbed.sprout.canvas import LATENTS_PER_CELL
from seedbed.sprout.lexicon import ground_places, slots_of
from seedbed.sprout.plan import VARIANTS, Plan, PlannedSign, PlannedThing

__all__ = ["MAX_SIDE", "PLACES", "Cells", "Sizes", "cells_of"]

MAX_SIDE = 11
"""Cells of the canvas's longest side, so of the largest thing."""
_LATENTS = MAX_SIDE * LATENTS_PER_CELL
PLACES = 1 + (MAX_SIDE + 1) * _LATENTS
"""How many numbers there are for a thing's side and one of its columns; 0 is none."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each kind there are; the number behind the last of a kind says that there is none."""

    things: int
    styles: int
    grounds: int
    plain: int
    """How many of the grounds, the first, are plain colours."""
    colours: int


class Cells(NamedTuple):
    """A batch of plans for one canvas, all whole numbers; latents are in row order."""

    wholes: Tensor
    """Each plan's style, ground, blended grounds and variant, (batch, 5)."""
    grounds: Tensor
    """Which of the sceneries' looks is behind a latent, (batch, latents)."""
    things: Tensor
    """Which thing a latent shows, (batch, latents)."""
    slots: Tensor
    """Which of its slots, (batch, latents)."""
    colours: Tensor
    """The thing's colour, (batch, latents)."""
    across: Tensor
    """The thing's side and which of its columns this is, as one number; 0 for none, (batch, latents)."""
    down: Tensor
    """The thing's side and which of its rows this is, as one number; 0 for none, (batch, latents)."""
    sign_colours: Tensor
    """The colour of the sign, (batch, latents)."""

    def to(self, device: torch.device) -> "Cells":
        """The same on another device."""
        return Cells(*(part.to(device, non_blocking=True) for part in self))


def cells_of(plans: Sequence[Plan | None], rows: int, columns: int, sizes: Sizes) -> Cells:
    """All `plans`, made for a canvas of `rows` and `columns` of cells, as tensors; of None nothing is said."""
    each = [_cells(plan, rows * LATENTS_PER_CELL, columns * LATENTS_PER_CELL, sizes) for plan in plans]
    wholes = torch.tensor([_wholes(plan, sizes) for plan in plans])
    return Cells(wholes, *torch.from_numpy(np.stack(each)).unbind(1))


def _cells(plan: Plan | None, rows: int, columns: int, sizes: Sizes) -> NDArray[np.int64]:
    """All that is said of each latent, (parts, latents), in the order of `Cells`."""
    parts = np.zeros((7, rows, columns), np.int64)
    grounds, things, slots, colours, across, down, sign_colours = parts
    things[:], colours[:], sign_colours[:] = sizes.things, sizes.colours, sizes.colours
    ground, variant = (plan.ground - sizes.plain, plan.variant) if plan else (-1, 0)
    grounds[:] = ground_places(ground, sizes.grounds - sizes.plain, variant, rows, columns).reshape(rows, columns)
    if plan is not None and plan.sign is not None:
        sign_colours[_covered(plan.sign)] = plan.sign.colour
    for planned in plan.things if plan else ():
        inside = _inside(planned, rows, columns)
        if inside is None:
            continue
        (top, bottom, left, right), (first_row, last_row, first, last) = inside
        where, part = (slice(top, bottom), slice(left, right)), (slice(first_row, last_row), slice(first, last))
        side = planned.side * LATENTS_PER_CELL
        places = 1 + planned.side * _LATENTS + np.arange(side)
        things[where] = planned.thing
        colours[where] = sizes.colours if planned.colour is None else planned.colour
        slots[where] = slots_of(side)[part]
        across[where] = places[None, part[1]]
        down[where] = places[part[0], None]
    return parts.reshape(len(parts), -1)


def _wholes(plan: Plan | None, sizes: Sizes) -> tuple[int, ...]:
    if plan is None:
        return sizes.styles, sizes.grounds, sizes.grounds, sizes.grounds, VARIANTS
    return plan.style, plan.ground, *(plan.blend or (sizes.grounds, sizes.grounds)), plan.variant


def _inside(thing: PlannedThing, rows: int, columns: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The part of the canvas that a thing covers, and the part of the thing: first and last rows and columns."""
    above, beside, side = (LATENTS_PER_CELL * cells for cells in (thing.top, thing.left, thing.side))
    top, left = max(above, 0), max(beside, 0)
    bottom, right = min(above + side, rows), min(beside + side, columns)
    if top >= bottom or left >= right:
        return None
    return (top, bottom, left, right), (top - above, bottom - above, left - beside, right - beside)


def _covered(sign: PlannedSign) -> tuple[slice, slice]:
    """The rows and columns that a sign covers: latents are halves of cells, as signs are measured in."""
    _, left, top, across, down = astuple(sign)
    return slice(max(top, 0), max(top + down, 0)), slice(max(left, 0), max(left + across, 0))
