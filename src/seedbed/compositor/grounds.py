"""Grounds on a device: plain colours and sceneries ready to be taken, blends mixed as they are asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seedbed.compositor.layouts import GROUND_NAMES, Layout
from seedbed.compositor.processes import in_processes
from seedbed.compositor.squares import in_squares, pictures_of
from seedbed.compositor.styles import GROUNDS, styled
from seedbed.sprout.canvas import LATENTS_PER_CELL
from seedbed.sprout.plan import VARIANTS
from seedbed.world.backgrounds import BLENDS, background, plain, plain_in_style
from seedbed.world.canvas import Canvas
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.sceneries import SCENERIES
from seedbed.world.styles import STYLES

__all__ = ["GroundBank"]


_FLAT = list(STYLES).index("flat")
"""The style that leaves grounds as they are."""
_PICTURED = len(BACKGROUNDS) + len(BLENDS)
"""Where sceneries begin among grounds."""

Triples = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Styles, sceneries and variants by their numbers, (count,) each."""


@dataclass
class _Sheet:
    """All grounds of one canvas."""

    canvas: Canvas
    sceneries: Tensor
    """uint8, (styles, sceneries, variants, rows, columns, 3, side, side), as far as they are drawn."""
    drawn: NDArray[np.bool_]
    """Which of them are, (styles, sceneries, variants)."""
    shares: Tensor
    """How much of the second colour is where, (blends, variants, height, width)."""

    @classmethod
    def blank(cls, canvas: Canvas, device: torch.device) -> "_Sheet":
        """One with no scenery drawn."""
        known, side = (len(STYLES), len(SCENERIES), VARIANTS), canvas.unit // LATENTS_PER_CELL
        halves = (LATENTS_PER_CELL * canvas.rows, LATENTS_PER_CELL * canvas.columns)
        sceneries = torch.empty(*known, *halves, 3, side, side, dtype=torch.uint8, device=device)
        shares = np.stack([[BLENDS[name](canvas, variant) for variant in range(VARIANTS)] for name in BLENDS])
        return cls(canvas, sceneries, np.zeros(known, bool), torch.from_numpy(shares.astype(np.float32)).to(device))

    def chosen(self, which: Triples) -> Tensor:
        """Those sceneries in 0..1, (count, rows, columns, 3, side, side)."""
        return self.sceneries[self._indices(which)].float() / 255.0

    def put(self, which: Triples, pictures: Tensor) -> None:
        """Keep pictures of those sceneries, (count, 3, height, width), in 0..1."""
        squares = in_squares(pictures, self.canvas.unit // LATENTS_PER_CELL)
        self.sceneries[self._indices(which)] = (squares * 255.0 + 0.5).byte()
        self.drawn[which] = True

    def _indices(self, which: Triples) -> tuple[Tensor, ...]:
        return tuple(torch.from_numpy(numbers).to(self.sceneries.device) for numbers in which)


class GroundBank:
    """The grounds of all of `canvases`, in every style.

    With `processes` all sceneries are drawn at once by so many; without, each when it is first asked for.
    """

    def __init__(self, canvases: tuple[Canvas, ...], device: torch.device, processes: int = 0) -> None:
        self._device = device
        self._canvases = {(canvas.rows, canvas.columns): canvas for canvas in canvases}
        self._sheets: dict[tuple[int, int], _Sheet] = {}
        self._plain = torch.tensor(
            np.stack([[plain_in_style(colour, style) for colour in BACKGROUNDS] for style in STYLES]), device=device
        )
        self._pure = torch.tensor(np.stack([plain(colour) for colour in BACKGROUNDS]), device=device)
        if processes:
            self._draw_all(processes)

    def pages(self, layout: Layout, unit: int) -> Tensor:
        """The grounds of all scenes, in 0..1, (batch, rows, columns, 3, side, side), in squares of half a cell."""
        styles, grounds = (torch.from_numpy(numbers).to(self._device) for numbers in (layout.styles, layout.grounds))
        side, sheet = unit // LATENTS_PER_CELL, self._sheet(layout.rows, layout.columns)
        pages = self._plain[styles, grounds.clamp(max=len(BACKGROUNDS) - 1)][:, None, None, :, None, None]
        halves = (LATENTS_PER_CELL * layout.rows, LATENTS_PER_CELL * layout.columns)
        pages = pages.expand(-1, *halves, -1, side, side).contiguous()
        pictured = np.flatnonzero(layout.grounds >= _PICTURED)
        which = (layout.styles[pictured], layout.grounds[pictured] - _PICTURED, layout.variants[pictured])
        self._draw(sheet, which)
        pages[torch.from_numpy(pictured).to(self._device)] = sheet.chosen(which)
        self._blend(pages, layout, sheet, unit)
        return pages

    def looks(self, ground: int, variant: int, rows: int, columns: int) -> Tensor:
        """A ground that is not plain as no style changes it, blends from white to black, (3, height, width)."""
        sheet, blend = self._sheet(rows, columns), ground - len(BACKGROUNDS)
        if blend < len(BLENDS):
            white, black = (self._pure[list(BACKGROUNDS).index(name)][:, None, None] for name in ("white", "black"))
            return white + (black - white) * sheet.shares[blend, variant]
        which = (np.array([_FLAT]), np.array([ground - _PICTURED]), np.array([variant]))
        self._draw(sheet, which)
        return pictures_of(sheet.chosen(which))[0]

    def _sheet(self, rows: int, columns: int) -> _Sheet:
        key = (rows, columns)
        if key not in self._sheets:
            self._sheets[key] = _Sheet.blank(self._canvases[key], self._device)
        return self._sheets[key]

    def _draw_all(self, processes: int) -> None:
        every = np.indices((len(STYLES), len(SCENERIES), VARIANTS)).reshape(3, -1)
        named = _named(every[:, every[0] == _FLAT])
        asked = [(name, variant, canvas) for canvas in self._canvases.values() for name, variant in named]
        # One pool for all canvases: to start one takes seconds.
        drawn = in_processes(_scenery, asked, processes)
        for rows, columns in self._canvases:
            sheet = self._sheet(rows, columns)
            self._put_flat(sheet, every[:, every[0] == _FLAT], islice(drawn, len(named)))
            self._draw(sheet, (every[0], every[1], every[2]))

    def _draw(self, sheet: _Sheet, which: Triples) -> None:
        """Draw which of these are not drawn yet."""
        if sheet.drawn[which].all():
            return
        missing = np.unique(np.stack(which)[:, ~sheet.drawn[which]], axis=1)
        flat = missing.copy()
        flat[0] = _FLAT
        flat = np.unique(flat[:, ~sheet.drawn[tuple(flat)]], axis=1)
        self._put_flat(sheet, flat, (_scenery((*named, sheet.canvas)) for named in _named(flat)))
        for number, style in enumerate(STYLES):
            alike = missing[:, missing[0] == number]
            if number != _FLAT and alike.size:
                pictures = pictures_of(sheet.chosen((np.full(len(alike[0]), _FLAT), alike[1], alike[2])))
                changed = self._styled(style, pictures, _named(alike), sheet.canvas.unit)
                sheet.put((alike[0], alike[1], alike[2]), changed)

    def _put_flat(self, sheet: _Sheet, which: NDArray[np.int64], drawn: Iterable[NDArray[np.uint8]]) -> None:
        if which.size:
            pictures = torch.from_numpy(np.stack(list(drawn))).to(self._device).permute(0, 3, 1, 2)
            sheet.put((which[0], which[1], which[2]), pictures.float() / 255.0)

    def _blend(self, pages: Tensor, layout: Layout, sheet: _Sheet, unit: int) -> None:
        blends = layout.grounds - len(BACKGROUNDS)
        is_blend = (blends >= 0) & (blends < len(BLENDS))
        for number, style in enumerate(STYLES):
            which = np.flatnonzero(is_blend & (layout.styles == number))
            if not len(which):
                continue
            shares = sheet.shares[blends[which], layout.variants[which]][:, None]
            first, second = (
                self._pure[torch.from_numpy(colours[which]).to(self._device)][..., None, None]
                for colours in (layout.firsts, layout.seconds)
            )
            names = [GROUND_NAMES[ground] for ground in layout.grounds[which]]
            named = list(zip(names, layout.variants[which].tolist(), strict=True))
            blended = self._styled(style, first * (1.0 - shares) + second * shares, named, unit)
            pages[torch.from_numpy(which).to(self._device)] = in_squares(blended, unit // LATENTS_PER_CELL)

    def _styled(self, style: str, pictures: Tensor, named: list[tuple[str, int]], unit: int) -> Tensor:
        return styled(
            GROUNDS, style, pictures, unit, lambda: [crc32(name.encode()) + variant for name, variant in named]
        )


def _named(which: NDArray[np.int64]) -> list[tuple[str, int]]:
    """Sceneries' names and variants of (3, count) numbers of styles, sceneries and variants."""
    names = tuple(SCENERIES)
    return [(names[scenery], variant) for _, scenery, variant in which.T.tolist()]


def _scenery(asked: tuple[str, int, Canvas]) -> NDArray[np.uint8]:
    """A scenery as no style has changed it, (height, width, 3)."""
    name, variant, canvas = asked
    return (background(name, (), variant, canvas) * 255.0 + 0.5).astype(np.uint8)
