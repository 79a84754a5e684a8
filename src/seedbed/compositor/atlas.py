"""All icons on one device, and sprites made of them: any style, size and colour, thousands at once."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from seedbed.compositor.processes import in_processes
from seedbed.compositor.squares import in_squares
from seedbed.compositor.styles import SPRITES, recoloured, styled
from seedbed.sprout.canvas import LATENTS_PER_CELL
from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.icons import ICON_SETS, MASTERS, SHRINKING, IconLibrary
from seedbed.world.lettering import letter_icon, sign_icon
from seedbed.world.nouns import NOUNS
from seedbed.world.styles import STYLES
from seedbed.world.text import CHARACTERS

__all__ = ["HANDS", "Atlas", "icon_names"]

HANDS = tuple(ICON_SETS)
_SIDE = MASTERS[0]
_BROADEST = 12
"""Cells of the broadest sign."""
_AT_ONCE = 1 << 25
"""Numbers of sprites that are made at once."""


@cache
def icon_names(nouns: int) -> tuple[str, ...]:
    """The icons of the first so many nouns, of all characters and of all signs, in the order of an atlas's rows."""
    things = (noun.icon for noun in NOUNS[:nouns])
    letters = (letter_icon(character) for character in CHARACTERS)
    sides = range(1, _BROADEST + 1)
    return (*things, *letters, *(sign_icon(columns, rows) for columns in sides for rows in range(1, columns + 1)))


@dataclass(frozen=True)
class Atlas:
    """Icons as premultiplied RGBA; a row for each hand and icon, as `row_of` counts them."""

    names: tuple[str, ...]
    masters: Tensor
    """uint8, (rows, 4, side, side)."""
    bodies: Tensor
    """The lightness that is replaced where an icon is recoloured, (rows,)."""
    _smaller: dict[int, Tensor] = field(default_factory=dict)

    @classmethod
    def load(cls, icons: Path, names: tuple[str, ...], device: torch.device, processes: int = 0) -> "Atlas":
        """Rasterise all that `names` say, in both hands, from the packages in `icons`."""
        asked = [(icons, hand, name) for hand in HANDS for name in names]
        masters = torch.empty(len(asked), 4, _SIDE, _SIDE, dtype=torch.uint8, device=device)
        bodies = torch.empty(len(asked), device=device)
        for row, (picture, body) in enumerate(in_processes(_rasterised, asked, processes)):
            masters[row] = torch.from_numpy(picture).to(device).permute(2, 0, 1)
            bodies[row] = body
        return cls(names, masters, bodies)

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return self.masters.device

    def row_of(self, style: str, icon: str) -> int:
        """The row of an icon as the hand draws it that `style` asks for."""
        return HANDS.index(STYLES[style].hand) * len(self.names) + self.names.index(icon)

    def sprites(self, style: str, rows: Tensor, colours: Tensor, side: int, unit: int, grain: int) -> Tensor:
        """Premultiplied RGBA in 0..1, (sprites, 4, side * unit, side * unit).

        rows, colours: (sprites,); which of `OBJECT_COLOURS`, below 0 for an icon's own. side: in cells of `unit`
        pixels. grain: what strokes are measured by, in pixels.
        """
        count = max(1, _AT_ONCE // (side * unit) ** 2)
        parts = (
            self._styled(style, some, those, side * unit, grain)
            for some, those in zip(torch.split(rows, count), torch.split(colours, count), strict=True)
        )
        return torch.cat(list(parts))

    def cells(self, style: str, rows: Tensor, colours: Tensor, side: int, unit: int, grain: int) -> Tensor:
        """The same sprites in squares of half a cell, (sprites, 2 * side, 2 * side, 4, unit / 2, unit / 2)."""
        sprites = self.sprites(style, rows, colours, side, unit, grain)
        return in_squares(sprites, unit // LATENTS_PER_CELL)

    def _styled(self, style: str, rows: Tensor, colours: Tensor, pixels: int, grain: int) -> Tensor:
        sprites = self._shrunk(rows, pixels)
        if (colours >= 0).any():
            rgb = _colours(self.device)[colours.clamp(min=0)]
            painted = recoloured(sprites, rgb, self.bodies[rows])
            sprites = torch.where((colours >= 0)[:, None, None, None], painted, sprites)
        # Asked for only where there is noise: to know rows is to wait for the device.
        return styled(SPRITES, style, sprites, grain, lambda: self._seeds(rows))

    def _seeds(self, rows: Tensor) -> list[int]:
        return [crc32(self.names[row % len(self.names)].encode()) for row in rows.tolist()]

    def _shrunk(self, rows: Tensor, pixels: int) -> Tensor:
        half = _SIDE // 2
        if pixels > half:
            return _resized(self.masters[rows], pixels)
        if half not in self._smaller:
            parts = torch.split(self.masters, 64)
            self._smaller[half] = torch.cat([(_resized(p, half) * 255.0).round().byte() for p in parts])
        return _resized(self._smaller[half][rows], pixels)


def _resized(pictures: Tensor, pixels: int) -> Tensor:
    """uint8 (batch, channels, side, side) as 0..1, `pixels` wide and high."""
    exact = pictures.float() / 255.0
    if pictures.shape[-1] == pixels:
        return exact
    if pixels > pictures.shape[-1]:
        return functional.interpolate(exact, (pixels, pixels), mode="bilinear")
    weights = _weights(pictures.shape[-1], pixels, pictures.device)
    return (weights @ exact @ weights.T).clamp(0.0, 1.0)


def _rasterised(asked: tuple[Path, str, str]) -> tuple[NDArray[np.uint8], float]:
    """An icon's picture, (side, side, 4), and the lightness of its body."""
    folder, hand, name = asked
    library = _library(folder)
    return np.array(library.master(hand, name, _SIDE).resize((_SIDE, _SIDE), SHRINKING)), library.body(hand, name)


@cache
def _library(folder: Path) -> IconLibrary:
    return IconLibrary(folder)


@cache
def _weights(before: int, after: int, device: torch.device) -> Tensor:
    """How much of each of `before` pixels is in each of `after`: what Pillow does to the unit matrix."""
    unit = Image.fromarray(np.eye(before, dtype=np.float32))
    return torch.from_numpy(np.asarray(unit.resize((before, after), SHRINKING)).copy()).to(device)


@cache
def _colours(device: torch.device) -> Tensor:
    return torch.tensor(list(OBJECT_COLOURS.values()), dtype=torch.float32, device=device) / 255.0
