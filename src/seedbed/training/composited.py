"""The world on a GPU: scenes are laid out on the CPU's cores and composited, encoded and drawn on the device."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from seedbed.compositor.atlas import Atlas
from seedbed.compositor.grounds import GroundBank
from seedbed.compositor.layouts import GROUND_NAMES, Layout, layout_of
from seedbed.compositor.pages import Compositor
from seedbed.compositor.squares import pictures_of
from seedbed.learning.workers import ALONE, Worker
from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.canvas import LATENTS_PER_CELL, cell_grid
from seedbed.sprout.cells import Cells
from seedbed.training.batches import BatchRecipe, drawing_canvas
from seedbed.training.painter import Painter
from seedbed.training.plans import REPERTOIRE
from seedbed.world.colours import BACKGROUNDS, OBJECT_COLOURS
from seedbed.world.dataset import FITTED, generator
from seedbed.world.mix import WorldMix
from seedbed.world.scene import Scene, draw_scene
from seedbed.world.styles import Style

__all__ = ["CompositedStudies", "CompositedWorld", "Studio", "composited_pictures"]

Item = TypeVar("Item")

_TOGETHER = 8
"""Batches that are composited at once: sprites of one style and size are made together."""


class Studio:
    """All that scenes are made of, on one device, at several sizes; `processes` of the CPU's prepare it."""

    def __init__(self, icons: Path, names: tuple[str, ...], device: torch.device, processes: int = 0) -> None:
        self.device, self.processes = device, processes
        self.atlas = Atlas.load(icons, names, device, processes)
        self._compositors: dict[int, Compositor] = {}

    def compositor(self, enlargement: int = 1) -> Compositor:
        """What draws scenes at so many times the size that they are encoded at."""
        if enlargement not in self._compositors:
            canvases = tuple(drawing_canvas(ratio).enlarged(enlargement) for ratio in AspectRatio)
            bank = GroundBank(canvases, self.device, self.processes)
            self._compositors[enlargement] = Compositor(self.atlas, bank, canvases[0].unit)
        return self._compositors[enlargement]


@dataclass(frozen=True)
class _Layouts(Dataset[tuple[Layout, Cells, list[Scene]]]):
    """Batches of scenes as whole numbers; item number i is the batch `numbers[i]`."""

    recipe: BatchRecipe
    numbers: Sequence[int]
    names: tuple[str, ...]
    """Of the atlas's icons."""
    with_scenes: bool = False

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, item: int) -> tuple[Layout, Cells, list[Scene]]:
        scenes, cells = self.recipe.draw(self.numbers[item])
        return layout_of(scenes, self.names), cells, scenes if self.with_scenes else []


