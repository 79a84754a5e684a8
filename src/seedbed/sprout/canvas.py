"""The canvas that Sprout draws each aspect ratio on, before it is cut and enlarged to the contract's pixels."""

from seedbed.request import AspectRatio

__all__ = ["LATENTS_PER_CELL", "PIXELS_PER_LATENT", "cell_grid", "latent_grid"]

PIXELS_PER_LATENT = 32
LATENTS_PER_CELL = 2
"""Latents along a cell's side: things stand in whole cells, and each cell is drawn in four."""

# Rows and columns of cells. All have about 64, so 256 latents, and at most 5 % of the canvas is cut to the exact ratio.
_GRIDS = {
    AspectRatio.SQUARE_1_1: (8, 8),
    AspectRatio.WIDESCREEN_16_9: (6, 11),
    AspectRatio.SOCIAL_STORY_9_16: (11, 6),
    AspectRatio.PORTRAIT_2_3: (9, 6),
    AspectRatio.TRADITIONAL_3_4: (9, 7),
    AspectRatio.STANDARD_3_2: (6, 9),
    AspectRatio.CLASSIC_4_3: (7, 9),
}


def cell_grid(aspect_ratio: AspectRatio) -> tuple[int, int]:
    """Rows and columns of cells for `aspect_ratio`: what plans are made of."""
    return _GRIDS[aspect_ratio]


def latent_grid(aspect_ratio: AspectRatio) -> tuple[int, int]:
    """Rows and columns of latents for `aspect_ratio`."""
    rows, columns = cell_grid(aspect_ratio)
    return rows * LATENTS_PER_CELL, columns * LATENTS_PER_CELL
