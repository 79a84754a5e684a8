"""Scenes as pixels, at any size: the same scene on a larger canvas shows the same picture."""

import numpy as np
from numpy.typing import NDArray

from seedbed.world.backgrounds import SHADOWED
from seedbed.world.icons import IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.placed import Placed
from seedbed.world.scene import Scene

__all__ = ["composed", "render"]

_SHADOW = 0.34
"""How much darker it is in the middle of a shadow."""


def render(scene: Scene, icons: IconLibrary) -> NDArray[np.uint8]:
    """The scene's picture, shape (height, width, 3), sRGB 0..255."""
    return (composed(scene, icons) * 255.0 + 0.5).astype(np.uint8)


def composed(scene: Scene, icons: IconLibrary) -> NDArray[np.float32]:
    """The scene's picture, shape (height, width, 3), sRGB 0..1, before it is rounded to whole numbers."""
    canvas = scene.canvas
    key = (scene.style, scene.background, scene.ground_colours, scene.variant, canvas)
    picture = icons.backgrounds.picture(key).astype(np.float32)
    picture /= 255.0
    if scene.background in SHADOWED:
        for placed in scene.objects:
            _shade(picture, placed, scene)
    for placed in scene.objects:
        _paste(picture, placed, scene, icons)
    return picture


def _paste(picture: NDArray[np.float32], placed: Placed, scene: Scene, icons: IconLibrary) -> None:
    height, width, _ = picture.shape
    pixels = max(round(placed.size * scene.canvas.short_side), 1)
    sprite = icons.sprite(scene.style, NOUNS[placed.noun].icon, pixels, placed.colour, scene.canvas.unit)
    left, top = round(placed.x * width - pixels / 2), round(placed.y * height - pixels / 2)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + pixels, width), min(top + pixels, height)
    if x0 >= x1 or y0 >= y1:
        return
    part = sprite[y0 - top : y1 - top, x0 - left : x1 - left]
    region = picture[y0:y1, x0:x1]
    region *= 1.0 - part[..., 3:]
    region += part[..., :3]


def _shade(picture: NDArray[np.float32], placed: Placed, scene: Scene) -> None:
    """A soft shadow on the ground, around where the object stands."""
    height, width, _ = picture.shape
    side = placed.size * scene.canvas.short_side
    across = (np.arange(width, dtype=np.float32) + 0.5 - placed.x * width) / (0.36 * side)
    down = (np.arange(height, dtype=np.float32) + 0.5 - placed.y * height - 0.44 * side) / (0.085 * side)
    # A Gaussian is a product of its two directions.
    darkness = np.exp(-(down[:, None] ** 2)) * np.exp(-(across[None, :] ** 2))
    picture *= 1.0 - np.float32(_SHADOW) * darkness[..., None]
