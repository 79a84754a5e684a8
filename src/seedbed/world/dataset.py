"""The world as training data: picture number i is the same in every run and every process."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from seedbed.world.icons import IconLibrary
from seedbed.world.render import render
from seedbed.world.scene import Canvas, Scene, draw_scene

__all__ = ["ASKED", "CROPS", "EXAMINED", "FITTED", "JUDGED", "SCENES", "CropDataset", "generator", "pixels_to_tensor"]

# Streams that never meet: each kind of data draws from its own. The last three are evaluation's: what its judge learns
# from and is examined on, and what Sprout is asked.
CROPS, SCENES, FITTED, JUDGED, EXAMINED, ASKED = range(6)


def generator(seed: int, stream: int, index: int) -> np.random.Generator:
    """The random generator of item `index`, independent of every other item's."""
    return np.random.default_rng((seed, stream, index))


def pixels_to_tensor(pixels: np.ndarray) -> Tensor:
    """uint8 (height, width, 3) as float (3, height, width) in -1..1."""
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 127.5 - 1.0


@dataclass
class CropDataset(Dataset[Tensor]):
    """Square crops around the objects of random scenes, for the autoencoder."""

    icons: Path
    """Where the unpacked icon packages lie."""
    seed: int
    first: int
    """The index that item 0 stands for: where a resumed run goes on."""
    count: int
    crop: int = 256
    """The crops' side in pixels."""
    canvas: Canvas = field(default_factory=lambda: Canvas(256, 256))
    """Where the scenes are laid out; they are rendered at twice its size, as the decoder draws them."""

    def __post_init__(self) -> None:
        self._library = IconLibrary(self.icons)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, item: int) -> Tensor:
        rng = generator(self.seed, CROPS, self.first + item)
        scene = draw_scene(rng, self.canvas)
        scene = replace(scene, canvas=scene.canvas.enlarged(2))
        left, top = _corner(rng, scene, self.crop)
        picture = render(scene, self._library)[top : top + self.crop, left : left + self.crop]
        return pixels_to_tensor(np.ascontiguousarray(picture))


def _corner(rng: np.random.Generator, scene: Scene, crop: int) -> tuple[int, int]:
    """The left and top of a crop that shows part of a random object."""
    canvas = scene.canvas
    placed = scene.objects[rng.integers(len(scene.objects))]
    reach = placed.size * canvas.short_side / 2
    x = placed.x * canvas.width + rng.uniform(-reach, reach) - crop / 2
    y = placed.y * canvas.height + rng.uniform(-reach, reach) - crop / 2
    return int(np.clip(x, 0, canvas.width - crop)), int(np.clip(y, 0, canvas.height - crop))
