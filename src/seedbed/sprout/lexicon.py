"""What things and grounds look like: tables of learned tokens, and the layer that puts them to use.

A network that keeps every noun's looks in its shared weights has to learn each against all others. Here each thing
owns a small grid of tokens, its looks, which only its own pictures change, and the shared weights learn what is common:
how a style draws them and in which colour, and what is behind them. Which part of which thing a latent shows is what
the plan says. As a small picture shows other things of a cat than a large one does, there is a grid for each usual
size, as in the pyramids of texture mapping (Williams, "Pyramidal Parametrics", 1983). Grounds that are no plain colour
have looks too, one grid for each way to draw them on each canvas.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from seedbed.request import AspectRatio
from seedbed.sprout.canvas import LATENTS_PER_CELL, latent_grid
from seedbed.sprout.plan import VARIANTS

__all__ = ["LARGEST", "LEVELS", "SLOTS", "Lexicon", "Lookup", "Sceneries", "ground_places", "scenery_slots", "slots_of"]

LEVELS = (12, 10, 8, 6, 4, 2)
"""The sides, in latents, that things have a grid of looks for; whatever is larger is drawn after the largest."""
LARGEST = LEVELS[0] // LATENTS_PER_CELL
"""The side, in cells, of the largest thing that has looks of its own."""
SLOTS = sum(level**2 for level in LEVELS)
"""The tokens of all grids of a thing, each in row order."""
_GRIDS = tuple(latent_grid(ratio) for ratio in AspectRatio)


@cache
def slots_of(side: int) -> NDArray[np.int64]:
    """The slot behind each of a thing's `side` × `side` latents."""
    level = next((level for level in LEVELS if level <= side), LEVELS[-1])
    first = sum(larger**2 for larger in LEVELS[: LEVELS.index(level)])
    nearest = ((np.arange(side) + 0.5) / side * level).astype(np.int64)
    return first + nearest[:, None] * level + nearest


def scenery_slots(grounds: int) -> int:
    """The tokens of so many grounds that are no plain colours: of each variant on each canvas."""
    return grounds * VARIANTS * sum(rows * columns for rows, columns in _GRIDS)


@cache
def ground_places(ground: int, grounds: int, variant: int, rows: int, columns: int) -> NDArray[np.int64]:
    """The slot behind each latent of a canvas, (rows * columns,).

    ground: which of `grounds` that are no plain colours; below 0 for a plain one. Where there are no looks, because
    it is plain or the canvas is none of Sprout's own, it is the slot behind the last.
    """
    cells = rows * columns
    if ground < 0 or (rows, columns) not in _GRIDS:
        return np.full(cells, scenery_slots(grounds))
    before = sum(r * c for r, c in _GRIDS[: _GRIDS.index((rows, columns))])
    return before * grounds * VARIANTS + (ground * VARIANTS + variant) * cells + np.arange(cells)


class Lexicon(nn.Module):
    """The looks of each of `things` things: `SLOTS` tokens of `width` numbers."""

    def __init__(self, things: int, width: int) -> None:
        super().__init__()
        self.things, self.width = things, width
        # One row more: what a latent finds that shows no thing.
        self.looks = nn.Embedding(things + 1, SLOTS * width)
        nn.init.normal_(self.looks.weight, std=0.02)

    def forward(self, things: Tensor, slots: Tensor) -> Tensor:
        """The looks behind each latent, (batch, latents, width).

        things: (batch, latents), `self.things` where there is none. slots: (batch, latents).
        """
        rows = self.looks.weight.view(-1, self.width)
        return nn.functional.embedding(things * SLOTS + slots, rows)


class Sceneries(nn.Module):
    """The looks of so many grounds that are no plain colours: a token of `width` numbers behind each latent."""

    def __init__(self, grounds: int, width: int) -> None:
        super().__init__()
        # One row more: what a plain ground finds.
        self.looks = nn.Embedding(scenery_slots(grounds) + 1, width)
        nn.init.normal_(self.looks.weight, std=0.02)

    def forward(self, places: Tensor) -> Tensor:
        """places: (batch, latents), as `ground_places` gives them. Returns (batch, latents, width)."""
        looks: Tensor = self.looks(places)
        return looks


class Lookup(nn.Module):
    """What the looks behind a latent add to it, in the manner that its style and colours ask for."""

    def __init__(self, width: int, looks_width: int) -> None:
        super().__init__()
        # How style and colours weigh each number of the looks.
        self.manner = nn.Linear(width, looks_width)
        nn.init.zeros_(self.manner.weight)
        nn.init.zeros_(self.manner.bias)
        self.value = nn.Linear(looks_width, width, bias=False)

    def forward(self, looks: Tensor, manner: Tensor) -> Tensor:
        """looks: (batch, latents, looks_width). manner: (batch, latents, width). Returns (batch, latents, width)."""
        found: Tensor = self.value(looks * (1 + self.manner(manner)))
        return found
