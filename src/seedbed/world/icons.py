"""The icons of both sets as pictures: rasterised once from their vector sources, then cached.

The packages are npm archives, unpacked by `runs/fetch_icons.sh` into one folder; they never ship.
"""

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seedbed.errors import ConfigurationError
from seedbed.request import PixelSize
from seedbed.world.backgrounds import BackgroundLibrary
from seedbed.world.cache import BoundedCache, bytes_of_array
from seedbed.world.canvas import GRID
from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.lettering import FONT, letter_png, sign_svg
from seedbed.world.recolour import body_lightness, recoloured
from seedbed.world.shapes import shape_svg
from seedbed.world.styles import STYLES, Style

__all__ = ["ICON_SETS", "MASTERS", "SHRINKING", "IconLibrary"]

# Each hand is one icon set: its name and the folder of its package.
ICON_SETS: dict[str, str] = {"flat": "noto", "glossy": "fluent-emoji"}
SHAPE = "shape-"
"""What the icons begin with that are our own geometric shapes."""
MASTERS = (768, 1536)
"""Sides, in pixels, that icons are rasterised at: a sprite is shrunk from the smallest that is not smaller than it."""
SHRINKING = Image.Resampling.HAMMING
"""Crisp, and without the steps that averaging whole pixels leaves where it shrinks by little."""


@dataclass
class IconLibrary:
    """Pictures of icons at any size. Raises `ConfigurationError` where a package is missing."""

    folder: Path
    """Where the unpacked packages lie."""
    _masters: BoundedCache[Image.Image] = field(default_factory=lambda: BoundedCache(3 << 29, _bytes_of_image))
    _sprites: BoundedCache[NDArray[np.uint8]] = field(default_factory=lambda: BoundedCache(1 << 29, bytes_of_array))
    backgrounds: BackgroundLibrary = field(default_factory=BackgroundLibrary)
    """What stands behind the icons."""
    _bodies: dict[tuple[str, str], float] = field(default_factory=dict)

    def sprite(
        self, style: Style, icon: str, pixels: int, colour: str | None = None, unit: int = GRID
    ) -> NDArray[np.float32]:
        """The icon in `style`, as premultiplied RGBA in 0..1, shape (pixels, pixels, 4).

        It is recoloured if a colour is given; `unit` is the side of a cell in pixels, by which strokes are measured.
        """
        key = (style, icon, pixels, colour, unit)
        kept = self._sprites.get(key, lambda: _as_bytes(self._styled(*key)))
        return kept.astype(np.float32) / 255.0

    def _styled(self, style: Style, icon: str, pixels: int, colour: str | None, unit: int) -> NDArray[np.float32]:
        rule = STYLES[style]
        painted = self._painted(rule.hand, icon, pixels, colour)
        return rule.sprite(painted, unit, crc32(icon.encode())) if rule.sprite else painted

    def _painted(self, hand: str, icon: str, pixels: int, colour: str | None) -> NDArray[np.float32]:
        sprite = _premultiplied(self.master(hand, icon, pixels), pixels)
        if colour is None:
            return sprite
        return recoloured(sprite, OBJECT_COLOURS[colour], self.body(hand, icon))

    def body(self, hand: str, icon: str) -> float:
        """The lightness that a colour replaces."""
        # Always measured at one size, so that a larger picture has the same colours.
        key = (hand, icon)
        if key not in self._bodies:
            self._bodies[key] = body_lightness(_premultiplied(self.master(hand, icon, 64), 64))
        return self._bodies[key]

    def master(self, hand: str, icon: str, pixels: int) -> Image.Image:
        """The picture that sprites of so many pixels are shrunk from, premultiplied."""
        side = next((side for side in MASTERS if side >= pixels), MASTERS[-1])
        return self._masters.get((hand, icon, side), lambda: self._rasterise(hand, icon, side))

    def _rasterise(self, hand: str, icon: str, side: int) -> Image.Image:
        cached = self.folder / "raster" / f"{hand}-{side}" / f"{icon}.png"
        if not cached.is_file():
            cached.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all: several processes render at once and read each other's files.
            draft = cached.with_suffix(f".{os.getpid()}.partial")
            lettered = letter_png(icon, self.folder / FONT, side)
            draft.write_bytes(lettered or _draw_svg(sign_svg(icon) or self._svg(hand, icon), side))
            draft.replace(cached)
        # Premultiplied before any resizing, so that the colour of clear pixels never bleeds into an edge.
        return Image.open(BytesIO(cached.read_bytes())).convert("RGBA").convert("RGBa")

    def _svg(self, hand: str, icon: str) -> str:
        if icon.startswith(SHAPE):
            return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">{_shape(hand, icon)}</svg>'
        package = self._packages[hand]
        entry = package["icons"][icon]
        side = PixelSize(entry.get("width", package["width"]), entry.get("height", package["height"]))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="0 0 {side.width} {side.height}">{entry["body"]}</svg>'
        )

    @cached_property
    def _packages(self) -> dict[str, dict[str, Any]]:
        return {hand: self._package(name) for hand, name in ICON_SETS.items()}

    def _package(self, name: str) -> dict[str, Any]:
        path = self.folder / name / "package" / "icons.json"
        if not path.is_file():
            raise ConfigurationError(f"the icon set {name} is not in {self.folder}: run runs/fetch_icons.sh")
        package: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return package


def _shape(hand: str, icon: str) -> str:
    return shape_svg(icon.removeprefix(SHAPE), glossy=hand == "glossy")


def _draw_svg(svg: str, side: int) -> bytes:
    import resvg_py  # the extra [train]: only whoever renders the world needs it

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side))


def _premultiplied(master: Image.Image, pixels: int) -> NDArray[np.float32]:
    rgba = np.asarray(master.resize((pixels, pixels), SHRINKING))
    return rgba.astype(np.float32) / 255.0


def _as_bytes(sprite: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (sprite * 255.0 + 0.5).astype(np.uint8)


def _bytes_of_image(image: Image.Image) -> int:
    return image.width * image.height * 4
