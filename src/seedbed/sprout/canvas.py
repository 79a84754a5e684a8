"""The canvas that Sprout draws each aspect ratio on, before it is cut and enlarged to the contract's pixels."""

from seedbed.request import AspectRatio

__all__ = ["PIXELS_PER_LATENT", "latent_grid"]

PIXELS_PER_LATENT = 32

# Rows and columns of latents. All have about 64, and at most 5 % of the canvas is cut to the exact ratio.
_GRIDS = {
    AspectRatio.SQUARE_1_1: (8, 8),
    AspectRatio.WIDESCREEN_16_9: (6, 11),
    AspectRatio.SOCIAL_STORY_9_16: (11, 6),
    AspectRatio.PORTRAIT_2_3: (9, 6),
    AspectRatio.TRADITIONAL_3_4: (9, 7),
    AspectRatio.STANDARD_3_2: (6, 9),
    AspectRatio.CLASSIC_4_3: (7, 9),
}


def latent_grid(aspect_ratio: AspectRatio) -> tuple[int, int]:
    """Rows and columns of latents for `aspect_ratio`."""
    return _GRIDS[aspect_ratio]
