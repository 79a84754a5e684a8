"""The diffusion transformer: noisy latents, a time and a prompt to the clean latents it expects.

A DiT (arXiv 2212.09748) with one modulation network for all blocks (adaLN-single, PixArt-α, arXiv 2310.00426,
section 2.3), QK-norm, axial rotary positions centred on the canvas, and text that every block reads beside the image
tokens. It predicts the clean latents themselves (x-prediction; "Back to Basics", arXiv 2511.13720).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.sprout.layers import FeedForward, attend, axial_rotary, rotate, timestep_embedding, unit

__all__ = ["Transformer", "TransformerConfig"]


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
        self.final_modulation = nn.Linear(config.width, 2 * config.width)
        self.out = nn.Linear(config.width, patch_size)
        for layer in (self.pooled, self.modulation, self.final_modulation, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, latents: Tensor, timesteps: Tensor, prompt_embeds: Tensor, mask: Tensor) -> Tensor:
        """Expected clean latents.

        latents: (batch, channels, height, width), height and width multiples of `patch`.
        timesteps: (batch,), 0 is pure noise and 1 is clean.
        prompt_embeds: (batch, n, text_width); mask: (batch, n), True where a token is.
        """
        rows, columns = (side // self.config.patch for side in latents.shape[-2:])
        angles = axial_rotary(rows, columns, self.config.width // self.config.heads).to(latents.device)
        time = self.time(timestep_embedding(timesteps, 256)) + self.pooled(_mean(prompt_embeds, mask))
        modulation = self.modulation(functional.silu(time))
        visible = functional.pad(mask, (rows * columns, 0), value=True)[:, None, None, :]
        x = self.embed(_tokens(latents, self.config.patch))
        for block in self.blocks:
            x = block(x, prompt_embeds, modulation, angles, visible)
        shift, scale = self.final_modulation(functional.silu(time))[:, None].chunk(2, dim=-1)
        return _picture(self.out(_modulate(x, shift, scale)), rows, columns, self.config.patch)


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


def _mean(prompt_embeds: Tensor, mask: Tensor) -> Tensor:
    """The mean of the embeddings that are there, (batch, n, width) to (batch, width)."""
    weights = mask[..., None].to(prompt_embeds.dtype)
    return (prompt_embeds * weights).sum(1) / weights.sum(1)


def _tokens(latents: Tensor, patch: int) -> Tensor:
    """(batch, channels, height, width) to (batch, tokens, channels * patch * patch), row by row."""
    return functional.pixel_unshuffle(latents, patch).flatten(2).transpose(1, 2)


def _picture(tokens: Tensor, rows: int, columns: int, patch: int) -> Tensor:
    """The inverse of `_tokens`."""
    numbers = tokens.shape[-1]
    return functional.pixel_shuffle(tokens.transpose(1, 2).reshape(-1, numbers, rows, columns), patch)