@dataclass(frozen=True)
class CompositedWorld:
    """The world as latents, made on a device."""

    studio: Studio
    autoencoder: Autoencoder
    """On the device."""
    _weights: Tensor = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_weights", self.autoencoder.projection.to(self.studio.device))

    def batches(self, recipe: BatchRecipe, numbers: Iterable[int]) -> Iterator[tuple[Tensor, Cells]]:
        """Those batches: latents (batch, channels, rows, columns), and plans."""
        compositor = self.studio.compositor()
        for some in _in_groups(_laid_out(recipe, list(numbers), self.studio.atlas.names, self.studio.processes)):
            pages = compositor.pages([layout for layout, _, _ in some])
            for page, (_, cells, _) in zip(pages, some, strict=True):
                yield self.encoded(page), cells

    def icons(self, style: Style, icons: Sequence[str], level: int, colour: str | None = None) -> tuple[Tensor, Tensor]:
        """Icons as wide as `level` latents: their ink, and how clear they are, (icons, channels, level, level)."""
        atlas, unit = self.studio.atlas, self.studio.compositor().unit
        rows = torch.tensor([atlas.row_of(style, icon) for icon in icons], device=self.studio.device)
        weights, ink, clear = self._weights.view(len(self._weights), 3, -1).mean(1), [], []
        for some in torch.split(rows, 32):
            painted = torch.full_like(some, -1 if colour is None else tuple(OBJECT_COLOURS).index(colour))
            squares = atlas.cells(style, some, painted, level // LATENTS_PER_CELL, unit, unit)
            ink.append(self.encoded(squares[:, :, :, :3]))
            clear.append(2.0 * torch.einsum("bhwn,cn->bchw", 1.0 - squares[:, :, :, 3].flatten(3), weights))
        return torch.cat(ink), torch.cat(clear)

    def ground(self, ground: int, variant: int, aspect_ratio: AspectRatio) -> Tensor:
        """The latents of a ground that is not plain, blends from white to black, (channels, rows, columns)."""
        named = GROUND_NAMES.index(REPERTOIRE.grounds[len(BACKGROUNDS) + ground])
        compositor = self.studio.compositor()
        picture = compositor.grounds.looks(named, variant, *cell_grid(aspect_ratio))
        return self.autoencoder.encode(2.0 * picture[None] - 1.0)[0]

    def encoded(self, squares: Tensor) -> Tensor:
        """Squares in 0..1, (batch, rows, columns, 3, side, side), as latents, (batch, channels, rows, columns)."""
        latents = (2.0 * squares.flatten(3) - 1.0 - self.autoencoder.mean) @ self._weights.T
        return latents.permute(0, 3, 1, 2)


@dataclass(frozen=True)
class CompositedStudies:
    """What the decoder learns from on a device: whole scenes at its own size, and what was drawn of them."""

    world: CompositedWorld
    painter: Painter
    recipe: BatchRecipe
    worker: Worker = ALONE

    def __call__(self, steps: Iterable[int]) -> Iterator[tuple[Tensor, Tensor]]:
        """What the decoder is given in each of `steps`, and what it is to make of that."""
        studio, numbers = self.world.studio, [self.worker.number(step) for step in steps]
        enlargement = self.world.autoencoder.config.enlargement
        laid = _laid_out(self.recipe, numbers, studio.atlas.names, studio.processes, with_scenes=True)
        for some in _in_groups(zip(numbers, laid, strict=True)):
            layouts = [layout for _, (layout, _, _) in some]
            small = studio.compositor().pages(layouts)
            large = studio.compositor(enlargement).pages(layouts)
            for (number, (_, _, scenes)), page, target in zip(some, small, large, strict=True):
                yield self._drawn_again(page, scenes, number), 2.0 * pictures_of(target) - 1.0

    @torch.no_grad()
    def _drawn_again(self, page: Tensor, scenes: Sequence[Scene], number: int) -> Tensor:
        clean = self.world.encoded(page)
        drawing = torch.Generator().manual_seed(self.recipe.seed + number)
        with torch.autocast(page.device.type, torch.bfloat16, enabled=page.is_cuda):
            drawn = self.painter.latents(clean, self.painter.cells(scenes), drawing)
        return self.painter.autoencoder.soften(drawn.float())


def _laid_out(
    recipe: BatchRecipe, numbers: Sequence[int], names: tuple[str, ...], processes: int, *, with_scenes: bool = False
) -> Iterator[tuple[Layout, Cells, list[Scene]]]:
    """Those batches as layouts, plans and, if asked for, scenes; `processes` of the CPU's draw them ahead."""
    layouts = _Layouts(recipe, numbers, names, with_scenes)
    ahead = 4 if processes else None
    return iter(DataLoader(layouts, batch_size=None, num_workers=processes, prefetch_factor=ahead))


def composited_pictures(studio: Studio, seed: int, count: int, mix: WorldMix) -> Tensor:
    """So many square pictures of the world, (count, 3, height, width), in -1..1."""
    canvas, compositor = drawing_canvas(AspectRatio.SQUARE_1_1), studio.compositor()
    scenes = (draw_scene(generator(seed, FITTED, number), canvas, mix) for number in range(count))
    layouts = [layout_of(some, studio.atlas.names) for some in _in_groups(scenes, 64)]
    return torch.cat([2.0 * pictures_of(compositor.pages([layout])[0]) - 1.0 for layout in layouts])


def _in_groups(items: Iterable[Item], size: int = _TOGETHER) -> Iterator[list[Item]]:
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some
