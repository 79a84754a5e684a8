"""Scenes as latents, without rendering them: millions of scenes, no two the same, from one encoding of each icon.

The encoder is linear and objects fill whole cells, so whole latents. So the latents of an icon on a plain colour are
those of its ink, plus those of its clear parts times the colour: scenes are put together from these two. Before any
other background the pixels are composed, at the canvas's small size, and encoded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.canvas import LATENTS_PER_CELL, PIXELS_PER_LATENT
from seedbed.sprout.cells import Cells
from seedbed.training.batches import BatchRecipe, drawing_canvas
from seedbed.training.plans import REPERTOIRE, box_of
from seedbed.world.backgrounds import BLENDS, background, plain_in_style
from seedbed.world.cache import BoundedCache
from seedbed.world.icons import IconLibrary
from seedbed.world.layout import Box
from seedbed.world.lettering import letter_icon
from seedbed.world.nouns import NOUNS
from seedbed.world.render import composed
from seedbed.world.scene import BACKGROUNDS, Scene
from seedbed.world.styles import Style

__all__ = ["SceneLatents"]


class _Drawing(NamedTuple):
    """One icon as it is drawn; its style and size apart."""

    icon: str
    colour: str | None
    unit: int
    """What its strokes are measured by, in pixels."""


@dataclass
class SceneLatents:
    """The training world as latents.

    What was encoded is kept, up to 1.5 GiB: about 100 KiB an icon, style, size and colour.
    """

    library: IconLibrary
    autoencoder: Autoencoder
    _grounds: dict[tuple[str, Style], Tensor] = field(default_factory=dict)
    _encoded: BoundedCache[tuple[Tensor, Tensor]] = field(default_factory=lambda: BoundedCache(3 << 29, _bytes_of))

    def batches(self, recipe: BatchRecipe, numbers: Iterable[int]) -> Iterator[tuple[Tensor, Cells]]:
        """Those batches: latents (batch, channels, rows, columns), and plans."""
        for number in numbers:
            scenes, cells = recipe.draw(number)
            yield torch.stack([self.latents(scene) for scene in scenes]), cells

    def latents(self, scene: Scene) -> Tensor:
        """What encoding the rendered scene gives, (channels, rows, columns), but for the rounding of its pixels."""
        has_sign = scene.text is not None and scene.text.sign is not None
        is_plain = scene.background in BACKGROUNDS and not has_sign
        return self._put_together(scene) if is_plain else self._encoded_pixels(scene)

    def icons(self, style: Style, icons: Sequence[str], level: int, colour: str | None = None) -> tuple[Tensor, Tensor]:
        """Icons as wide as `level` latents: their ink, and how clear they are, (icons, channels, level, level)."""
        unit = PIXELS_PER_LATENT * LATENTS_PER_CELL
        drawn = [self._drawn(style, level // LATENTS_PER_CELL, _Drawing(icon, colour, unit)) for icon in icons]
        return torch.stack([ink for ink, _ in drawn]), torch.stack([clear.mean(0) for _, clear in drawn])

    def ground(self, ground: int, variant: int, aspect_ratio: AspectRatio) -> Tensor:
        """The latents of a ground that is not plain, blends from white to black, (channels, rows, columns)."""
        name = REPERTOIRE.grounds[len(BACKGROUNDS) + ground]
        colours = ("white", "black") if name in BLENDS else ()
        return self._encoded_picture(background(name, colours, variant, drawing_canvas(aspect_ratio)))

    def _put_together(self, scene: Scene) -> Tensor:
        ground = plain_in_style(scene.background, scene.style)
        latents = self._ground(scene)[:, None, None].repeat(1, *_latents_of(scene))
        colour = torch.from_numpy(ground)
        for (left, top, cells), drawing in _drawings(scene):
            ink, clear = self._drawn(scene.style, cells, drawing)
            rows, columns = (_latents(first, cells) for first in (top, left))
            latents[:, rows, columns] = ink + torch.einsum("k,kchw->chw", colour, clear)
        return latents

    def _encoded_pixels(self, scene: Scene) -> Tensor:
        return self._encoded_picture(composed(scene, self.library))

    def _encoded_picture(self, picture: NDArray[np.float32]) -> Tensor:
        side = PIXELS_PER_LATENT
        rows, columns = (length // side for length in picture.shape[:2])
        strips = torch.from_numpy(np.ascontiguousarray(picture)).view(rows, side, columns, side * 3)
        patches = strips.transpose(1, 2).reshape(rows * columns, -1)
        weights, bias = self._pixel_weights
        return torch.addmm(bias, patches, weights).T.reshape(-1, rows, columns)

    @cached_property
    def _weights(self) -> Tensor:
        return self.autoencoder.projection

    @cached_property
    def _pixel_weights(self) -> tuple[Tensor, Tensor]:
        """The encoder for patches of pixels in 0..1 as they lie in a picture, (3 * patch², channels), and its bias."""
        side = PIXELS_PER_LATENT
        as_pixels = self._weights.view(-1, 3, side, side).permute(2, 3, 1, 0).reshape(3 * side**2, -1)
        return 2.0 * as_pixels, -self._weights @ (1.0 + self.autoencoder.mean)

    def _ground(self, scene: Scene) -> Tensor:
        """The latents, (channels,), of a cell that shows nothing but its plain background."""
        key = (scene.background, scene.style)
        if key not in self._grounds:
            colour = torch.from_numpy(plain_in_style(*key)) * 2.0 - 1.0
            pixels = colour.repeat_interleave(PIXELS_PER_LATENT**2) - self.autoencoder.mean
            self._grounds[key] = self._weights @ pixels
        return self._grounds[key]

    def _drawn(self, style: Style, cells: int, drawing: _Drawing) -> tuple[Tensor, Tensor]:
        """An icon's ink, (channels, rows, columns), and for each colour channel its clear parts, (3, channels, …)."""
        return self._encoded.get((style, cells, drawing), lambda: self._encode(self._sprite(style, cells, drawing)))

    def _sprite(self, style: Style, cells: int, drawing: _Drawing) -> Tensor:
        side = cells * LATENTS_PER_CELL * PIXELS_PER_LATENT
        sprite = self.library.sprite(style, drawing.icon, side, drawing.colour, drawing.unit)
        return torch.from_numpy(np.ascontiguousarray(sprite)).permute(2, 0, 1)

    @torch.no_grad()
    def _encode(self, sprite: Tensor) -> tuple[Tensor, Tensor]:
        ink = self.autoencoder.encode(2.0 * sprite[None, :3] - 1.0)[0]
        clear = functional.pixel_unshuffle(1.0 - sprite[3:], PIXELS_PER_LATENT)
        # Pixels go from 0..1 to -1..1, so a colour counts twice.
        weights = self._weights.view(len(self._weights), 3, -1)
        return ink, 2.0 * torch.einsum("nhw,ckn->kchw", clear, weights)


def _drawings(scene: Scene) -> Iterator[tuple[Box, _Drawing]]:
    """What is drawn in a scene: where, in cells of the grid, and what."""
    for placed in scene.objects:
        yield box_of(placed, scene.canvas), _Drawing(NOUNS[placed.noun].icon, placed.colour, scene.canvas.unit)
    text = scene.text
    if text is None:
        return
    for letter in text.letters:
        drawing = _Drawing(letter_icon(letter.character), text.colour, text.grain(scene.canvas.unit))
        yield (letter.left, letter.top, text.size), drawing


def _latents(first: int, cells: int) -> slice:
    return slice(first * LATENTS_PER_CELL, (first + cells) * LATENTS_PER_CELL)


def _latents_of(scene: Scene) -> tuple[int, int]:
    """Rows and columns of a scene's latents."""
    return scene.canvas.rows * LATENTS_PER_CELL, scene.canvas.columns * LATENTS_PER_CELL


def _bytes_of(encoded: tuple[Tensor, Tensor]) -> int:
    return sum(part.nbytes for part in encoded)
