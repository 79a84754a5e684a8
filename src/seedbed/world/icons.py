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

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seedbed.errors import ConfigurationError
from seedbed.request import PixelSize
from seedbed.world.cache import BoundedCache
from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.recolour import body_lightness, recoloured
from seedbed.world.shapes import shape_svg

__all__ = ["ICON_SETS", "IconLibrary", "Style"]

Style = str
# Each style of the world is one icon set's hand: the style's name and the folder of its package.
ICON_SETS: dict[Style, str] = {"flat": "noto", "glossy": "fluent-emoji"}
SHAPE = "shape-"
"""What the icons begin with that are our own geometric shapes."""
_MASTER = 448


@dataclass
class IconLibrary:
    """Pictures of icons at any size. Raises `ConfigurationError` where a package is missing."""

    folder: Path
    """Where the unpacked packages lie."""
    _masters: BoundedCache[Image.Image] = field(default_factory=lambda: BoundedCache(1 << 30, _bytes_of_image))
    _sprites: BoundedCache[NDArray[np.uint8]] = field(default_factory=lambda: BoundedCache(1 << 29, _bytes_of_array))
    _bodies: dict[tuple[Style, str], float] = field(default_factory=dict)

    def sprite(self, style: Style, icon: str, pixels: int, colour: str | None = None) -> NDArray[np.float32]:
        """The icon, recoloured if a colour is given, as premultiplied RGBA in 0..1, shape (pixels, pixels, 4)."""
        key = (style, icon, pixels, colour)
        kept = self._sprites.get(key, lambda: _as_bytes(self._painted(style, icon, pixels, colour)))
        return kept.astype(np.float32) / 255.0

    def _painted(self, style: Style, icon: str, pixels: int, colour: str | None) -> NDArray[np.float32]:
        sprite = _premultiplied(self._master(style, icon), pixels)
        if colour is None:
            return sprite
        return recoloured(sprite, OBJECT_COLOURS[colour], self._body(style, icon))

    def _body(self, style: Style, icon: str) -> float:
        # Always measured at one size, so that a larger picture has the same colours.
        key = (style, icon)
        if key not in self._bodies:
            self._bodies[key] = body_lightness(_premultiplied(self._master(style, icon), 64))
        return self._bodies[key]

    def _master(self, style: Style, icon: str) -> Image.Image:
        return self._masters.get((style, icon), lambda: self._rasterise(style, icon))

    def _rasterise(self, style: Style, icon: str) -> Image.Image:
        cached = self.folder / "raster" / style / f"{icon}.png"
        if not cached.is_file():
            cached.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all: several processes render at once and read each other's files.
            draft = cached.with_suffix(f".{os.getpid()}.partial")
            draft.write_bytes(_draw_svg(self._svg(style, icon)))
            draft.replace(cached)
        # Premultiplied before any resizing, so that the colour of clear pixels never bleeds into an edge.
        return Image.open(BytesIO(cached.read_bytes())).convert("RGBA").convert("RGBa")

    def _svg(self, style: Style, icon: str) -> str:
        if icon.startswith(SHAPE):
            return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">{_shape(style, icon)}</svg>'
        package = self._packages[style]
        entry = package["icons"][icon]
        side = PixelSize(entry.get("width", package["width"]), entry.get("height", package["height"]))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="0 0 {side.width} {side.height}">{entry["body"]}</svg>'
        )

    @cached_property
    def _packages(self) -> dict[Style, dict[str, Any]]:
        return {style: self._package(name) for style, name in ICON_SETS.items()}

    def _package(self, name: str) -> dict[str, Any]:
        path = self.folder / name / "package" / "icons.json"
        if not path.is_file():
            raise ConfigurationError(f"the icon set {name} is not in {self.folder}: run runs/fetch_icons.sh")
        package: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return package


def _shape(style: Style, icon: str) -> str:
    return shape_svg(icon.removeprefix(SHAPE), glossy=style == "glossy")


def _draw_svg(svg: str) -> bytes:
    import resvg_py  # the extra [train]: only whoever renders the world needs it

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=_MASTER, height=_MASTER))


def _premultiplied(master: Image.Image, pixels: int) -> NDArray[np.float32]:
    rgba = np.asarray(master.resize((pixels, pixels), Image.Resampling.BOX))
    return rgba.astype(np.float32) / 255.0


def _as_bytes(sprite: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (sprite * 255.0 + 0.5).astype(np.uint8)


def _bytes_of_image(image: Image.Image) -> int:
    return image.width * image.height * 4


def _bytes_of_array(array: NDArray[np.uint8]) -> int:
    return array.nbytes
