"""Fits the autoencoder's linear encoder, and trains its decoder on rendered scenes that the transformer drew again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.learning.checkpoints import load_checkpoint, save_checkpoint
from seedbed.learning.schedule import learning_rate
from seedbed.learning.workers import ALONE, CPU, Worker
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig

__all__ = ["AutoencoderRecipe", "Studies", "fit_autoencoder", "reconstruction_loss", "train_decoder"]

Report = Callable[[int, float], None]
Studies = Callable[[Iterable[int]], Iterable[tuple[Tensor, Tensor]]]
"""What the decoder is given, and what it is to make of that: for each of some steps."""


@dataclass(frozen=True, slots=True)
class AutoencoderRecipe:
    """All that decides how the autoencoder is trained."""

    config: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    fit_pictures: int = 600
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
    compile: bool = True
    """Whether the decoder is compiled: faster, but not bit for bit what it is uncompiled."""


def fit_autoencoder(recipe: AutoencoderRecipe, pictures: Tensor) -> Autoencoder:
    """The autoencoder with its encoder fitted to `pictures` in -1..1, and its decoder untrained."""
    autoencoder = Autoencoder(recipe.config)
    autoencoder.fit(pictures)
    return autoencoder


def train_decoder(
    recipe: AutoencoderRecipe,
    autoencoder: Autoencoder,
    studies: Studies,
    checkpoint: Path,
    report: Report,
    *,
    worker: Worker = ALONE,
    on_checkpoint: Callable[[int, Autoencoder], None] = lambda _step, _autoencoder: None,
) -> Autoencoder:
    """Train the decoder of `autoencoder`, or go on from `checkpoint`; returns it for evaluation.

    studies: of the steps it is asked for, this worker's share of what the decoder is given and of what it is to make
    of that, both in about -1..1, (batch, 3, height, width). Of several workers, the first one writes and reports;
    `on_checkpoint` must leave what it gets as it is.
    """
    decoder = autoencoder.decoder.to(worker.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(decoder.parameters(), recipe.learning_rate, (0.9, 0.98), weight_decay=0.0)
    first = _resume(checkpoint, decoder, optimizer)
    compiled = cast(nn.Module, torch.compile(decoder)) if recipe.compile else decoder
    parallel = worker.together(compiled)
    for step, (soft, pixels) in enumerate(studies(range(first, recipe.steps)), first):
        loss = _train_step(recipe, worker, decoder, parallel, optimizer, step, soft, pixels)
        if not worker.is_first:
            continue
        report(step + 1, loss)
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            state = {"step": step + 1, "network": decoder.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint(checkpoint, state)
            on_checkpoint(step + 1, autoencoder)
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
    decoder: nn.Module,
    parallel: Callable[[Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    step: int,
    soft: Tensor,
    pixels: Tensor,
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step, recipe.steps, recipe.learning_rate, recipe.warm_up, recipe.decay)
    soft = soft.to(worker.device, memory_format=torch.channels_last)
    with torch.autocast(worker.device.type, torch.bfloat16, enabled=worker.precision == torch.bfloat16):
        decoded = parallel(soft)
    loss = reconstruction_loss(decoded.float(), pixels.to(worker.device))
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return worker.mean(loss)


def _resume(checkpoint: Path, network: torch.nn.Module, optimizer: torch.optim.Optimizer) -> int:
    state = load_checkpoint(checkpoint)
    if state is None:
        return 0
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
