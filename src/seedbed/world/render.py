"""Scenes as pixels, at any size: the same scene on a larger canvas shows the same picture."""

import numpy as np
from numpy.typing import NDArray

from seedbed.world.icons import IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.scene import BACKGROUNDS, Placed, Scene

__all__ = ["render"]


def render(scene: Scene, icons: IconLibrary) -> NDArray[np.uint8]:
    """The scene's picture, shape (height, width, 3), sRGB 0..255."""
    canvas = scene.canvas
    picture = np.empty((canvas.height, canvas.width, 3), np.float32)
    picture[:] = np.asarray(BACKGROUNDS[scene.background], np.float32) / 255.0
    for placed in scene.objects:
        _paste(picture, placed, scene, icons)
    return (picture * 255.0 + 0.5).astype(np.uint8)


def _paste(picture: NDArray[np.float32], placed: Placed, scene: Scene, icons: IconLibrary) -> None:
    height, width, _ = picture.shape
    pixels = max(round(placed.size * scene.canvas.short_side), 1)
    sprite = icons.sprite(scene.style, NOUNS[placed.noun].icon, pixels, placed.colour)
    left, top = round(placed.x * width - pixels / 2), round(placed.y * height - pixels / 2)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + pixels, width), min(top + pixels, height)
    if x0 >= x1 or y0 >= y1:
        return
    part = sprite[y0 - top : y1 - top, x0 - left : x1 - left]
    region = picture[y0:y1, x0:x1]
    region *= 1.0 - part[..., 3:]
    region += part[..., :3]
