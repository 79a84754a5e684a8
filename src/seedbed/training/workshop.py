"""Where what a training is shown is made: rendered on the CPU and kept, or composited on a GPU."""

import os
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from seedbed.compositor.atlas import icon_names
from seedbed.learning.workers import Worker
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.training.autoencoder import Studies
from seedbed.training.batches import BatchRecipe, World
from seedbed.training.composited import CompositedStudies, CompositedWorld, Studio, composited_pictures
from seedbed.training.latents import SceneLatents
from seedbed.training.painter import Painter
from seedbed.training.recipes import SproutRecipe
from seedbed.training.studies import RenderedStudies, rendered_pictures
from seedbed.world.icons import IconLibrary

__all__ = ["Workshop"]


@dataclass(frozen=True)
class Workshop:
    """Makes pictures, latents and studies for one worker."""

    worker: Worker
    icons: Path
    recipe: SproutRecipe
    studio: Studio | None
    """Where scenes are composited; None where they are rendered."""

    @classmethod
    def on(cls, worker: Worker, icons: Path, recipe: SproutRecipe) -> "Workshop":
        """The one that is faster on the worker's device."""
        if worker.device.type == "cpu":
            return cls(worker, icons, recipe, None)
        return cls(worker, icons, recipe, Studio(icons, icon_names(recipe.mix.nouns), worker.device, _processes()))

    def pictures(self) -> Tensor:
        """What the encoder is fitted to, (batch, 3, height, width), in -1..1."""
        seed, count, mix = self.recipe.autoencoder.seed, self.recipe.autoencoder.fit_pictures, self.recipe.mix
        if self.studio is None:
            return rendered_pictures(IconLibrary(self.icons), seed, count, mix)
        return composited_pictures(self.studio, seed, count, mix)

    def world(self, autoencoder: Autoencoder) -> World:
        """The world as latents; the autoencoder goes to the worker's device."""
        if self.studio is None:
            return SceneLatents(IconLibrary(self.icons), autoencoder)
        return CompositedWorld(self.studio, autoencoder.to(self.worker.device))

    def studies(self, world: World, painter: Painter) -> Studies:
        """What the decoder learns from; the painter's transformer goes to the worker's device."""
        recipe, worker, mix = self.recipe.autoencoder, self.worker, self.recipe.mix
        painter.transformer.to(worker.device)
        if not isinstance(world, CompositedWorld):
            return RenderedStudies(painter, self.icons, recipe.seed, recipe.batch_size, mix, worker)
        sizes, share = painter.transformer.config.sizes, worker.share(recipe.batch_size)
        batches = BatchRecipe(recipe.seed + 1, share, mix, painter.things, sizes, null_plans=0.0)
        return CompositedStudies(world, painter, batches, worker)


def _processes() -> int:
    """All cores but those that the network's own process and the device's driver need."""
    return max(1, (os.cpu_count() or 1) - 2)
