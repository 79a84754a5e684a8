"""Scenes as pixels, at any size: the same scene on a larger canvas shows the same picture."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seedbed.world.backgrounds import SHADOWED
from seedbed.world.icons import IconLibrary
from seedbed.world.lettering import letter_icon, sign_icon
from seedbed.world.nouns import NOUNS
from seedbed.world.placed import Placed
from seedbed.world.scene import Scene
from seedbed.world.text import Sign, Text

__all__ = ["SHADOW", "Window", "composed", "render"]

SHADOW = 0.34
"""How much darker it is in the middle of a shadow."""


class Window(NamedTuple):
    """A part of a scene's canvas, in pixels."""

    left: int
    top: int
    width: int
    height: int


def render(scene: Scene, icons: IconLibrary, window: Window | None = None) -> NDArray[np.uint8]:
    """The scene's picture or a part of it, shape (height, width, 3), sRGB 0..255."""
    return (composed(scene, icons, window) * 255.0 + 0.5).astype(np.uint8)


def composed(scene: Scene, icons: IconLibrary, window: Window | None = None) -> NDArray[np.float32]:
    """The scene's picture, shape (height, width, 3), sRGB 0..1, before it is rounded to whole numbers.

    Of a `window`, what the whole picture shows there; composing it costs less.
    """
    canvas = scene.canvas
    window = window or Window(0, 0, canvas.width, canvas.height)
    key = (scene.style, scene.background, scene.ground_colours, scene.variant, canvas)
    whole = icons.backgrounds.picture(key)
    page = _Page(whole[window.top :, window.left :][: window.height, : window.width].astype(np.float32), window)
    page.picture[:] /= 255.0
    if scene.background in SHADOWED:
        for placed in scene.objects:
            _shade(page, placed, scene)
    if scene.text is not None:
        _write(page, scene.text, scene, icons)
    for placed in scene.objects:
        _put(page, placed, scene, icons)
    # Light adds up where neon letters stand on a bright sign.
    return np.clip(page.picture, 0.0, 1.0, out=page.picture)


class _Page(NamedTuple):
    """The pixels of a window; places are said in pixels of the whole canvas."""

    picture: NDArray[np.float32]
    window: Window

    def paste(self, sprite: NDArray[np.float32], left: int, top: int) -> None:
        height, width, _ = self.picture.shape
        left, top, pixels = left - self.window.left, top - self.window.top, len(sprite)
        x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + pixels, width), min(top + pixels, height)
        if x0 >= x1 or y0 >= y1:
            return
        part = sprite[y0 - top : y1 - top, x0 - left : x1 - left]
        region = self.picture[y0:y1, x0:x1]
        region *= 1.0 - part[..., 3:]
        region += part[..., :3]


def _put(page: _Page, placed: Placed, scene: Scene, icons: IconLibrary) -> None:
    canvas = scene.canvas
    pixels = max(round(placed.size * canvas.short_side), 1)
    sprite = icons.sprite(scene.style, NOUNS[placed.noun].icon, pixels, placed.colour, canvas.unit)
    page.paste(sprite, round(placed.x * canvas.width - pixels / 2), round(placed.y * canvas.height - pixels / 2))


def _write(page: _Page, text: Text, scene: Scene, icons: IconLibrary) -> None:
    """The word's sign, if it has one, and its letters."""
    unit, side = scene.canvas.unit, text.size * scene.canvas.unit
    if text.sign is not None:
        _put_up(page, text, text.sign, scene, icons)
    for letter in text.letters:
        sprite = icons.sprite(scene.style, letter_icon(letter.character), side, text.colour, text.grain(unit))
        page.paste(sprite, letter.left * unit, letter.top * unit)


def _put_up(page: _Page, text: Text, sign: Sign, scene: Scene, icons: IconLibrary) -> None:
    """The sign, half a cell larger on each side than the letters."""
    unit = scene.canvas.unit
    left, top, columns, rows = text.box
    broad = columns + text.margin
    sprite = icons.sprite(scene.style, sign_icon(broad, rows + 1), broad * unit, sign.colour, unit)
    across, down = (2 * left + columns - broad) * unit // 2, (2 * top + rows - broad) * unit // 2
    page.paste(sprite, across, down)


def _shade(page: _Page, placed: Placed, scene: Scene) -> None:
    """A soft shadow on the ground, around where the object stands."""
    (left, top, width, height), canvas = page.window, scene.canvas
    side = placed.size * canvas.short_side
    x, y = np.arange(left, left + width, dtype=np.float32), np.arange(top, top + height, dtype=np.float32)
    across = (x + 0.5 - placed.x * canvas.width) / (0.36 * side)
    down = (y + 0.5 - placed.y * canvas.height - 0.44 * side) / (0.085 * side)
    # A Gaussian is a product of its two directions.
    darkness = np.exp(-(down[:, None] ** 2)) * np.exp(-(across[None, :] ** 2))
    page.picture[:] *= 1.0 - np.float32(SHADOW) * darkness[..., None]
