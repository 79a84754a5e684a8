"""The styles of the world: whose hand draws the objects, and what a filter makes of sprites and backgrounds.

Every filter works on one sprite or on the background alone, so that a scene is still put together by pasting, and
looks the same at any size: lengths are shares of a cell.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.world.brushes import blurred, edges, pixelated, wash, wobbled
from seedbed.world.colours import BACKGROUNDS, OBJECT_COLOURS
from seedbed.world.recolour import lightness

__all__ = ["GLOOM", "MONOCHROME", "SEPIA", "STYLES", "Style", "StyleRule"]

Style = str
Pixels = NDArray[np.float32]
Filter = Callable[[Pixels, int, int], Pixels]
"""Takes a picture, the pixels of a cell, and a seed. Sprites are premultiplied RGBA, backgrounds RGB, both in 0..1."""


@dataclass(frozen=True, slots=True)
class StyleRule:
    """What a style is made of."""

    hand: str
    """The icon set that draws the objects: a key of `ICON_SETS`."""
    sprite: Filter | None = None
    """What is made of an object."""
    ground: Filter | None = None
    """What is made of a background that is not plain."""
    plain: Callable[[Pixels], Pixels] | None = None
    """What is made of a plain background's colour, shape (3,)."""
    colours: tuple[str, ...] = tuple(OBJECT_COLOURS)
    """Colours of objects that this style shows."""
    grounds: tuple[str, ...] = tuple(BACKGROUNDS)
    """Plain colours that this style shows as what they are called."""


def _paper(sprite: Pixels) -> Pixels:
    """What white counts for in each pixel: its opacity, or one where there is none."""
    return sprite[..., 3:] if sprite.shape[-1] == 4 else np.ones((*sprite.shape[:-1], 1), np.float32)


def _with_colours(sprite: Pixels, rgb: Pixels) -> Pixels:
    return np.concatenate([rgb, sprite[..., 3:]], axis=-1)


def _toned(darkest: tuple[float, float, float], lightest: tuple[float, float, float]) -> Filter:
    """Black becomes the one colour, white the other."""
    low, high = np.asarray(darkest, np.float32), np.asarray(lightest, np.float32)

    def tone(sprite: Pixels, _unit: int, _seed: int) -> Pixels:
        light = lightness(sprite[..., :3])[..., None]
        return _with_colours(sprite, low * _paper(sprite) + (high - low) * light)

    return tone


def _pastel(sprite: Pixels, _unit: int, _seed: int) -> Pixels:
    light = lightness(sprite[..., :3])[..., None]
    soft = light + 0.9 * (sprite[..., :3] - light)
    return _with_colours(sprite, 0.54 * soft + 0.44 * _paper(sprite))


