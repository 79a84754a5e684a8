"""The diffusion transformer: noisy latents, a time and a prompt to the clean latents it expects.

A DiT (arXiv 2212.09748) with one modulation network for all blocks (adaLN-single, PixArt-α, arXiv 2310.00426,
section 2.3), QK-norm, axial rotary positions centred on the canvas, and text that every block reads beside the image
tokens. After some of its blocks each cell looks up what the thing it shows looks like. It predicts the clean latents
themselves (x-prediction; "Back to Basics", arXiv 2511.13720).
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.sprout.layers import FeedForward, attend, axial_rotary, rotate, timestep_embedding, unit
from seedbed.sprout.lexicon import Lookup
from seedbed.sprout.text_encoder import PromptEmbeds

__all__ = ["Prediction", "Transformer", "TransformerConfig"]


class Prediction(NamedTuple):
    """What the transformer expects behind noisy latents."""

    latents: Tensor
    """Clean latents, (batch, channels, height, width)."""
    looked: tuple[Tensor, ...]
    """Where each lookup looked: its scores, (batch, heads, cells, mentions * slots + 1)."""


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """The transformer's shape."""

    latent_channels: int = 64
    patch: int = 1
    """Latents per token along one side."""
    width: int = 256
    depth: int = 8
    heads: int = 4
    hidden: int = 704
    """Width inside the feed-forward layers."""
    text_width: int = 256
    slots: int = 36
    """The lexicon's tokens of a noun."""
    lookups: tuple[int, ...] = (2, 5)
    """The blocks before which the looks of nouns are looked up."""


class Transformer(nn.Module):
    """Predicts clean latents of the shape of `latents`: (batch, channels, height, width)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        patch_size = config.latent_channels * config.patch**2
        self.embed = nn.Linear(patch_size, config.width)
        self.time = nn.Sequential(nn.Linear(256, config.width), nn.SiLU(), nn.Linear(config.width, config.width))
        self.pooled = nn.Linear(config.text_width, config.width)
        self.modulation = nn.Linear(config.width, 6 * config.width)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.depth))
        self.lookups = nn.ModuleDict(
            {str(block): Lookup(config.slots, config.width, config.text_width) for block in config.lookups}
        )
        self.position = nn.Linear(config.width // config.heads + 4, config.width)
        self.final_modulation = nn.Linear(config.width, 2 * config.width)
        self.out = nn.Linear(config.width, patch_size)
        for layer in (self.pooled, self.modulation, self.final_modulation, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, latents: Tensor, timesteps: Tensor, prompt: PromptEmbeds) -> Tensor:
        """Expected clean latents, of the shape of `latents`; what `predict` says without where it looked."""
        return self.predict(latents, timesteps, prompt).latents

    def predict(self, latents: Tensor, timesteps: Tensor, prompt: PromptEmbeds) -> Prediction:
        """Expected clean latents.

        latents: (batch, channels, height, width), height and width multiples of `patch`.
        timesteps: (batch,), 0 is pure noise and 1 is clean.
        prompt: of width `text_width`.
        """
        rows, columns = (side // self.config.patch for side in latents.shape[-2:])
        angles = axial_rotary(rows, columns, self.config.width // self.config.heads).to(latents.device)
        time = self.time(timestep_embedding(timesteps, 256)) + self.pooled(prompt.pooled)
        modulation = self.modulation(functional.silu(time))
        visible = functional.pad(prompt.mask, (rows * columns, 0), value=True)[:, None, None, :]
        x = self.embed(_tokens(latents, self.config.patch)) + self.position(_positions(angles, rows, columns))
        looked: list[Tensor] = []
        for number, block in enumerate(self.blocks):
            if str(number) in self.lookups:
                found, scores = self.lookups[str(number)](x, prompt.mentions)
                x = x + found
                looked.append(scores)
            x = block(x, prompt.embeds, modulation, angles, visible)
        shift, scale = self.final_modulation(functional.silu(time))[:, None].chunk(2, dim=-1)
        tokens = self.out(_modulate(x, shift, scale))
        return Prediction(_picture(tokens, rows, columns, self.config.patch), tuple(looked))


class _Block(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.modulation = nn.Parameter(torch.randn(6 * config.width) / config.width**0.5)
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=False)
        self.text_kv = nn.Linear(config.text_width, 2 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)
        self.feed_forward = FeedForward(config.width, config.hidden)

    def forward(self, x: Tensor, text: Tensor, modulation: Tensor, angles: Tensor, visible: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = (modulation + self.modulation)[:, None].chunk(6, dim=-1)
        x = x + gate1 * self._attention(_modulate(x, shift1, scale1), text, angles, visible)
        forward: Tensor = x + gate2 * self.feed_forward(_modulate(x, shift2, scale2))
        return forward

    def _attention(self, x: Tensor, text: Tensor, angles: Tensor, visible: Tensor) -> Tensor:
        query, key, value = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        text_key, text_value = self.text_kv(text).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        key = torch.cat((rotate(unit(key), angles), unit(text_key)), dim=2)
        value = torch.cat((value, text_value), dim=2)
        mixed: Tensor = self.out(attend(rotate(unit(query), angles), key, value, visible))
        return mixed


def _modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return unit(x) * (1 + scale) + shift


def _positions(angles: Tensor, rows: int, columns: int) -> Tensor:
    """Where each cell is, (cells, dim + 4): as waves from the middle and as shares; the canvas's size."""
    down, right = torch.meshgrid(torch.linspace(-1, 1, rows), torch.linspace(-1, 1, columns), indexing="ij")
    size = torch.tensor([rows / 10, columns / 10]).expand(rows * columns, 2)
    shares = torch.cat((down.reshape(-1, 1), right.reshape(-1, 1), size), dim=-1).to(angles.device)
    return torch.cat((angles.cos(), angles.sin(), shares), dim=-1)


def _tokens(latents: Tensor, patch: int) -> Tensor:
    """(batch, channels, height, width) to (batch, tokens, channels * patch * patch), row by row."""
    return functional.pixel_unshuffle(latents, patch).flatten(2).transpose(1, 2)


def _picture(tokens: Tensor, rows: int, columns: int, patch: int) -> Tensor:
    """The inverse of `_tokens`."""
    numbers = tokens.shape[-1]
    return functional.pixel_shuffle(tokens.transpose(1, 2).reshape(-1, numbers, rows, columns), patch)
