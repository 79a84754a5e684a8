"""Trains all of Sprout, stage after stage; each stage goes on where it was interrupted."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from seedbed.errors import ConfigurationError
from seedbed.learning.checkpoints import load_checkpoint, save_checkpoint
from seedbed.learning.workers import ALONE, Worker
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.checkpoint import Sprout, save_pretrained
from seedbed.sprout.planner import Planner
from seedbed.sprout.transformer import Transformer
from seedbed.sprout.vocabulary import Name, Vocabulary
from seedbed.training.autoencoder import fit_autoencoder, train_decoder
from seedbed.training.losses import LossLog
from seedbed.training.painter import Painter
from seedbed.training.planner import train_planner
from seedbed.training.plans import REPERTOIRE
from seedbed.training.recipes import SproutRecipe
from seedbed.training.samples import Samples
from seedbed.training.transformer import train_transformer
from seedbed.training.workshop import Workshop
from seedbed.world.captions import all_words
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.nouns import NOUNS, phrases
from seedbed.world.text import CHARACTERS

__all__ = ["train_sprout", "world_vocabulary"]

Report = Callable[[str, int, float], None]
"""Called with the stage's name, the step just done and its loss."""


def train_sprout(
    recipe: SproutRecipe,
    icons: Path,
    run: Path,
    output: Path,
    report: Report,
    start: Path | None = None,
    *,
    worker: Worker = ALONE,
    samples: bool = True,
) -> None:
    """Fit the encoder, train planner, transformer and, on what it draws, decoder; write the weights to `output`.

    With `start`, a folder of weights, a new run begins where those ended instead of at random, and a planner or decoder
    that the recipe has no steps for stays as it was. `run` also gets the loss
    of every step (`losses.jsonl`) and, if `samples`, a picture of samples at every checkpoint.

    Raises `ConfigurationError` where the recipe only goes on and there is no `start`.
    """
    if start is None and not recipe.planner.steps:
        raise ConfigurationError("this recipe goes on from trained weights: name their folder with --start")
    vocabulary = world_vocabulary(recipe.mix)
    began = Sprout.from_pretrained(start) if start else None
    workshop = Workshop.on(worker, icons, recipe)
    autoencoder = began.autoencoder.requires_grad_() if began else _fitted(recipe, workshop, run / "encoder.pt", worker)
    world = workshop.world(autoencoder)
    losses, shown = LossLog(run / "losses.jsonl"), Samples(run / "samples", vocabulary)

    def tell(stage: str, step: int, loss: float) -> None:
        losses.add(stage, step, loss)
        report(stage, step, loss)

    planner = _planner(recipe, vocabulary, run / "planner.pt", partial(tell, "planner"), began, worker)

    def show(stage: str, step: int, transformer: Transformer, autoencoder: Autoencoder) -> None:
        if samples:
            shown.draw(stage, step, planner, transformer, autoencoder)

    transformer = train_transformer(
        recipe.transformer,
        world,
        recipe.mix,
        vocabulary.things,
        run / "transformer.pt",
        partial(tell, "transformer"),
        began,
        worker=worker,
        on_checkpoint=lambda step, average: show("transformer", step, average, autoencoder),
    )
    train_decoder(
        recipe.autoencoder,
        autoencoder,
        workshop.studies(world, Painter(autoencoder, transformer, vocabulary.numbers)),
        run / "decoder.pt",
        partial(tell, "decoder"),
        worker=worker,
        on_checkpoint=lambda step, trained: show("decoder", step, transformer, trained),
    )
    if worker.is_first:
        save_pretrained(output, planner, transformer.cpu(), autoencoder, vocabulary, REPERTOIRE)


def _planner(
    recipe: SproutRecipe,
    vocabulary: Vocabulary,
    checkpoint: Path,
    report: Callable[[int, float], None],
    began: Sprout | None,
    worker: Worker,
) -> Planner:
    """The planner that a run began with where the recipe has no steps for one, or else one that is trained."""
    if began is not None and not recipe.planner.steps:
        return began.planner
    return train_planner(recipe.planner, vocabulary, checkpoint, report, recipe.mix, worker=worker)


def world_vocabulary(mix: WorldMix = DEFAULT) -> Vocabulary:
    """All that captions of `mix` may say, as Sprout's tokens."""
    names = {name: Name(thing, several) for name, (thing, several) in phrases(mix.nouns).items()}
    nouns = tuple(noun.name for noun in NOUNS[: mix.nouns])
    return Vocabulary(all_words(mix), (*nouns, *(CHARACTERS if mix.text else ())), names)


def _fitted(recipe: SproutRecipe, workshop: Workshop, checkpoint: Path, worker: Worker) -> Autoencoder:
    if worker.is_first and not checkpoint.is_file():
        fitted = fit_autoencoder(recipe.autoencoder, workshop.pictures())
        save_checkpoint(checkpoint, dict(fitted.named_buffers()))
        worker.wait()
        return fitted
    worker.wait()
    saved = load_checkpoint(checkpoint)
    if saved is None:
        raise ConfigurationError(f"{checkpoint.parent} must be one folder for all processes")
    autoencoder = Autoencoder(recipe.autoencoder.config)
    for name, buffer in autoencoder.named_buffers():
        buffer.copy_(torch.as_tensor(saved[name]))
    return autoencoder
