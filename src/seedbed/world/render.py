"""Scenes as pixels, at any size: the same scene on a larger canvas shows the same picture."""

import numpy as np
from numpy.typing import NDArray

from seedbed.world.backgrounds import SHADOWED
from seedbed.world.icons import IconLibrary
from seedbed.world.lettering import letter_icon, sign_icon
from seedbed.world.nouns import NOUNS
from seedbed.world.placed import Placed
from seedbed.world.scene import Scene
from seedbed.world.text import Sign, Text

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
    if scene.text is not None:
        _write(picture, scene.text, scene, icons)
    for placed in scene.objects:
        _put(picture, placed, scene, icons)
    # Light adds up where neon letters stand on a bright sign.
    return np.clip(picture, 0.0, 1.0, out=picture)


def _put(picture: NDArray[np.float32], placed: Placed, scene: Scene, icons: IconLibrary) -> None:
    height, width, _ = picture.shape
    pixels = max(round(placed.size * scene.canvas.short_side), 1)
    sprite = icons.sprite(scene.style, NOUNS[placed.noun].icon, pixels, placed.colour, scene.canvas.unit)
    _paste(picture, sprite, round(placed.x * width - pixels / 2), round(placed.y * height - pixels / 2))


def _write(picture: NDArray[np.float32], text: Text, scene: Scene, icons: IconLibrary) -> None:
    """The word's sign, if it has one, and its letters."""
    unit, side = scene.canvas.unit, text.size * scene.canvas.unit
    if text.sign is not None:
        _put_up(picture, text, text.sign, scene, icons)
    for letter in text.letters:
        sprite = icons.sprite(scene.style, letter_icon(letter.character), side, text.colour, text.grain(unit))
        _paste(picture, sprite, letter.left * unit, letter.top * unit)


def _put_up(picture: NDArray[np.float32], text: Text, sign: Sign, scene: Scene, icons: IconLibrary) -> None:
    """The sign, half a cell larger on each side than the letters."""
    unit = scene.canvas.unit
    left, top, columns, rows = text.box
    broad = columns + text.margin
    sprite = icons.sprite(scene.style, sign_icon(broad, rows + 1), broad * unit, sign.colour, unit)
    across, down = (2 * left + columns - broad) * unit // 2, (2 * top + rows - broad) * unit // 2
    _paste(picture, sprite, across, down)


def _paste(picture: NDArray[np.float32], sprite: NDArray[np.float32], left: int, top: int) -> None:
    height, width, _ = picture.shape
    pixels = len(sprite)
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
