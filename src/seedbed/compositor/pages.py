"""Puts scenes together on a device: grounds, shadows, signs, things and letters, in squares of half a cell.

Things stand in whole cells, signs in halves. So each square of a sprite meets one square of the page, and all sprites
of thousands of scenes are pasted in two operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seedbed.compositor.atlas import Atlas
from seedbed.compositor.grounds import GroundBank
from seedbed.compositor.layouts import Layout
from seedbed.sprout.canvas import LATENTS_PER_CELL
from seedbed.world.render import SHADOW
from seedbed.world.styles import STYLES

__all__ = ["Compositor"]

_STYLES = tuple(STYLES)


@dataclass(frozen=True)
class Compositor:
    """Draws layouts at one size."""

    atlas: Atlas
    grounds: GroundBank
    unit: int
    """Pixels of a cell's side."""

    def pages(self, layouts: Sequence[Layout]) -> list[Tensor]:
        """The pictures of each layout in 0..1, (batch, rows, columns, 3, side, side), in squares of half a cell."""
        pages = [self.grounds.pages(layout, self.unit) for layout in layouts]
        for page, layout in zip(pages, layouts, strict=True):
            self._shade(page, layout)
        for layer in range(2):
            self._paste(pages, layouts, layer)
        return [page.clamp_(0.0, 1.0) for page in pages]

    def _paste(self, pages: list[Tensor], layouts: Sequence[Layout], layer: int) -> None:
        """Sprites of one style and size are made together, whichever layout they are for."""
        owners = np.concatenate([np.full(len(layout.pastes), number) for number, layout in enumerate(layouts)])
        pastes = np.concatenate([layout.pastes for layout in layouts])
        for style, side, halved in np.unique(pastes[pastes["layer"] == layer][["style", "side", "halved"]]):
            alike = (pastes["style"] == style) & (pastes["side"] == side) & (pastes["halved"] == halved)
            which = np.flatnonzero(alike & (pastes["layer"] == layer))
            some = pastes[which]
            squares = self.atlas.cells(
                _STYLES[style],
                self._numbers(some["row"]),
                self._numbers(some["colour"]),
                int(side),
                self.unit,
                self.unit >> int(halved),
            )
            for owner in np.unique(owners[which]):
                own = np.flatnonzero(owners[which] == owner)
                _lay(pages[owner], squares[self._numbers(own)], some[own])

    def _numbers(self, numbers: NDArray[np.integer]) -> Tensor:
        return torch.from_numpy(numbers.astype(np.int64)).to(self.atlas.device)

    def _shade(self, page: Tensor, layout: Layout) -> None:
        """Soft shadows on the ground around where objects stand; a scene's first, then its second, and so on."""
        shadows = layout.pastes[layout.pastes["shadow"] > 0]
        for order in np.unique(shadows["shadow"]):
            some = shadows[shadows["shadow"] == order]
            side = torch.from_numpy(some["side"].astype(np.float32)).to(page.device)[:, None]
            top, left = (
                torch.from_numpy(some[edge].astype(np.float32) / LATENTS_PER_CELL).to(page.device)[:, None]
                for edge in ("top", "left")
            )
            down = (self._places(page, 1) - top - side / 2 - 0.44 * side) / (0.085 * side)
            across = (self._places(page, 2) - left - side / 2) / (0.36 * side)
            square = page.shape[-1]
            dark_down = torch.exp(-down.square()).view(len(some), -1, square)[:, :, None, None, :, None]
            dark_across = torch.exp(-across.square()).view(len(some), -1, square)[:, None, :, None, None, :]
            page[self._numbers(some["scene"])] *= 1.0 - SHADOW * dark_down * dark_across

    def _places(self, page: Tensor, axis: int) -> Tensor:
        """The middles of all pixels along an axis of squares, in cells."""
        pixels = page.shape[axis] * page.shape[-1]
        return (torch.arange(pixels, device=page.device) + 0.5) / self.unit


def _lay(page: Tensor, squares: Tensor, pastes: NDArray[np.void]) -> None:
    """Lay sprites on the pages of one layout; what is outside is left out."""
    rows, columns = page.shape[1:3]
    side = np.arange(squares.shape[1])
    down, across = pastes["top"][:, None] + side, pastes["left"][:, None] + side
    inside = ((down >= 0) & (down < rows))[:, :, None] & ((across >= 0) & (across < columns))[:, None, :]
    places = (pastes["scene"][:, None, None] * rows + down[:, :, None]) * columns + across[:, None, :]
    where = torch.from_numpy(places[inside].astype(np.int64)).to(page.device)
    laid = squares[torch.from_numpy(inside).to(page.device)] if not inside.all() else squares.flatten(0, 2)
    flat = page.flatten(0, 2)
    flat[where] = flat[where] * (1.0 - laid[:, 3:]) + laid[:, :3]
