"""Scenes as latents, encoded once and kept on disk in shards, so that training never waits for the renderer.

Only latents are kept: the scene itself is drawn again from its number whenever its caption is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seedbed.errors import ConfigurationError
from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.canvas import PIXELS_PER_LATENT, latent_grid
from seedbed.world.dataset import SCENES, generator, pixels_to_tensor
from seedbed.world.icons import IconLibrary
from seedbed.world.render import render
from seedbed.world.scene import Canvas, Scene, draw_scene

__all__ = ["SHARD", "LatentCache", "canvas_of", "scene_number", "write_shards"]

SHARD = 1000
"""Scenes per shard, unless another number is asked for; all of one shard have one aspect ratio."""
_RENDERED_AT_ONCE = 20
# How the shards take turns: the square is asked for most.
_TURNS = (
    AspectRatio.SQUARE_1_1,
    AspectRatio.WIDESCREEN_16_9,
    AspectRatio.SOCIAL_STORY_9_16,
    AspectRatio.SQUARE_1_1,
    AspectRatio.STANDARD_3_2,
    AspectRatio.PORTRAIT_2_3,
    AspectRatio.SQUARE_1_1,
    AspectRatio.CLASSIC_4_3,
    AspectRatio.TRADITIONAL_3_4,
)


def canvas_of(aspect_ratio: AspectRatio) -> Canvas:
    """The canvas, in pixels, that Sprout draws `aspect_ratio` on."""
    rows, columns = latent_grid(aspect_ratio)
    return Canvas(columns * PIXELS_PER_LATENT, rows * PIXELS_PER_LATENT)


def scene_number(seed: int, index: int, shard_size: int = SHARD) -> Scene:
    """Scene `index` of the training world, the same in every process."""
    canvas = canvas_of(_TURNS[index // shard_size % len(_TURNS)])
    return draw_scene(generator(seed, SCENES, index), canvas)


def write_shards(
    folder: Path, icons: Path, autoencoder: Autoencoder, seed: int, shards: range, shard_size: int = SHARD
) -> Iterator[int]:
    """Render and encode every shard that is not there yet; yields each shard's number when it is done."""
    library = IconLibrary(icons)
    folder.mkdir(parents=True, exist_ok=True)
    for shard in shards:
        path = _path(folder, shard)
        if not path.is_file():
            draft = path.with_suffix(".partial.npy")
            scenes = [scene_number(seed, shard * shard_size + item, shard_size) for item in range(shard_size)]
            np.save(draft, _encode(library, autoencoder, scenes))
            draft.replace(path)
        yield shard


def _encode(library: IconLibrary, autoencoder: Autoencoder, scenes: list[Scene]) -> NDArray[np.float16]:
    encoded: list[Tensor] = []
    for first in range(0, len(scenes), _RENDERED_AT_ONCE):
        pictures = [render(scene, library) for scene in scenes[first : first + _RENDERED_AT_ONCE]]
        pixels = torch.stack([pixels_to_tensor(picture) for picture in pictures])
        with torch.inference_mode():
            encoded.append(autoencoder.encode(pixels).half())
    return torch.cat(encoded).numpy()


@dataclass(frozen=True)
class LatentCache:
    """The shards 0 to `shards` - 1, mapped from disk: at least one for each turn of the aspect ratios.

    Raises `ConfigurationError` for fewer.
    """

    folder: Path
    seed: int
    shards: int
    shard_size: int = SHARD

    def __post_init__(self) -> None:
        if self.shards < len(_TURNS):
            raise ConfigurationError(f"{self.shards} shards leave an aspect ratio out: {len(_TURNS)} is the least")

    def batch(self, rng: np.random.Generator, size: int) -> tuple[Tensor, list[Scene]]:
        """`size` random scenes of one aspect ratio: latents (size, channels, rows, columns), and the scenes."""
        turn = int(rng.integers(len(_TURNS)))
        # Of the shards of one turn all have the same shape, so one batch may mix them.
        choices = np.arange(turn, self.shards, len(_TURNS))
        picked = rng.choice(choices, size) * self.shard_size + rng.integers(self.shard_size, size=size)
        latents = np.stack([self._latents(int(index)) for index in picked])
        return torch.from_numpy(latents).float(), [self._scene(int(index)) for index in picked]

    def _scene(self, index: int) -> Scene:
        return scene_number(self.seed, index, self.shard_size)

    def _latents(self, index: int) -> NDArray[np.float16]:
        shard, item = divmod(index, self.shard_size)
        mapped: NDArray[np.float16] = np.load(_path(self.folder, shard), mmap_mode="r")
        return np.asarray(mapped[item])


def _path(folder: Path, shard: int) -> Path:
    return folder / f"latents-{shard:04d}.npy"
