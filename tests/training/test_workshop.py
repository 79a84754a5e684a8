from pathlib import Path

import torch

from seedbed.learning.workers import ALONE, Worker
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.transformer import Transformer
from seedbed.training.latents import SceneLatents
from seedbed.training.painter import Painter
from seedbed.training.sprout import world_vocabulary
from seedbed.training.studies import RenderedStudies
from seedbed.training.workshop import Workshop
from tests.training.tiny_recipe import RECIPE


def test_the_recipe_decides_how_many_pictures_are_fitted(icons: Path) -> None:
    pictures = Workshop.on(ALONE, icons, RECIPE).pictures()
    assert pictures.shape == (RECIPE.autoencoder.fit_pictures, 3, 512, 512)
    assert pictures.min() >= -1
    assert pictures.max() <= 1
    assert len({float(picture.sum()) for picture in pictures}) == len(pictures)


def test_a_cpu_renders(icons: Path) -> None:
    worker = Worker(rank=1, count=2)
    workshop = Workshop.on(worker, icons, RECIPE)
    autoencoder = Autoencoder(RECIPE.autoencoder.config)
    numbers = world_vocabulary(RECIPE.mix).numbers
    painter = Painter(autoencoder, Transformer(RECIPE.transformer.config(len(numbers))), numbers)
    world = workshop.world(autoencoder)
    studies = workshop.studies(world, painter)
    assert isinstance(world, SceneLatents)
    assert isinstance(studies, RenderedStudies)
    assert (studies.worker, studies.scenes, studies.mix) == (worker, RECIPE.autoencoder.batch_size, RECIPE.mix)
    assert workshop.studio is None
    assert world.autoencoder.components.device == torch.device("cpu")
