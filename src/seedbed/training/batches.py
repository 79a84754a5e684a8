"""What the transformer is shown: batches of new scenes of one canvas, and who makes latents of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.canvas import LATENTS_PER_CELL, PIXELS_PER_LATENT
from seedbed.sprout.cells import Cells, Sizes, cells_of
from seedbed.training.plans import plan_of
from seedbed.world.canvas import GRID, Canvas, canvas_of
from seedbed.world.dataset import SCENES, generator
from seedbed.world.mix import WorldMix
from seedbed.world.scene import Scene, draw_scene
from seedbed.world.styles import Style

__all__ = ["ENLARGED", "BatchRecipe", "World", "drawing_canvas"]

# How often each shape comes: the square is asked for most.
_TURNS = (*AspectRatio, AspectRatio.SQUARE_1_1, AspectRatio.SQUARE_1_1)
ENLARGED = PIXELS_PER_LATENT * LATENTS_PER_CELL // GRID
"""How many times the size of the canvas where scenes are laid out they are drawn at."""


def drawing_canvas(aspect_ratio: AspectRatio) -> Canvas:
    """The canvas that Sprout draws `aspect_ratio` on: about 512 pixels wide and high."""
    return canvas_of(aspect_ratio).enlarged(ENLARGED)


@dataclass(frozen=True, slots=True)
class BatchRecipe:
    """All that decides what batch number n shows: the same in every run and every process."""

    seed: int
    size: int
    mix: WorldMix
    things: Mapping[str, int]
    """The numbers of all nouns and letters by their names."""
    sizes: Sizes
    null_plans: float
    """The share of plans that are left out."""

    def draw(self, number: int) -> tuple[list[Scene], Cells]:
        """New scenes of one canvas, and their plans, some left out."""
        rng = generator(self.seed, SCENES, number)
        canvas = drawing_canvas(_TURNS[int(rng.integers(len(_TURNS)))])
        scenes = [draw_scene(rng, canvas, self.mix) for _ in range(self.size)]
        plans = [plan_of(scene, self.things) if rng.random() >= self.null_plans else None for scene in scenes]
        return scenes, cells_of(plans, canvas.rows, canvas.columns, self.sizes)


class World(Protocol):
    """What scenes, icons and grounds look like to the encoder."""

    @property
    def autoencoder(self) -> Autoencoder:
        """Whose encoder that is."""

    def batches(self, recipe: BatchRecipe, numbers: Iterable[int]) -> Iterator[tuple[Tensor, Cells]]:
        """Those batches: latents, (batch, channels, rows, columns), and plans, wherever they are made."""

    def icons(self, style: Style, icons: Sequence[str], level: int, colour: str | None = None) -> tuple[Tensor, Tensor]:
        """Icons as wide as `level` latents: their ink, and how clear they are, (icons, channels, level, level).

        colour: one of `OBJECT_COLOURS` to draw them in; None: in their own.
        """

    def ground(self, ground: int, variant: int, aspect_ratio: AspectRatio) -> Tensor:
        """The latents of a ground that is not plain, blends from white to black, (channels, rows, columns).

        ground: which of those there are.
        """
