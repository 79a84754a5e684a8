"""Trains the autoencoder on crops of rendered scenes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.training.checkpoints import load_checkpoint, save_checkpoint
from seedbed.training.schedule import learning_rate
from seedbed.world.dataset import CropDataset

__all__ = ["AutoencoderRecipe", "reconstruction_loss", "train_autoencoder"]

Report = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class AutoencoderRecipe:
    """All that decides how the autoencoder is trained."""

    config: AutoencoderConfig = AutoencoderConfig()
    steps: int = 2400
    batch_size: int = 16
    learning_rate: float = 1e-3
    warm_up: int = 60
    """Steps until the learning rate is reached."""
    decay: float = 0.4
    """The share of the steps, at the end, over which the learning rate falls to zero."""
    latent_noise: float = 0.1
    """Standard deviation of the noise on the latents, so that near latents decode to near pictures."""
    seed: int = 0
    checkpoint_every: int = 200


def train_autoencoder(recipe: AutoencoderRecipe, icons: Path, checkpoint: Path, report: Report) -> Autoencoder:
    """Train, or go on training from `checkpoint`, and return the network in evaluation mode."""
    network = Autoencoder(recipe.config).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), recipe.learning_rate, (0.9, 0.98), weight_decay=0.0)
    first = _resume(checkpoint, network, optimizer)
    loss_of = torch.compile(_loss)
    for step, pixels in enumerate(_crops(recipe, icons, first), first):
        loss = _train_step(recipe, network, optimizer, loss_of, step, pixels)
        report(step + 1, loss)
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            state = {"step": step + 1, "network": network.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint(checkpoint, state)
    return network.eval()


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


def _loss(network: Autoencoder, pixels: Tensor, noise: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        decoded = network.decode(network.encode(pixels) + noise)
    return reconstruction_loss(decoded.float(), pixels)


def _train_step(
    recipe: AutoencoderRecipe,
    network: Autoencoder,
    optimizer: torch.optim.Optimizer,
    loss_of: Callable[[Autoencoder, Tensor, Tensor], Tensor],
    step: int,
    pixels: Tensor,
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step, recipe.steps, recipe.learning_rate, recipe.warm_up, recipe.decay)
    side = pixels.shape[-1] // recipe.config.downscale
    shape = (len(pixels), recipe.config.latent_channels, side, side)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(recipe.seed + step))
    loss = loss_of(network, pixels.to(memory_format=torch.channels_last), noise * recipe.latent_noise)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _crops(recipe: AutoencoderRecipe, icons: Path, first: int) -> Iterator[Tensor]:
    size = recipe.batch_size
    crops = CropDataset(icons, recipe.seed, first * size, (recipe.steps - first) * size)
    return iter(DataLoader(crops, size, num_workers=1, prefetch_factor=8, drop_last=True))


def _resume(checkpoint: Path, network: Autoencoder, optimizer: torch.optim.Optimizer) -> int:
    state = load_checkpoint(checkpoint)
    if state is None:
        return 0
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
