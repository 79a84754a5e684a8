"""A recipe for tests, and what `torchrun` starts in them: trains by it, says what became of each rank's weights.

python -m tests.training.tiny_recipe ICONS FOLDER
"""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from seedbed.learning.workers import Worker, join
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.training.autoencoder import train_decoder
from seedbed.training.painter import Painter
from seedbed.training.recipes import SproutRecipe, recipe_named
from seedbed.training.sprout import train_sprout, world_vocabulary
from seedbed.training.transformer import train_transformer
from seedbed.training.workshop import Workshop
from seedbed.world.mix import DEFAULT

_TINY = recipe_named("tiny")
# Not enlarged: samples of each checkpoint are drawn, and larger ones would take four times as long.
_DECODER = AutoencoderConfig(latent_channels=4, widths=(16, 16, 16), head_width=16, enlargement=1)
RECIPE = SproutRecipe(
    replace(_TINY.autoencoder, config=_DECODER, fit_pictures=8, steps=2, batch_size=2, compile=False),
    replace(_TINY.planner, steps=2, batch_size=2, checkpoint_every=2),
    replace(
        _TINY.transformer,
        latent_channels=4,
        width=32,
        depth=1,
        hidden=32,
        steps=4,
        batch_size=2,
        checkpoint_every=2,
        compile=False,
    ),
    # Looks of all nouns, letters and sceneries would take minutes to draw.
    replace(DEFAULT, nouns=6, text=0.0, backgrounds=(("plain", 0.6), ("gradient", 0.2), ("beach", 0.2))),
)


def digest(tensors: dict[str, Tensor]) -> str:
    """SHA-256 of all numbers, by name."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        found.update(name.encode() + tensors[name].contiguous().numpy().tobytes())
    return found.hexdigest()


def train_apart(worker: Worker, icons: Path, folder: Path) -> str:
    """Train both networks; the digest of this rank's."""
    # Each rank begins elsewhere: that they agree at the end is not to be because they never differed.
    torch.manual_seed(worker.rank)
    autoencoder = Autoencoder(RECIPE.autoencoder.config)
    autoencoder.components.copy_(torch.randn(autoencoder.components.shape, generator=torch.Generator().manual_seed(0)))
    workshop = Workshop.on(worker, icons, RECIPE)
    world = workshop.world(autoencoder)
    vocabulary = world_vocabulary(RECIPE.mix)
    transformer = train_transformer(
        RECIPE.transformer, world, RECIPE.mix, vocabulary.things, folder / "t.pt", _ignore, worker=worker
    )
    studies = workshop.studies(world, Painter(autoencoder, transformer, vocabulary.numbers))
    train_decoder(RECIPE.autoencoder, autoencoder, studies, folder / "d.pt", _ignore, worker=worker)
    return f"{digest(transformer.state_dict())} {digest(autoencoder.decoder.state_dict())}"


def _ignore(_step: int, _loss: float) -> None:
    """Nobody asks."""


def main(icons: Path, folder: Path) -> None:
    """Train as `seedbed train` does, then again each network by itself."""
    torch.set_num_threads(1)
    with join("cpu") as worker:
        reported: list[str] = []
        train_sprout(
            RECIPE,
            icons,
            folder / "run",
            folder / "weights",
            lambda stage, step, _loss: reported.append(f"{stage}{step}"),
            worker=worker,
            samples=False,
        )
        said = (worker.rank, worker.count, train_apart(worker, icons, folder), *reported)
    print(*said, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
