"""What things look like: a table of learned tokens for every noun and letter, and the layer that puts them to use.

A network that keeps every noun's looks in its shared weights has to learn each against all others. Here each thing
owns a small grid of tokens, its looks, which only its own pictures change, and the shared weights learn what is common:
how a style draws them and in which colour, and what is behind them. Which part of which thing a cell shows is what the
plan says. As a small picture shows other things of a cat than a large one does, there is a grid for each usual size, as
in the pyramids of texture mapping (Williams, "Pyramidal Parametrics", 1983).
"""

from functools import cache

import torch
from torch import Tensor, nn

__all__ = ["LEVELS", "QUARTERS", "SLOTS", "Lexicon", "Lookup", "slots_of"]

LEVELS = (6, 5, 4, 3, 2, 1)
"""The sides, in cells, that things have a grid of looks for; whatever is larger is drawn after the largest."""
SLOTS = sum(level**2 for level in LEVELS)
"""The tokens of all grids of a thing, each in row order."""
QUARTERS = 4
"""A cell looks up its quarters one by one: top left, top right, bottom left, bottom right."""


@cache
def slots_of(side: int) -> Tensor:
    """The slot behind each quarter of a thing's `side` × `side` cells, (side, side, 4)."""
    level = next((level for level in LEVELS if level <= side), LEVELS[-1])
    first = sum(larger**2 for larger in LEVELS[: LEVELS.index(level)])
    middles = (torch.arange(2 * side) + 0.5) / (2 * side)
    nearest = (middles * level).long().view(side, 2)
    quarters = nearest[:, None, :, None] * level + nearest[None, :, None, :]
    return first + quarters.flatten(2)


class Lexicon(nn.Module):
    """The looks of each of `things` things: `SLOTS` tokens of `width` numbers."""

    def __init__(self, things: int, width: int) -> None:
        super().__init__()
        self.things, self.width = things, width
        # One row more: what a cell finds that shows no thing.
        self.looks = nn.Embedding(things + 1, SLOTS * width)
        nn.init.normal_(self.looks.weight, std=0.02)

    def forward(self, things: Tensor, slots: Tensor) -> Tensor:
        """The looks behind each quarter of each cell.

        things: (batch, cells), `self.things` where there is none. slots: (batch, cells, 4). Returns (…, 4, width).
        """
        rows = self.looks.weight.view(-1, self.width)
        return nn.functional.embedding(things[..., None] * SLOTS + slots, rows)


class Lookup(nn.Module):
    """What the looks behind a cell add to it, in the manner that its style and colour ask for."""

    def __init__(self, width: int, looks_width: int) -> None:
        super().__init__()
        # How style and colour weigh each number of the looks.
        self.manner = nn.Linear(width, looks_width)
        nn.init.zeros_(self.manner.weight)
        nn.init.zeros_(self.manner.bias)
        self.value = nn.Parameter(torch.randn(QUARTERS, looks_width, width // QUARTERS) / looks_width**0.5)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, looks: Tensor, manner: Tensor) -> Tensor:
        """looks: (batch, cells, 4, looks_width). manner: (batch, cells, width). Returns (batch, cells, width)."""
        seen = looks * (1 + self.manner(manner))[:, :, None]
        values = torch.einsum("bcqi,qio->bcqo", seen, self.value)
        found: Tensor = self.out(values.flatten(2))
        return found