def _pixel_art(sprite: Pixels, unit: int, _seed: int) -> Pixels:
    # Small objects have finer pixels, or nothing would be left of them.
    return pixelated(sprite, unit // 8 if sprite.shape[0] < 4 * unit else unit // 4)


def _pixel_ground(ground: Pixels, unit: int, _seed: int) -> Pixels:
    return pixelated(ground, unit // 4, levels=14)


def _drawn_sprite(sprite: Pixels, unit: int, _seed: int) -> Pixels:
    """Dark lines where the colour changes, white paper between them."""
    lines = _lines(sprite, unit)
    alpha = np.maximum(sprite[..., 3:], lines)
    return np.concatenate([alpha * (1.0 - lines) + 0.12 * alpha * lines, alpha], axis=-1)[..., [0, 0, 0, 1]]


def _drawn_ground(ground: Pixels, unit: int, _seed: int) -> Pixels:
    """Grey lines on white: the objects' black ones stand out."""
    lines = _ramp(edges(ground, 0.028 * unit), 0.02, 0.07)
    return np.broadcast_to(1.0 - 0.5 * lines, ground.shape).astype(np.float32)


def _ramp(values: Pixels, start: float, length: float) -> Pixels:
    """0 up to `start`, 1 from `length` further on, shape (height, width, 1)."""
    ramp: Pixels = np.clip((values - start) / length, 0.0, 1.0)[..., None]
    return ramp


def _lines(picture: Pixels, unit: int) -> Pixels:
    return _ramp(edges(picture, 0.028 * unit), 0.09, 0.16)


def _neon_sprite(sprite: Pixels, unit: int, _seed: int) -> Pixels:
    """Bright lines in the object's colours, their glow around them, and darkness within."""
    lines = _ramp(edges(sprite, 0.034 * unit), 0.1, 0.2)
    tube = _vivid(blurred(sprite, 0.08 * unit))
    light = np.clip(lines * tube + 0.75 * blurred(lines * tube, 0.12 * unit), 0.0, 1.0)
    alpha = np.maximum(0.8 * sprite[..., 3:], lines)
    # Light beside the object adds to the dark ground without covering it; together they must stay below white.
    return np.concatenate([np.minimum(light, 1.0 - GLOOM * (1.0 - alpha)), alpha], axis=-1)


GLOOM = 0.34
"""The lightest that a neon ground is."""


def _neon_ground(ground: Pixels, unit: int, _seed: int) -> Pixels:
    lines = _ramp(edges(ground, 0.034 * unit), 0.03, 0.1)
    dark: Pixels = np.minimum(0.24 * ground + 0.3 * lines * (0.3 + ground), GLOOM)
    return dark


def _neon_plain(colour: Pixels) -> Pixels:
    dim: Pixels = np.minimum(colour * 0.38, GLOOM)
    return dim


def _vivid(sprite: Pixels) -> Pixels:
    """Each pixel's hue, as bright and clear as a lamp's."""
    rgb = sprite[..., :3] / np.maximum(sprite[..., 3:], 1e-3)
    rgb = rgb - 0.75 * rgb.min(axis=-1, keepdims=True)
    vivid: Pixels = rgb / np.maximum(rgb.max(axis=-1, keepdims=True), 0.08)
    return vivid


def _watercolour(sprite: Pixels, unit: int, seed: int) -> Pixels:
    """Uneven pigment that gathers at wobbly edges, with paper shining through."""
    wobbly = wobbled(sprite, 0.09 * unit, unit, seed)
    soft = blurred(wobbly, 0.05 * unit)
    inside = blurred(wobbly[..., 3:], 0.16 * unit)[..., 0]
    rim = np.clip((wobbly[..., 3] - inside) * 1.6, 0.0, 0.6)
    thin = np.clip(0.42 - 0.5 * wash(sprite.shape[:2], unit, seed) - rim, 0.0, 0.6)[..., None]
    alpha = soft[..., 3:]
    rgb = soft[..., :3] * (1.0 - thin) + alpha * thin
    return np.concatenate([rgb * (1.0 - 0.35 * rim[..., None]), alpha], axis=-1)


def _watercolour_ground(ground: Pixels, unit: int, seed: int) -> Pixels:
    soft = blurred(wobbled(ground, 0.12 * unit, unit, seed), 0.06 * unit)
    thin = np.clip(0.62 - 0.5 * wash(ground.shape[:2], unit, seed), 0.1, 0.8)[..., None]
    paler: Pixels = soft * (1.0 - thin) + thin
    return paler


SEPIA = ((0.2, 0.13, 0.07), (1.0, 0.94, 0.8))
MONOCHROME = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
"""What black and white become."""
_SEPIA, _MONOCHROME = _toned(*SEPIA), _toned(*MONOCHROME)
_GRAYS = ("white", "gray", "black")
_DARK = ("black", "dark blue", "gray", "red", "green", "blue", "purple", "brown", "teal")


def _of_plain(style: Filter) -> Callable[[Pixels], Pixels]:
    return lambda colour: style(colour[None, None], 1, 0)[0, 0]


STYLES: dict[Style, StyleRule] = {
    "flat": StyleRule("flat"),
    "glossy": StyleRule("glossy"),
    "line art": StyleRule("flat", _drawn_sprite, _drawn_ground, colours=()),
    "pixel art": StyleRule("flat", _pixel_art, _pixel_ground),
    "watercolour": StyleRule("flat", _watercolour, _watercolour_ground, lambda colour: 0.75 * colour + 0.25),
    "pastel": StyleRule("glossy", _pastel, _pastel, _of_plain(_pastel)),
    "neon": StyleRule(
        "flat",
        _neon_sprite,
        _neon_ground,
        _neon_plain,
        colours=("red", "orange", "yellow", "green", "teal", "light blue", "blue", "purple", "pink"),
        grounds=_DARK,
    ),
    "sepia": StyleRule("glossy", _SEPIA, _SEPIA, _of_plain(_SEPIA), colours=(), grounds=_GRAYS),
    "monochrome": StyleRule("glossy", _MONOCHROME, _MONOCHROME, _of_plain(_MONOCHROME), colours=(), grounds=_GRAYS),
}
