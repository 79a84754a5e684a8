"""The world as training data: picture number i is the same in every run and every process."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from seedbed.world.icons import IconLibrary
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.render import Window, render
from seedbed.world.scene import Canvas, Scene, draw_scene

__all__ = [
    "ASKED",
    "CAPTIONS",
    "CROPS",
    "EXAMINED",
    "FITTED",
    "JUDGED",
    "SCENES",
    "Crop",
    "CropDataset",
    "generator",
    "pixels_to_tensor",
]

# Streams that never meet: each kind of data draws from its own. Three are evaluation's: what its judge learns
# from and is examined on, and what Sprout is asked.
CROPS, SCENES, FITTED, JUDGED, EXAMINED, ASKED, CAPTIONS = range(7)


def generator(seed: int, stream: int, index: int) -> np.random.Generator:
    """The random generator of item `index`, independent of every other item's."""
    return np.random.default_rng((seed, stream, index))


def pixels_to_tensor(pixels: np.ndarray) -> Tensor:
    """uint8 (height, width, 3) as float (3, height, width) in -1..1."""
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 127.5 - 1.0


class Crop(NamedTuple):
    """A scene, and a part of it in detail; pixels in -1..1."""

    scene: Scene
    pixels: Tensor
    """The whole scene at its canvas's size, (3, height, width)."""
    left: int
    """Where the part begins, in pixels of the canvas."""
    top: int
    """Where the part begins, in pixels of the canvas."""
    part: Tensor
    """The part, enlarged, (3, crop, crop)."""


@dataclass
class CropDataset(Dataset[Crop]):
    """Random scenes with square crops around their objects, for the autoencoder."""

    icons: Path
    """Where the unpacked icon packages lie."""
    seed: int
    first: int
    """The index that item 0 stands for: where a resumed run goes on."""
    count: int
    crop: int = 512
    """The crops' side in pixels."""
    enlargement: int = 4
    """How many times the canvas's size the scenes are rendered at: as large as the decoder draws them."""
    canvas: Canvas = field(default_factory=lambda: Canvas(256, 256))
    """Where the scenes are laid out."""
    mix: WorldMix = DEFAULT
    """What is drawn, and how often."""

    def __post_init__(self) -> None:
        self._library = IconLibrary(self.icons)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, item: int) -> Crop:
        rng = generator(self.seed, CROPS, self.first + item)
        scene = draw_scene(rng, self.canvas, self.mix)
        side = self.crop // self.enlargement
        left, top = _corner(rng, scene, side)
        enlarged = replace(scene, canvas=scene.canvas.enlarged(self.enlargement))
        window = Window(left * self.enlargement, top * self.enlargement, self.crop, self.crop)
        whole, part = render(scene, self._library), render(enlarged, self._library, window)
        return Crop(scene, pixels_to_tensor(whole), left, top, pixels_to_tensor(part))


def _corner(rng: np.random.Generator, scene: Scene, side: int) -> tuple[int, int]:
    """The left and top of a window that shows part of a random object, at whole cells, as latents are."""
    canvas = scene.canvas
    x, y, reach = 0.5 * canvas.width, 0.5 * canvas.height, 0.5 * canvas.short_side
    middles = list(_middles(scene))
    if middles:
        x, y, reach = middles[rng.integers(len(middles))]
    left = np.clip(x + rng.uniform(-reach, reach) - side / 2, 0, canvas.width - side)
    top = np.clip(y + rng.uniform(-reach, reach) - side / 2, 0, canvas.height - side)
    return int(left / canvas.unit) * canvas.unit, int(top / canvas.unit) * canvas.unit


def _middles(scene: Scene) -> Iterator[tuple[float, float, float]]:
    """The centre of every object and letter, and half its side, in pixels."""
    canvas, text = scene.canvas, scene.text
    for placed in scene.objects:
        yield placed.x * canvas.width, placed.y * canvas.height, placed.size * canvas.short_side / 2
    if text is None:
        return
    for letter in text.letters:
        half = text.size * canvas.unit / 2
        yield letter.left * canvas.unit + half, letter.top * canvas.unit + half, half
