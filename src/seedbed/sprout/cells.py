"""Plans as tensors: what each cell of the canvas shows, and what is said of the picture as a whole."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from seedbed.sprout.lexicon import slots_of
from seedbed.sprout.plan import VARIANTS, Plan, PlannedSign, PlannedThing, Repertoire

__all__ = ["MAX_SIDE", "Cells", "Sizes", "cells_of"]

MAX_SIDE = 11
"""Cells of the canvas's longest side, so of the largest thing."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each kind there are; the number behind the last of a kind says that there is none."""

    things: int
    styles: int
    grounds: int
    colours: int

    @classmethod
    def of(cls, things: int, repertoire: Repertoire) -> "Sizes":
        """The sizes of a vocabulary's number of `things` and a repertoire."""
        return cls(things, len(repertoire.styles), len(repertoire.grounds), len(repertoire.colours))


class Cells(NamedTuple):
    """A batch of plans for one canvas, all whole numbers; cells are in row order."""

    wholes: Tensor
    """Each plan's style, ground, blended grounds and variant, (batch, 5)."""
    things: Tensor
    """Which thing a cell shows, (batch, cells)."""
    slots: Tensor
    """Which of its slots each quarter of the cell shows, (batch, cells, 4)."""
    colours: Tensor
    """The thing's colour, (batch, cells)."""
    across: Tensor
    """The thing's side and which of its columns this is, as one number; 0 for none, (batch, cells)."""
    down: Tensor
    """The thing's side and which of its rows this is, as one number; 0 for none, (batch, cells)."""
    signs: Tensor
    """Which quarters of the cell a sign covers, as four bits, (batch, cells)."""
    sign_colours: Tensor
    """The sign's colour, (batch, cells)."""

    def to(self, device: torch.device) -> "Cells":
        """The same on another device."""
        return Cells(*(part.to(device) for part in self))


def cells_of(plans: Sequence[Plan | None], rows: int, columns: int, sizes: Sizes) -> Cells:
    """All `plans`, made for a canvas of `rows` and `columns`, as tensors; of None nothing is said."""
    each = [_cells(plan, rows, columns, sizes) for plan in plans]
    return Cells(*(torch.stack(parts) for parts in zip(*each, strict=True)))


def _cells(plan: Plan | None, rows: int, columns: int, sizes: Sizes) -> Cells:
    things = torch.full((rows, columns), sizes.things)
    slots = torch.zeros(rows, columns, 4, dtype=torch.long)
    colours, sign_colours = (torch.full((rows, columns), sizes.colours) for _ in range(2))
    across, down, signs = (torch.zeros(rows, columns, dtype=torch.long) for _ in range(3))
    if plan is not None and plan.sign is not None:
        covered = _covered(plan.sign, rows, columns)
        signs, sign_colours = covered, torch.where(covered > 0, plan.sign.colour, sign_colours)
    for planned in plan.things if plan else ():
        inside = _inside(planned, rows, columns)
        if inside is None:
            continue
        (top, bottom, left, right), (first_row, last_row, first, last) = inside
        where, part = (slice(top, bottom), slice(left, right)), (slice(first_row, last_row), slice(first, last))
        places = 1 + planned.side * MAX_SIDE + torch.arange(planned.side)
        things[where] = planned.thing
        colours[where] = sizes.colours if planned.colour is None else planned.colour
        slots[where] = slots_of(planned.side)[part]
        across[where] = places[None, part[1]]
        down[where] = places[part[0], None]
    wholes = torch.tensor(_wholes(plan, sizes))
    flat = (part.flatten(0, 1) for part in (things, slots, colours, across, down, signs, sign_colours))
    return Cells(wholes, *flat)


def _wholes(plan: Plan | None, sizes: Sizes) -> tuple[int, ...]:
    if plan is None:
        return sizes.styles, sizes.grounds, sizes.grounds, sizes.grounds, VARIANTS
    return plan.style, plan.ground, *(plan.blend or (sizes.grounds, sizes.grounds)), plan.variant


def _inside(thing: PlannedThing, rows: int, columns: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The part of the canvas that a thing covers, and the part of the thing: first and last rows and columns."""
    top, left = max(thing.top, 0), max(thing.left, 0)
    bottom, right = min(thing.top + thing.side, rows), min(thing.left + thing.side, columns)
    if top >= bottom or left >= right:
        return None
    own = (top - thing.top, bottom - thing.top, left - thing.left, right - thing.left)
    return (top, bottom, left, right), own


def _covered(sign: PlannedSign, rows: int, columns: int) -> Tensor:
    """Which quarters of each cell a sign covers, as four bits, (rows, columns)."""
    _, left, top, across, down = astuple(sign)
    halves = torch.zeros(2 * rows, 2 * columns, dtype=torch.long)
    halves[max(top, 0) : top + down, max(left, 0) : left + across] = 1
    quarters = halves.view(rows, 2, columns, 2).permute(0, 2, 1, 3).flatten(2)
    return (quarters * torch.tensor([1, 2, 4, 8])).sum(-1)
