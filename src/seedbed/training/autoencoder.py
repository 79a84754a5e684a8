"""Fits the autoencoder's linear encoder, and trains its decoder on rendered scenes that the transformer drew again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from seedbed.learning.checkpoints import load_checkpoint, save_checkpoint
from seedbed.learning.schedule import learning_rate
from seedbed.learning.workers import ALONE, CPU, Worker
from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.training.painter import Painter
from seedbed.world.canvas import canvas_of
from seedbed.world.dataset import FITTED, Study, StudyDataset, generator, pixels_to_tensor
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import DEFAULT, FIRST, WorldMix
from seedbed.world.render import render
from seedbed.world.scene import draw_scene

__all__ = ["AutoencoderRecipe", "fit_autoencoder", "reconstruction_loss", "train_decoder"]

Report = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class AutoencoderRecipe:
    """All that decides how the autoencoder is trained."""

    config: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    fit_pictures: int = 2500
    """Pictures whose patches give the principal components."""
    steps: int = 650
    batch_size: int = 8
    """Scenes of a step; each is seen in several details."""
    learning_rate: float = 1e-3
    warm_up: int = 60
    """Steps until the learning rate is reached."""
    decay: float = 0.5
    """The share of the steps, at the end, over which the learning rate falls to zero."""
    seed: int = 0
    checkpoint_every: int = 200
    """Steps between checkpoints."""
    workers: int = 1
    """Processes that render; with 0 the training process renders itself."""
    compile: bool = True
    """Whether the decoder is compiled: faster, but not bit for bit what it is uncompiled."""


def fit_autoencoder(recipe: AutoencoderRecipe, icons: Path) -> Autoencoder:
    """The autoencoder with its encoder fitted and its decoder untrained."""
    library = IconLibrary(icons)
    canvas = canvas_of(AspectRatio.SQUARE_1_1)
    scenes = (
        draw_scene(generator(recipe.seed, FITTED, number), canvas, FIRST) for number in range(recipe.fit_pictures)
    )
    autoencoder = Autoencoder(recipe.config)
    autoencoder.fit(torch.stack([pixels_to_tensor(render(scene, library)) for scene in scenes]))
    return autoencoder


def train_decoder(
    recipe: AutoencoderRecipe,
    painter: Painter,
    icons: Path,
    checkpoint: Path,
    report: Report,
    mix: WorldMix = DEFAULT,
    *,
    worker: Worker = ALONE,
    on_checkpoint: Callable[[int, Autoencoder], None] = lambda _step, _autoencoder: None,
) -> Autoencoder:
    """Train the decoder of `painter` on `mix`, or go on from `checkpoint`; returns its autoencoder for evaluation.

    Of several workers, the first one writes and reports; `on_checkpoint` must leave what it gets as it is.
    """
    autoencoder = painter.autoencoder
    decoder = autoencoder.decoder.to(worker.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    painter.transformer.to(worker.device)
    optimizer = torch.optim.AdamW(decoder.parameters(), recipe.learning_rate, (0.9, 0.98), weight_decay=0.0)
    first = _resume(checkpoint, decoder, optimizer)
    compiled = cast(nn.Module, torch.compile(decoder)) if recipe.compile else decoder
    parallel = worker.together(compiled)
    for step, scenes in enumerate(_studies(recipe, icons, first, mix, worker), first):
        loss = _train_step(recipe, worker, painter, parallel, optimizer, step, scenes)
        if not worker.is_first:
            continue
        report(step + 1, loss)
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            state = {"step": step + 1, "network": decoder.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint(checkpoint, state)
            on_checkpoint(step + 1, autoencoder)
    painter.transformer.to(CPU)
    return autoencoder.to(CPU).eval()


def reconstruction_loss(pixels: Tensor, target: Tensor) -> Tensor:
    """L1 plus the L1 of the differences between neighbours at three scales, which keeps edges crisp."""
    loss = (pixels - target).abs().mean()
    for _ in range(3):
        loss = loss + _gradient_loss(pixels, target)
        pixels, target = functional.avg_pool2d(pixels, 2), functional.avg_pool2d(target, 2)
    return loss


def _gradient_loss(pixels: Tensor, target: Tensor) -> Tensor:
    difference = pixels - target
    return difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()


def _train_step(
    recipe: AutoencoderRecipe,
    worker: Worker,
    painter: Painter,
    decoder: Callable[[Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    step: int,
    scenes: Sequence[Study],
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step, recipe.steps, recipe.learning_rate, recipe.warm_up, recipe.decay)
    drawing = torch.Generator().manual_seed(recipe.seed + worker.number(step))
    soft = _drawn_again(painter, scenes, drawing).to(worker.device, memory_format=torch.channels_last)
    pixels = torch.stack([detail.pixels for study in scenes for detail in study.details]).to(worker.device)
    with torch.autocast(worker.device.type, torch.bfloat16, enabled=worker.precision == torch.bfloat16):
        decoded = decoder(soft)
    loss = reconstruction_loss(decoded.float(), pixels)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(painter.autoencoder.decoder.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return worker.mean(loss)


@torch.no_grad()
def _drawn_again(painter: Painter, scenes: Sequence[Study], drawing: torch.Generator) -> Tensor:
    """The linear reconstruction of each part of each scene as the transformer draws it, (parts, 3, side, side)."""
    pixels = torch.stack([study.pixels for study in scenes])
    whole = painter.autoencoder.project(painter.latents(pixels, [study.scene for study in scenes], drawing))
    windows = [(soft, detail.window) for soft, study in zip(whole, scenes, strict=True) for detail in study.details]
    return torch.stack(
        [soft[:, top : top + height, left : left + width] for soft, (left, top, width, height) in windows]
    )


def _studies(
    recipe: AutoencoderRecipe, icons: Path, first: int, mix: WorldMix, worker: Worker
) -> Iterator[Sequence[Study]]:
    size, share = recipe.batch_size, worker.share(recipe.batch_size)
    count, enlargement = (recipe.steps - first) * size, recipe.config.enlargement
    scenes = StudyDataset(icons, recipe.seed, first * size, count, enlargement=enlargement, mix=mix)
    # Of each batch, the worker's own part.
    own = [item for item in range(count) if worker.rank * share <= item % size < (worker.rank + 1) * share]
    ahead = 8 if recipe.workers else None
    return iter(
        DataLoader(
            scenes,
            share,
            sampler=own,
            num_workers=recipe.workers,
            prefetch_factor=ahead,
            drop_last=True,
            collate_fn=list,
        )
    )


def _resume(checkpoint: Path, network: torch.nn.Module, optimizer: torch.optim.Optimizer) -> int:
    state = load_checkpoint(checkpoint)
    if state is None:
        return 0
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
