"""Trains the transformer on latents of scenes and their plans."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from seedbed.diffusion.flow import interpolate, velocity_loss
from seedbed.diffusion.schedule import training_timesteps
from seedbed.learning.checkpoints import load_checkpoint, save_checkpoint
from seedbed.learning.update import update
from seedbed.learning.workers import ALONE, Worker
from seedbed.sprout.cells import Cells
from seedbed.sprout.checkpoint import Sprout
from seedbed.sprout.lexicon import SLOTS
from seedbed.sprout.transformer import Transformer, TransformerConfig
from seedbed.training.batches import BatchRecipe, World
from seedbed.training.looks import first_looks, first_sceneries, first_shades, icon_of, likely_looks
from seedbed.training.muon import Muon
from seedbed.training.plans import REPERTOIRE
from seedbed.training.transplant import transplant
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.mix import WorldMix

__all__ = ["TransformerRecipe", "train_transformer"]

_READING = ("lookups", "part")
"""The parts that make of looks and colours what blocks work with."""


@dataclass(frozen=True, slots=True)
class TransformerRecipe:
    """All that decides how the transformer is trained."""

    latent_channels: int = 192
    width: int = 256
    depth: int = 8
    hidden: int = 704
    """Width inside the feed-forward layers."""
    looks: int = 84
    """Numbers of each token of the lexicon that say what a thing looks like as it is and in strokes."""
    shades: int = 8
    """Numbers besides that say how another colour falls on it."""
    steps: int = 3000
    batch_size: int = 64
    learning_rate: float = 1e-3
    """AdamW's."""
    reading_learning_rate: float = 1e-3
    """AdamW's for what of the lookups and of what is said of each latent Muon does not train."""
    looks_learning_rate: float = 2e-3
    """AdamW's for the lexicon, each of whose rows learns only when its thing is drawn."""
    muon_learning_rate: float = 2e-2
    muon: tuple[str, ...] = ("blocks", "lookups")
    """The parts whose matrices Muon trains, all but the gates of looks; AdamW trains the rest."""
    warm_up: int = 100
    decay: float = 0.4
    ema_decay: float = 0.99
    """What ships is the average over about the last hundred steps; the falling learning rate does the rest."""
    pixel_weight: float = 0.0
    """How an error weighs by what it changes in pixels, of which the coarsest numbers change most: 0 all numbers alike,
    1 as the pixels' mean square does, which no longer asks for detail."""
    null_plans: float = 0.1
    """Share of plans left out, which is what guidance needs (arXiv 2207.12598)."""
    seed: int = 0
    checkpoint_every: int = 250
    """Steps between checkpoints."""
    compile: bool = True
    """Whether the blocks are compiled: faster, but not bit for bit what they are uncompiled."""

    def config(self, things: int) -> TransformerConfig:
        """The shape of a transformer that knows so many `things`, and all else that the world shows."""
        return TransformerConfig(
            things,
            len(REPERTOIRE.styles),
            len(REPERTOIRE.grounds),
            len(BACKGROUNDS),
            len(REPERTOIRE.colours),
            latent_channels=self.latent_channels,
            width=self.width,
            depth=self.depth,
            hidden=self.hidden,
            looks_width=self.looks + self.shades,
            lookups=tuple(sorted({0, self.depth // 4, 5 * self.depth // 8})),
        )


@dataclass
class _Run:
    recipe: TransformerRecipe
    network: Transformer
    weights: Tensor
    """What an error of each number of a latent weighs, (channels,)."""
    worker: Worker = ALONE
    average: AveragedModel = field(init=False)
    optimizers: list[torch.optim.Optimizer] = field(init=False)

    def __post_init__(self) -> None:
        averaging = get_ema_multi_avg_fn(self.recipe.ema_decay)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(self.network, multi_avg_fn=averaging)
        self.optimizers = _optimizers(self.recipe, self.network, self.worker.precision)

    def state(self, step: int) -> dict[str, Any]:
        return {
            "step": step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }

    def load(self, state: dict[str, Any]) -> int:
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        return int(state["step"])


def train_transformer(
    recipe: TransformerRecipe,
    world: World,
    mix: WorldMix,
    things: tuple[str, ...],
    checkpoint: Path,
    report: Callable[[int, float], None],
    start: Sprout | None = None,
    *,
    worker: Worker = ALONE,
    on_checkpoint: Callable[[int, Transformer], None] = lambda _step, _average: None,
) -> Transformer:
    """Train, or go on training from `checkpoint`, and return the averaged network in evaluation mode.

    things: the names of all nouns and letters, in the order of their numbers. A new run begins with the weights of
    `start`, as far as they know the same things, or at random. Of several workers, the first one writes and reports;
    `on_checkpoint` gets the average so far, which it must leave as it is.
    """
    torch.manual_seed(recipe.seed)
    network = Transformer(recipe.config(len(things)))
    if start is not None:
        transplant(start, network, things)
    saved = load_checkpoint(checkpoint)
    if saved is None:
        _begin_looks(network, world, mix, things, start, recipe.shades)
    weights = _weights(world.autoencoder.scale, recipe.pixel_weight).to(worker.device)
    run = _Run(recipe, network.to(worker.device), weights, worker)
    first = run.load(saved) if saved else 0
    if recipe.compile:
        _compile_blocks(run.network)
    parallel = worker.together(run.network)
    shown = world.batches(_batches(run, mix, things), [worker.number(step) for step in range(first, recipe.steps)])
    for step, (clean, cells) in enumerate(shown, first):
        loss = _train_step(run, parallel, clean, cells, step)
        if not worker.is_first:
            continue
        report(step + 1, loss)
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            save_checkpoint(checkpoint, run.state(step + 1))
            on_checkpoint(step + 1, cast(Transformer, run.average.module))
    return cast(Transformer, run.average.module.cpu().eval())


@torch.no_grad()
def _begin_looks(
    network: Transformer, world: World, mix: WorldMix, things: tuple[str, ...], start: Sprout | None, shades: int
) -> None:
    """Looks of all things and sceneries that `start` does not know, from their pictures."""
    lexicon, known = network.lexicon, frozenset(start.vocabulary.things if start else ())
    icons = [icon_of(thing) for thing in things]
    looks = lexicon.looks.weight[: lexicon.things].view(lexicon.things, SLOTS, -1)
    learnt = start.transformer.config.looks_width if start and not known.isdisjoint(things) else 0
    begun = looks[..., : learnt or looks.shape[-1] - shades]
    if not learnt:
        begun.copy_(first_looks(world, icons, begun.shape[-1]))
    elif unknown := [number for number, thing in enumerate(things) if thing not in known]:
        taught = [number for number, thing in enumerate(things) if thing in known]
        begun[unknown] = likely_looks(world, [icons[n] for n in taught], begun[taught], [icons[n] for n in unknown])
    if begun.shape != looks.shape:
        more = looks[..., begun.shape[-1] :]
        more.copy_(first_shades(world, icons, begun, more.shape[-1]))
    sceneries = network.sceneries.looks.weight[:-1]
    # All zero are those of a start that was shown no scenery.
    if start is None or not sceneries.any():
        sceneries.copy_(first_sceneries(world, network.config.scenery_width, mix))


def _compile_blocks(network: Transformer) -> None:
    # Block by block: all blocks share one small graph per token count, where the whole network takes minutes each.
    for block in network.blocks:
        block.compile(dynamic=False)


def _train_step(run: _Run, parallel: nn.Module, clean: Tensor, cells: Cells, step: int) -> float:
    recipe, worker = run.recipe, run.worker
    noise_generator = torch.Generator().manual_seed(recipe.seed + worker.number(step))
    noise = torch.randn(clean.shape, generator=noise_generator)
    timesteps = training_timesteps(len(clean), noise_generator)
    # Everything random is drawn on the CPU: a seed means the same on every device.
    clean, noise, timesteps = (drawn.to(worker.device) for drawn in (clean, noise, timesteps))
    with torch.autocast(worker.device.type, torch.bfloat16, enabled=worker.precision == torch.bfloat16):
        denoised = parallel(interpolate(clean, noise, timesteps), timesteps, cells.to(worker.device))
    loss = velocity_loss(denoised.float(), clean, timesteps, run.weights)
    loss.backward()  # type: ignore[no-untyped-call]
    update(run.network, run.optimizers, step, recipe.steps, recipe.warm_up, recipe.decay)
    run.average.update_parameters(run.network)
    return worker.mean(loss)


def _batches(run: _Run, mix: WorldMix, things: tuple[str, ...]) -> BatchRecipe:
    recipe, numbers = run.recipe, {thing: number for number, thing in enumerate(things)}
    share = run.worker.share(recipe.batch_size)
    return BatchRecipe(recipe.seed, share, mix, numbers, run.network.config.sizes, recipe.null_plans)


def _weights(scale: Tensor, power: float) -> Tensor:
    """What an error of each number of a latent weighs, (channels,), one on average.

    scale: by how much each number changes pixels.
    """
    weights = scale.float() ** (2 * power)
    return weights / weights.mean()


def _optimizers(recipe: TransformerRecipe, network: Transformer, dtype: torch.dtype) -> list[torch.optim.Optimizer]:
    groups: dict[str, list[nn.Parameter]] = {"muon": [], "looks": [], "reading": [], "rest": []}
    for name, parameter in network.named_parameters():
        groups[_group_of(name, parameter, recipe.muon)].append(parameter)
    rates = {"looks": recipe.looks_learning_rate, "reading": recipe.reading_learning_rate, "rest": recipe.learning_rate}
    muon = Muon([{"params": groups["muon"], "peak": recipe.muon_learning_rate}], recipe.muon_learning_rate, dtype=dtype)
    adam = [{"params": groups[name], "peak": rate} for name, rate in rates.items()]
    return [muon, torch.optim.AdamW(adam, recipe.learning_rate, (0.9, 0.98), weight_decay=0.0)]


def _group_of(name: str, parameter: nn.Parameter, muon: tuple[str, ...]) -> str:
    part = name.split(".")[0]
    if part == "lexicon":
        return "looks"
    # The gates of looks begin at nothing and should stay small: steps of one size would throw them about.
    if parameter.ndim == 2 and part in muon and ".manner." not in name:
        return "muon"
    return "reading" if part in _READING else "rest"
