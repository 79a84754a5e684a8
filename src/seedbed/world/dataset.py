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
    "Detail",
    "Study",
    "StudyDataset",
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


class Detail(NamedTuple):
    """A part of a scene in detail."""

    window: Window
    """Where it is, in pixels of the scene's own canvas."""
    pixels: Tensor
    """What is there, enlarged; in -1..1, (3, side, side)."""


class Study(NamedTuple):
    """A scene, and parts of it in detail; pixels in -1..1."""

    scene: Scene
    pixels: Tensor
    """The whole scene at its canvas's size, (3, height, width)."""
    details: tuple[Detail, ...]


@dataclass
class StudyDataset(Dataset[Study]):
    """Random scenes with square details around their objects, for the autoencoder."""

    icons: Path
    """Where the unpacked icon packages lie."""
    seed: int
    first: int
    """The index that item 0 stands for: where a resumed run goes on."""
    count: int
    cells: int = 4
    """The details' side, in cells of the canvas."""
    details: int = 2
    """How many details are shown of each scene."""
    enlargement: int = 2
    """How many times the canvas's size the scenes are rendered at: as large as the decoder draws them."""
    canvas: Canvas = field(default_factory=lambda: Canvas(512, 512, 64))
    """Where the scenes are laid out."""
    mix: WorldMix = DEFAULT
    """What is drawn, and how often."""

    def __post_init__(self) -> None:
        self._library = IconLibrary(self.icons)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, item: int) -> Study:
        rng = generator(self.seed, CROPS, self.first + item)
        scene = draw_scene(rng, self.canvas, self.mix)
        windows = [_window(rng, scene, self.cells) for _ in range(self.details)]
        enlarged = replace(scene, canvas=scene.canvas.enlarged(self.enlargement))
        whole = pixels_to_tensor(render(scene, self._library))
        return Study(scene, whole, tuple(Detail(window, self._detail(enlarged, window)) for window in windows))

    def _detail(self, enlarged: Scene, window: Window) -> Tensor:
        there = Window(*(self.enlargement * pixels for pixels in window))
        return pixels_to_tensor(render(enlarged, self._library, there))


def _window(rng: np.random.Generator, scene: Scene, cells: int) -> Window:
    """A square window that shows part of a random object, at whole cells, as latents are."""
    canvas, side = scene.canvas, cells * scene.canvas.unit
    x, y, reach = 0.5 * canvas.width, 0.5 * canvas.height, 0.5 * canvas.short_side
    middles = list(_middles(scene))
    if middles:
        x, y, reach = middles[rng.integers(len(middles))]
    left = np.clip(x + rng.uniform(-reach, reach) - side / 2, 0, canvas.width - side)
    top = np.clip(y + rng.uniform(-reach, reach) - side / 2, 0, canvas.height - side)
    return Window(int(left / canvas.unit) * canvas.unit, int(top / canvas.unit) * canvas.unit, side, side)


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
