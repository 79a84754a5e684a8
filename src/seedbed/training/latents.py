"""Scenes as latents, without rendering them: millions of scenes, no two the same, from one encoding of each icon.

The encoder is linear and objects fill whole cells of the latents' grid. So the latents of an icon on a colour are
those of its ink, plus those of its clear parts times the colour: scenes are put together from these two.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.canvas import PIXELS_PER_LATENT
from seedbed.world.cache import BoundedCache
from seedbed.world.canvas import Canvas, canvas_of
from seedbed.world.icons import IconLibrary, Style
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.nouns import NOUNS
from seedbed.world.scene import BACKGROUNDS, Placed, Scene, draw_scene

__all__ = ["SceneLatents"]

# How often each shape comes: the square is asked for most.
_TURNS = (*AspectRatio, AspectRatio.SQUARE_1_1, AspectRatio.SQUARE_1_1)


@dataclass
class SceneLatents:
    """The training world as latents. What was encoded stays in memory: about 80 KiB an icon, style and size."""

    icons: IconLibrary
    autoencoder: Autoencoder
    mix: WorldMix = DEFAULT
    """What is drawn, and how often."""
    _encoded: BoundedCache[tuple[Tensor, Tensor]] = field(default_factory=lambda: BoundedCache(1 << 30, _bytes_of))

    def batch(self, rng: np.random.Generator, size: int) -> tuple[Tensor, list[Scene]]:
        """`size` new scenes of one shape: latents (size, channels, rows, columns), and the scenes."""
        canvas = canvas_of(_TURNS[int(rng.integers(len(_TURNS)))])
        scenes = [draw_scene(rng, canvas, self.mix) for _ in range(size)]
        return torch.stack([self.latents(scene) for scene in scenes]), scenes

    def latents(self, scene: Scene) -> Tensor:
        """What encoding the rendered scene gives, (channels, rows, columns), but for the rounding of its pixels."""
        rows, columns = (side // PIXELS_PER_LATENT for side in (scene.canvas.height, scene.canvas.width))
        latents = self._grounds[scene.background][:, None, None].repeat(1, rows, columns)
        colour = torch.tensor(BACKGROUNDS[scene.background]) / 255.0
        for placed in scene.objects:
            left, top, cells = _cells(placed, scene.canvas)
            ink, clear = self._object(scene.style, placed, cells)
            latents[:, top : top + cells, left : left + cells] = ink + torch.einsum("k,kchw->chw", colour, clear)
        return latents

    @cached_property
    def _weights(self) -> Tensor:
        """The encoder's matrix, (channels, 3 * patch²)."""
        return self.autoencoder.components / self.autoencoder.scale[:, None]

    @cached_property
    def _grounds(self) -> dict[str, Tensor]:
        """The latents, (channels,), of a cell that shows nothing but its background."""
        pixels = PIXELS_PER_LATENT**2
        colours = {name: torch.tensor(colour) / 127.5 - 1.0 for name, colour in BACKGROUNDS.items()}
        mean = self.autoencoder.mean
        return {name: self._weights @ (rgb.repeat_interleave(pixels) - mean) for name, rgb in colours.items()}

    def _object(self, style: Style, placed: Placed, cells: int) -> tuple[Tensor, Tensor]:
        """An icon's ink (channels, cells, cells), and for each colour channel its clear parts (3, channels, …)."""
        key = (style, placed.noun, cells, placed.colour)
        return self._encoded.get(key, lambda: self._encode(self._sprite(style, placed, cells)))

    def _sprite(self, style: Style, placed: Placed, cells: int) -> Tensor:
        sprite = self.icons.sprite(style, NOUNS[placed.noun].icon, cells * PIXELS_PER_LATENT, placed.colour)
        return torch.from_numpy(np.ascontiguousarray(sprite)).permute(2, 0, 1)

    @torch.no_grad()
    def _encode(self, sprite: Tensor) -> tuple[Tensor, Tensor]:
        ink = self.autoencoder.encode(2.0 * sprite[None, :3] - 1.0)[0]
        clear = functional.pixel_unshuffle(1.0 - sprite[3:], PIXELS_PER_LATENT)
        # Pixels go from 0..1 to -1..1, so a colour counts twice.
        weights = self._weights.view(len(self._weights), 3, -1)
        return ink, 2.0 * torch.einsum("nhw,ckn->kchw", clear, weights)


def _cells(placed: Placed, canvas: Canvas) -> tuple[int, int, int]:
    """The first column, the first row and the side of an object, in cells of the grid."""
    side = placed.size * canvas.short_side
    corner = (placed.x * canvas.width - side / 2, placed.y * canvas.height - side / 2)
    left, top, cells = (round(pixels / PIXELS_PER_LATENT) for pixels in (*corner, side))
    return left, top, cells


def _bytes_of(encoded: tuple[Tensor, Tensor]) -> int:
    return sum(part.nbytes for part in encoded)
