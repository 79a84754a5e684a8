"""What the decoder learns from on a CPU: details of scenes, rendered at its own size, and what was drawn of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from seedbed.learning.workers import ALONE, Worker
from seedbed.request import AspectRatio
from seedbed.training.batches import drawing_canvas
from seedbed.training.painter import Painter
from seedbed.world.dataset import FITTED, Study, StudyDataset, generator, pixels_to_tensor
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.render import render
from seedbed.world.scene import draw_scene

__all__ = ["RenderedStudies", "rendered_pictures"]


def rendered_pictures(icons: IconLibrary, seed: int, count: int, mix: WorldMix) -> Tensor:
    """So many square pictures of the world, (count, 3, height, width), in -1..1."""
    canvas = drawing_canvas(AspectRatio.SQUARE_1_1)
    scenes = (draw_scene(generator(seed, FITTED, number), canvas, mix) for number in range(count))
    return torch.stack([pixels_to_tensor(render(scene, icons)) for scene in scenes])


@dataclass(frozen=True)
class RenderedStudies:
    """Details of scenes, a batch for each step."""

    painter: Painter
    icons: Path
    seed: int
    scenes: int
    """How many a step shows; each in several details."""
    mix: WorldMix = DEFAULT
    worker: Worker = ALONE
    processes: int = 1
    """How many render; with 0 the training process renders itself."""

    def __call__(self, steps: Iterable[int]) -> Iterator[tuple[Tensor, Tensor]]:
        """What the decoder is given in each of `steps`, and what it is to make of that."""
        steps = list(steps)
        for step, studies in zip(steps, self._rendered(steps), strict=True):
            drawing = torch.Generator().manual_seed(self.seed + self.worker.number(step))
            yield (
                self._drawn_again(studies, drawing),
                torch.stack([d.pixels for study in studies for d in study.details]),
            )

    @torch.no_grad()
    def _drawn_again(self, studies: Sequence[Study], drawing: torch.Generator) -> Tensor:
        """The linear reconstruction of each part of each scene as the transformer draws it, (parts, 3, side, side)."""
        clean = self.painter.autoencoder.encode(torch.stack([study.pixels for study in studies]))
        both = self.painter.cells([study.scene for study in studies])
        whole = self.painter.autoencoder.soften(self.painter.latents(clean, both, drawing))
        windows = [
            (soft, detail.window) for soft, study in zip(whole, studies, strict=True) for detail in study.details
        ]
        return torch.stack(
            [soft[:, top : top + height, left : left + width] for soft, (left, top, width, height) in windows]
        )

    def _rendered(self, steps: Sequence[int]) -> Iterator[Sequence[Study]]:
        size, share, rank = self.scenes, self.worker.share(self.scenes), self.worker.rank
        first = steps[0] * size if steps else 0
        enlargement = self.painter.autoencoder.config.enlargement
        scenes = StudyDataset(self.icons, self.seed, first, len(steps) * size, enlargement=enlargement, mix=self.mix)
        # Of each batch, the worker's own part.
        own = [item for item in range(len(scenes)) if rank * share <= item % size < (rank + 1) * share]
        ahead = 8 if self.processes else None
        loader = DataLoader(
            scenes, share, sampler=own, num_workers=self.processes, prefetch_factor=ahead, collate_fn=list
        )
        return iter(loader)
