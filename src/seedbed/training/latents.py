"""Scenes as latents, without rendering them: millions of scenes, no two the same, from one encoding of each icon.

The encoder is linear and objects fill whole cells of the latents' grid. So the latents of an icon on a plain colour are
those of its ink, plus those of its clear parts times the colour: scenes are put together from these two. Before any
other background the pixels are composed, at the canvas's small size, and encoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.canvas import PIXELS_PER_LATENT
from seedbed.training.plans import box_of
from seedbed.world.backgrounds import plain_in_style
from seedbed.world.cache import BoundedCache
from seedbed.world.canvas import canvas_of
from seedbed.world.icons import IconLibrary
from seedbed.world.layout import Box
from seedbed.world.lettering import letter_icon
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.nouns import NOUNS
from seedbed.world.render import composed
from seedbed.world.scene import BACKGROUNDS, Scene, draw_scene
from seedbed.world.styles import Style

__all__ = ["SceneLatents"]

# How often each shape comes: the square is asked for most.
_TURNS = (*AspectRatio, AspectRatio.SQUARE_1_1, AspectRatio.SQUARE_1_1)


class _Drawing(NamedTuple):
    """One icon as it is drawn; its style and size apart."""

    icon: str
    colour: str | None
    unit: int
    """What its strokes are measured by, in pixels."""


@dataclass
class SceneLatents:
    """The training world as latents.

    What was encoded is kept, up to 1.5 GiB: about 20 KiB an icon, style, size and colour.
    """

    icons: IconLibrary
    autoencoder: Autoencoder
    mix: WorldMix = DEFAULT
    """What is drawn, and how often."""
    _grounds: dict[tuple[str, Style], Tensor] = field(default_factory=dict)
    _encoded: BoundedCache[tuple[Tensor, Tensor]] = field(default_factory=lambda: BoundedCache(3 << 29, _bytes_of))

    def batch(self, rng: np.random.Generator, size: int) -> tuple[Tensor, list[Scene]]:
        """`size` new scenes of one shape: latents (size, channels, rows, columns), and the scenes."""
        canvas = canvas_of(_TURNS[int(rng.integers(len(_TURNS)))])
        scenes = [draw_scene(rng, canvas, self.mix) for _ in range(size)]
        latents = torch.empty(size, len(self._weights), canvas.rows, canvas.columns)
        for number, scene in enumerate(scenes):
            latents[number] = self.latents(scene)
        return latents, scenes

    def latents(self, scene: Scene) -> Tensor:
        """What encoding the rendered scene gives, (channels, rows, columns), but for the rounding of its pixels."""
        has_sign = scene.text is not None and scene.text.sign is not None
        is_plain = scene.background in BACKGROUNDS and not has_sign
        return self._put_together(scene) if is_plain else self._encoded_pixels(scene)

    def icon(self, style: Style, icon: str, cells: int) -> tuple[Tensor, Tensor]:
        """An icon as wide as `cells` cells: its ink (channels, cells, cells), and its clear parts (3, channels, …)."""
        return self._drawn(style, cells, _Drawing(icon, None, PIXELS_PER_LATENT))

    def _put_together(self, scene: Scene) -> Tensor:
        ground = plain_in_style(scene.background, scene.style)
        latents = self._ground(scene)[:, None, None].repeat(1, scene.canvas.rows, scene.canvas.columns)
        colour = torch.from_numpy(ground)
        for (left, top, cells), drawing in _drawings(scene):
            ink, clear = self._drawn(scene.style, cells, drawing)
            latents[:, top : top + cells, left : left + cells] = ink + torch.einsum("k,kchw->chw", colour, clear)
        return latents

    def _encoded_pixels(self, scene: Scene) -> Tensor:
        rows, columns, side = scene.canvas.rows, scene.canvas.columns, PIXELS_PER_LATENT
        strips = torch.from_numpy(composed(scene, self.icons)).view(rows, side, columns, side * 3)
        patches = strips.transpose(1, 2).reshape(rows * columns, -1)
        weights, bias = self._pixel_weights
        return torch.addmm(bias, patches, weights).T.reshape(-1, rows, columns)

    @cached_property
    def _weights(self) -> Tensor:
        """The encoder's matrix, (channels, 3 * patch²)."""
        return self.autoencoder.components / self.autoencoder.scale[:, None]

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
        """An icon's ink (channels, cells, cells), and for each colour channel its clear parts (3, channels, …)."""
        return self._encoded.get((style, cells, drawing), lambda: self._encode(self._sprite(style, cells, drawing)))

    def _sprite(self, style: Style, cells: int, drawing: _Drawing) -> Tensor:
        side = cells * PIXELS_PER_LATENT
        sprite = self.icons.sprite(style, drawing.icon, side, drawing.colour, drawing.unit)
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


def _bytes_of(encoded: tuple[Tensor, Tensor]) -> int:
    return sum(part.nbytes for part in encoded)
