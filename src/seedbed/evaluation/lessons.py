"""What the judge learns from: rendered scenes with their ground truth, made as soft and as dirty as pictures can be.

It must not be surprised by what a generator leaves: blur, speckles, blotches, bent outlines, JPEG. All of that comes
from here and none from Sprout.
"""

from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Dataset

from seedbed.evaluation.namer import CROP
from seedbed.request import AspectRatio
from seedbed.world.canvas import Canvas, canvas_of
from seedbed.world.dataset import JUDGED, generator
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.placed import Placed
from seedbed.world.render import render
from seedbed.world.scene import Scene, draw_scene

__all__ = ["LESSONS", "Lesson", "Lessons", "bends", "soiled"]

# Most skills are tried in the icons' own hands, and an unnamed style is glossy.
_HANDS = {"flat": 8.0, "glossy": 2.0}
LESSONS = replace(
    DEFAULT,
    single=0.16,
    pair=0.14,
    count=0.42,
    coloured=0.16,
    placed=0.08,
    several=0.0,
    scenery=0.04,
    text=0.0,
    styles=tuple((style, _HANDS.get(style, share)) for style, share in DEFAULT.styles),
)
"""More objects a picture than Sprout's own world has, since each is one more name to learn."""
_CROWDS = 0.8
"""The share of counts that are made crowds: as many objects at the same places, but all of them different."""
_ANYWHERE = 0.5
"""The share of single objects that stand at no usual place, in no usual size: a generator may put one there."""

# How often each shape comes, as in training: the square most.
_TURNS = (*AspectRatio, AspectRatio.SQUARE_1_1)


@dataclass(frozen=True)
class Lesson:
    """One batch: scenes of one shape, and their pictures as rendered."""

    scenes: tuple[Scene, ...]
    pictures: Tensor
    """uint8, (batch, height, width, 3)."""


@dataclass
class Lessons(Dataset[Lesson]):
    """Lesson number i is the same in every run and every process."""

    icons: Path
    seed: int
    first: int
    """The lesson that item 0 stands for: where a resumed run goes on."""
    count: int
    batch_size: int
    mix: WorldMix = LESSONS
    stream: int = JUDGED
    _library: IconLibrary = field(init=False)

    def __post_init__(self) -> None:
        self._library = IconLibrary(self.icons)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, item: int) -> Lesson:
        if not 0 <= item < self.count:
            raise IndexError(item)
        rng = generator(self.seed, self.stream, self.first + item)
        canvas = canvas_of(_TURNS[int(rng.integers(len(_TURNS)))])
        scenes = tuple(self._scene(rng, canvas) for _ in range(self.batch_size))
        pictures = [_saved(rng, render(scene, self._library)) for scene in scenes]
        return Lesson(scenes, torch.from_numpy(np.stack(pictures)))

    def _scene(self, rng: np.random.Generator, canvas: Canvas) -> Scene:
        scene = draw_scene(rng, canvas, self.mix)
        if len(scene.objects) == 1 and rng.random() < _ANYWHERE:
            return replace(scene, objects=(_anywhere(rng, canvas, scene.objects[0]),))
        if not scene.is_count or self.mix.nouns < len(scene.objects) or rng.random() > _CROWDS:
            return scene
        nouns = rng.permutation(self.mix.nouns)[: len(scene.objects)].tolist()
        return replace(scene, objects=tuple(replace(o, noun=n) for o, n in zip(scene.objects, nouns, strict=True)))


def _anywhere(rng: np.random.Generator, canvas: Canvas, placed: Placed) -> Placed:
    """The object at any size from tiny to huge, wholly within the canvas."""
    size = float(np.exp(rng.uniform(np.log(0.14), 0.0)))
    halves = (size * canvas.short_side / 2 / side for side in (canvas.width, canvas.height))
    x, y = (float(rng.uniform(half, 1 - half)) for half in halves)
    return replace(placed, x=x, y=y, size=size)


def _saved(rng: np.random.Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Some of the pictures with the marks of a JPEG file."""
    if rng.random() > 0.2:
        return picture
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=int(rng.integers(30, 90)))
    return np.array(Image.open(file))


def soiled(lesson: Lesson, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """The lesson's pictures as the judge sees them, in about -1..1, and by how many pixels each was moved.

    Shapes (batch, 3, height, width) and (batch, 2): across, down.
    """
    pictures = lesson.pictures.permute(0, 3, 1, 2).float() / 127.5 - 1.0
    moves = torch.randint(-10, 11, (len(pictures), 2), generator=rng)
    moves[torch.rand(len(pictures), generator=rng) < 0.5] = 0
    # One for all of them, turned each time: drawing it took longer than all the rest.
    noise = torch.randn(pictures.shape[1:], generator=rng)
    one_by_one = zip(pictures, moves.tolist(), strict=True)
    return torch.cat([_soiled(_moved(picture[None], move), noise, rng) for picture, move in one_by_one]), moves


def _moved(picture: Tensor, move: list[int]) -> Tensor:
    across, down = move
    height, width = picture.shape[-2:]
    pads = (max(across, 0), max(-across, 0), max(down, 0), max(-down, 0))
    padded = functional.pad(picture, pads, mode="replicate")
    top, left = max(-down, 0), max(-across, 0)
    return padded[..., top : top + height, left : left + width]


def _soiled(picture: Tensor, noise: Tensor, rng: torch.Generator) -> Tensor:
    chances = torch.rand(4, generator=rng)
    if chances[0] < 0.4:
        picture = _low_passed(picture, float(1.2 + 2.0 * torch.rand(1, generator=rng)))
    if chances[1] < 0.5:
        picture = picture + 0.2 * _blotches(picture, rng)
    if chances[2] < 0.5:
        turn = tuple(torch.randint(32, (2,), generator=rng).tolist())
        picture = picture + 0.1 * torch.rand(1, generator=rng) * noise.roll(turn, (1, 2))
    if chances[3] < 0.6:
        gain = 1.0 + 0.08 * torch.randn(1, 3, 1, 1, generator=rng)
        picture = picture * gain + 0.05 * torch.randn(1, 3, 1, 1, generator=rng)
    return picture.clamp(-1.1, 1.1)


def _low_passed(picture: Tensor, factor: float) -> Tensor:
    """As soft as if only one pixel in `factor` along each side had been kept, which is what few latents keep."""
    height, width = picture.shape[-2:]
    size = (round(height / factor), round(width / factor))
    small = functional.interpolate(picture, size, mode="bilinear", antialias=True)
    return functional.interpolate(small, (height, width), mode="bilinear")


def _blotches(picture: Tensor, rng: torch.Generator) -> Tensor:
    """Coarse spots in every colour, as an unsure generator leaves them."""
    height, width = picture.shape[-2:]
    side = int(torch.randint(8, 33, (1,), generator=rng))
    spots = torch.rand(1, generator=rng) * torch.randn(1, 3, height // side, width // side, generator=rng)
    return functional.interpolate(spots, (height, width), mode="bilinear")


def bends(count: int, rng: torch.Generator) -> Tensor:
    """Smooth shifts of the points that crops are sampled at, in shares of a crop's side, (count, CROP, CROP, 2)."""
    strength = 0.04 * torch.rand(count, 1, 1, 1, generator=rng)
    coarse = strength * torch.randn(count, 2, 5, 5, generator=rng)
    return functional.interpolate(coarse, (CROP, CROP), mode="bicubic").permute(0, 2, 3, 1)
