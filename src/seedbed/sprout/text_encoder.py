"""Prompt tokens to prompt embeddings: a small bidirectional transformer, trained together with the image one."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seedbed.sprout.layers import FeedForward, attend, rotary, rotate, unit
from seedbed.sprout.vocabulary import PADDING

__all__ = ["TextEncoder", "TextEncoderConfig"]


@dataclass(frozen=True, slots=True)
class TextEncoderConfig:
    """The text encoder's shape."""

    vocabulary_size: int
    """Token ids, special ones included."""
    width: int = 256
    depth: int = 2
    heads: int = 4
    hidden: int = 512
    """Width inside the feed-forward layers."""


class TextEncoder(nn.Module):
    """Tokens (batch, n) to prompt_embeds (batch, n, width) and the mask (batch, n), True where a token is."""

    def __init__(self, config: TextEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.width, padding_idx=PADDING)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.depth))
        self.norm = nn.RMSNorm(config.width, eps=1e-6)
        nn.init.normal_(self.embedding.weight, std=0.5)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        mask = tokens != PADDING
        x = self.embedding(tokens)
        angles = rotary(torch.arange(tokens.shape[1], device=tokens.device), x.shape[-1] // self.config.heads)
        for block in self.blocks:
            x = block(x, angles.to(x.device), mask)
        return self.norm(x), mask


class _Block(nn.Module):
    def __init__(self, config: TextEncoderConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm1 = nn.RMSNorm(config.width, eps=1e-6)
        self.norm2 = nn.RMSNorm(config.width, eps=1e-6)
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)
        self.feed_forward = FeedForward(config.width, config.hidden)

    def forward(self, x: Tensor, angles: Tensor, mask: Tensor) -> Tensor:
        query, key, value = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key = rotate(unit(query), angles), rotate(unit(key), angles)
        x = x + self.out(attend(query, key, value, mask[:, None, None, :]))
        forward: Tensor = x + self.feed_forward(self.norm2(x))
        return forward
