"""A picture's size, and the grid of cells that objects fill."""

from dataclasses import dataclass

from seedbed.request import AspectRatio
from seedbed.sprout.canvas import cell_grid

__all__ = ["GRID", "Canvas", "canvas_of"]

GRID = 32
"""Pixels of a cell where scenes are laid out: objects fill whole cells. With little compute, few places
drawn well beat all places drawn badly."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture's width and height, in pixels."""

    width: int
    height: int
    unit: int = GRID
    """Pixels of a cell's side: what strokes and textures are measured by, so that a larger canvas shows the same."""

    @property
    def short_side(self) -> int:
        """The smaller of width and height, in pixels."""
        return min(self.width, self.height)

    @property
    def rows(self) -> int:
        """Whole cells from top to bottom."""
        return self.height // self.unit

    @property
    def columns(self) -> int:
        """Whole cells from left to right."""
        return self.width // self.unit

    def enlarged(self, factor: int) -> "Canvas":
        """This canvas with `factor` times the width and height."""
        return Canvas(self.width * factor, self.height * factor, self.unit * factor)


def canvas_of(aspect_ratio: AspectRatio) -> Canvas:
    """The smallest canvas with the cells that Sprout draws `aspect_ratio` in."""
    rows, columns = cell_grid(aspect_ratio)
    return Canvas(columns * GRID, rows * GRID)
