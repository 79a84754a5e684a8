"""Backgrounds as pictures, at any size: plain colours, blends of two colours, and sceneries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seedbed.world.cache import BoundedCache, bytes_of_array
from seedbed.world.canvas import GRID, Canvas
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.sceneries import scenery_svg
from seedbed.world.styles import STYLES, Style

__all__ = ["BLENDS", "SHADOWED", "BackgroundLibrary", "background", "plain", "plain_in_style"]

Picture = NDArray[np.float32]
"""Shape (height, width, 3), sRGB in 0..1."""
Pixels = NDArray[np.uint8]
"""Shape (height, width, 3), sRGB in 0..255."""
Key = tuple[Style, str, tuple[str, ...], int, Canvas]
"""A scene's style, background, the background's colours, variant and canvas."""
SHADOWED = ("studio", "wooden table", "room")
"""Where objects throw a soft shadow on what they stand on."""


@dataclass
class BackgroundLibrary:
    """Backgrounds in every style, each drawn once and kept as long as it fits."""

    _kept: BoundedCache[Pixels] = field(default_factory=lambda: BoundedCache(1 << 30, bytes_of_array))
    # Rasterising is the dearest part of a scenery, and the same for all styles.
    _sceneries: BoundedCache[Pixels] = field(default_factory=lambda: BoundedCache(1 << 27, bytes_of_array))

    def picture(self, key: Key) -> Pixels:
        """The whole background, shape (height, width, 3), sRGB 0..255; not to be written to."""
        return self._kept.get(key, lambda: (self._styled(*key) * 255.0 + 0.5).astype(np.uint8))

    def _styled(self, style: Style, name: str, colours: tuple[str, ...], variant: int, canvas: Canvas) -> Picture:
        if name in BACKGROUNDS:
            return np.broadcast_to(plain_in_style(name, style), (canvas.height, canvas.width, 3))
        is_blend = name in BLENDS
        drawn = background(name, colours, variant, canvas) if is_blend else self._scenery(name, variant, canvas)
        ground = STYLES[style].ground
        return ground(drawn, canvas.unit, crc32(name.encode()) + variant) if ground else drawn

    def _scenery(self, name: str, variant: int, canvas: Canvas) -> Picture:
        pixels = self._sceneries.get((name, variant, canvas), lambda: _rasterised(name, variant, canvas))
        return pixels.astype(np.float32) / 255.0


def plain_in_style(colour: str, style: Style) -> Picture:
    """The colour of a plain background, shape (3,), as `style` shows it."""
    rule = STYLES[style]
    return rule.plain(plain(colour)) if rule.plain else plain(colour)


def background(name: str, colours: tuple[str, ...], variant: int, canvas: Canvas) -> Picture:
    """The whole background of a scene, without its objects and as no style has changed it."""
    if name in BACKGROUNDS:
        return np.broadcast_to(plain(name), (canvas.height, canvas.width, 3)).astype(np.float32)
    if name in BLENDS:
        first, second = (plain(colour) for colour in colours)
        share = BLENDS[name](canvas, variant)[..., None]
        blended: Picture = first * (1.0 - share) + second * share
        return blended
    return _rasterised(name, variant, canvas).astype(np.float32) / 255.0


def plain(colour: str) -> Picture:
    """One colour, shape (3,)."""
    return np.asarray(BACKGROUNDS[colour], np.float32) / 255.0


def _gradient(canvas: Canvas, _variant: int) -> Picture:
    """From the first colour at the top to the second at the bottom."""
    down = (np.arange(canvas.height, dtype=np.float32) + 0.5) / canvas.height
    return np.broadcast_to(down[:, None], (canvas.height, canvas.width))


def _stripes(canvas: Canvas, variant: int) -> Picture:
    """Upright, level or slanted stripes, each as wide as a cell."""
    x, y = _places(canvas)
    along = (x, y, (x + y) * np.float32(0.7071))[variant % 3]
    return _soft(np.abs((along / 2.0) % 1.0 - 0.5) - 0.25, canvas.unit / 0.5)


def _dots(canvas: Canvas, variant: int) -> Picture:
    """Dots of the first colour on the second, in rows that are shifted by half a step."""
    x, y = _places(canvas)
    step = 1.0 + 0.25 * (variant % 2)
    row = np.floor(y / step)
    across, down = (x / step + 0.5 * (row % 2)) % 1.0 - 0.5, (y / step) % 1.0 - 0.5
    return _soft(np.hypot(across, down) - 0.24, canvas.unit * step)


BLENDS: dict[str, Callable[[Canvas, int], Picture]] = {"gradient": _gradient, "stripes": _stripes, "dots": _dots}
"""How much of the second colour is where, 0..1, shape (height, width)."""


def _places(canvas: Canvas) -> tuple[Picture, Picture]:
    """Each pixel's place in cells: from the left (1, width), and from the top (height, 1)."""
    x = (np.arange(canvas.width, dtype=np.float32) + 0.5) / canvas.unit
    y = (np.arange(canvas.height, dtype=np.float32) + 0.5) / canvas.unit
    return np.tile(x, (canvas.height, 1)), np.tile(y[:, None], (1, canvas.width))


def _soft(distance: Picture, pixels: float) -> Picture:
    """0 within, 1 without, and in between over one pixel of the border at `distance` 0."""
    share: Picture = np.clip(distance * np.float32(pixels) + 0.5, 0.0, 1.0)
    return share


def _rasterised(name: str, variant: int, canvas: Canvas) -> Pixels:
    import resvg_py  # the extra [train]: only whoever renders the world needs it

    width, height = (side * GRID // canvas.unit for side in (canvas.width, canvas.height))
    rng = np.random.default_rng((crc32(name.encode()), variant))
    svg = scenery_svg(name, width, height, rng)
    drawn = resvg_py.svg_to_bytes(svg_string=svg, width=canvas.width, height=canvas.height)
    return np.asarray(Image.open(BytesIO(bytes(drawn))).convert("RGB"))
