"""What each thing of the world looks like, small: every noun in every style, and in every colour by both icon sets.

The renderer draws them, so they are the truth that a picture is held against.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

import seedbed.world
from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.icons import ICON_SETS, IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.styles import STYLES

__all__ = ["COARSE", "FINE", "Look", "Report", "Templates"]

FINE, COARSE = 24, 12
"""Pixels of a template's side: where it is compared closely, and where all of them are."""
_DRAWN = 144
"""Pixels of a side that a template is shrunk from: 4.5 cells, about as large as most objects are."""
_CELL = 32


Report = Callable[[int, int], None]
"""Called with how many are drawn, of how many."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one template shows."""

    noun: int
    style: str
    colour: str | None
    """The colour that it was given; None for its own."""


@dataclass(frozen=True)
class Templates:
    """All looks and their pictures."""

    looks: tuple[Look, ...]
    pixels: Tensor
    """Premultiplied RGBA, uint8, (looks, 4, FINE, FINE)."""

    @classmethod
    def of(cls, icons: IconLibrary, nouns: int = len(NOUNS), report: Report = lambda _done, _all: None) -> "Templates":
        """The first so many nouns' templates; drawn once, in some minutes for all, then read from the icons' folder."""
        looks = tuple(_looks(nouns))
        file = icons.folder / "raster" / f"templates-{nouns}-{_world()[:16]}.npy"
        if not file.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_suffix(".partial.npy")
            np.save(draft, np.stack(list(_drawn_all(looks, icons, report))))
            draft.replace(file)
        return cls(looks, torch.from_numpy(np.load(file)).permute(0, 3, 1, 2).contiguous())

    @cached_property
    def nouns(self) -> Tensor:
        """Each look's noun, (looks,)."""
        return torch.tensor([look.noun for look in self.looks])

    @cached_property
    def coarse(self) -> Tensor:
        """All of them at COARSE pixels a side, in 0..1."""
        # By and by: all of them at once as floats would be four times their bytes.
        parts = (self.pixels[first : first + 1024] for first in range(0, len(self.pixels), 1024))
        return torch.cat([functional.avg_pool2d(part.float() / 255.0, FINE // COARSE) for part in parts])

    def fine(self, looks: Sequence[int]) -> Tensor:
        """Some of them at FINE pixels a side, in 0..1."""
        return self.pixels[list(looks)].float() / 255.0


def _looks(nouns: int) -> Iterator[Look]:
    """The prompts ask for colours in the icon sets' own hands alone; elsewhere each noun has its own colours."""
    for style in STYLES:
        colours = (None, *STYLES[style].colours) if style in ICON_SETS else (None,)
        yield from (Look(noun, style, colour) for noun in range(nouns) for colour in colours)


def _drawn_all(looks: Sequence[Look], icons: IconLibrary, report: Report) -> Iterator[NDArray[np.uint8]]:
    for number, look in enumerate(looks, 1):
        yield _drawn(look, icons)
        report(number, len(looks))


def _drawn(look: Look, icons: IconLibrary) -> NDArray[np.uint8]:
    """The look's picture, uint8 (FINE, FINE, 4)."""
    # What no filter has drawn in lines and blocks looks the same from half the size.
    share = 2 if look.style in ICON_SETS else 1
    side = _DRAWN // share
    sprite = icons.sprite(look.style, NOUNS[look.noun].icon, side, look.colour, _CELL // share)
    block = side // FINE
    means = sprite.reshape(FINE, block, FINE, block, 4).mean(axis=(1, 3))
    pixels: NDArray[np.uint8] = (means * 255.0 + 0.5).astype(np.uint8)
    return pixels


def _world() -> str:
    """A digest of all that decides how objects look, hexadecimal: templates of another world are of no use."""
    folder = Path(seedbed.world.__file__).parent
    names = ("brushes.py", "colours.py", "icons.py", "nouns.txt", "recolour.py", "shapes.py", "styles.py")
    parts = [(folder / name).read_bytes() for name in names]
    return hashlib.sha256(b"".join((*parts, repr(tuple(OBJECT_COLOURS)).encode()))).hexdigest()
