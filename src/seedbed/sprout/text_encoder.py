"""Prompt tokens to embeddings: a small bidirectional transformer, the planner's."""

import torch
from torch import Tensor, nn

from seedbed.sprout.layers import FeedForward, attend, rotary, rotate, unit
from seedbed.sprout.vocabulary import PADDING

__all__ = ["TextEncoder"]


class TextEncoder(nn.Module):
    """Tokens (batch, n), with one embedding of something else before them, to embeddings (batch, 1 + n, width)."""

    def __init__(self, vocabulary_size: int, width: int, depth: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.embedding = nn.Embedding(vocabulary_size, width, padding_idx=PADDING)
        self.blocks = nn.ModuleList(_Block(width, heads, hidden) for _ in range(depth))
        self.norm = nn.RMSNorm(width, eps=1e-6)
        nn.init.normal_(self.embedding.weight, std=0.5)

    def forward(self, lead: Tensor, tokens: Tensor) -> Tensor:
        """lead: (batch, width). tokens: padded at the end."""
        mask = nn.functional.pad(tokens != PADDING, (1, 0), value=True)
        x = torch.cat((lead[:, None], self.embedding(tokens)), dim=1)
        angles = rotary(torch.arange(x.shape[1], device=x.device), x.shape[-1] // self.heads)
        for block in self.blocks:
            x = block(x, angles, mask)
        embeds: Tensor = self.norm(x)
        return embeds


class _Block(nn.Module):
    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.RMSNorm(width, eps=1e-6)
        self.norm2 = nn.RMSNorm(width, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.feed_forward = FeedForward(width, hidden)

    def forward(self, x: Tensor, angles: Tensor, mask: Tensor) -> Tensor:
        query, key, value = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key = rotate(unit(query), angles), rotate(unit(key), angles)
        x = x + self.out(attend(query, key, value, mask[:, None, None, :]))
        forward: Tensor = x + self.feed_forward(self.norm2(x))
        return forward
