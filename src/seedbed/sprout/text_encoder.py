"""Prompt tokens to prompt embeddings: a small bidirectional transformer, trained together with the image one."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from seedbed.sprout.layers import FeedForward, attend, rotary, rotate, unit
from seedbed.sprout.lexicon import Lexicon, Mentions
from seedbed.sprout.vocabulary import PADDING

__all__ = ["PromptEmbeds", "TextEncoder", "TextEncoderConfig"]


class PromptEmbeds(NamedTuple):
    """What the transformer reads of a prompt."""

    embeds: Tensor
    """One embedding a token, (batch, n, width)."""
    mask: Tensor
    """(batch, n), True where a token is."""
    pooled: Tensor
    """The prompt as a whole, (batch, width)."""
    mentions: Mentions
    """The nouns it names."""


@dataclass(frozen=True, slots=True)
class TextEncoderConfig:
    """The text encoder's shape."""

    vocabulary_size: int
    """Token ids, special ones and nouns included."""
    things: int
    """Nouns; their token ids are the last."""
    slots: int = 36
    """Tokens that the lexicon keeps of each noun: a square grid of them."""
    mentions: int = 6
    """Nouns of one prompt that are looked up; any beyond them are read as words only."""
    width: int = 256
    depth: int = 2
    heads: int = 4
    hidden: int = 512
    """Width inside the feed-forward layers."""


class TextEncoder(nn.Module):
    """Tokens (batch, n) to prompt embeddings."""

    def __init__(self, config: TextEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.width, padding_idx=PADDING)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.depth))
        self.norm = nn.RMSNorm(config.width, eps=1e-6)
        self.lexicon = Lexicon(config.things, config.slots, config.width)
        nn.init.normal_(self.embedding.weight, std=0.5)

    def forward(self, tokens: Tensor, mentions: int | None = None) -> PromptEmbeds:
        """tokens: (batch, n), padded at the end.

        mentions: how many nouns to look up for each prompt; by default as many as the one with most of them has.
        """
        mask = tokens != PADDING
        x = self.embedding(tokens)
        angles = rotary(torch.arange(tokens.shape[1], device=tokens.device), x.shape[-1] // self.config.heads)
        for block in self.blocks:
            x = block(x, angles.to(x.device), mask)
        words = self.norm(x)
        return PromptEmbeds(words, mask, _mean(words, mask), self._mentions(tokens, words, mentions))

    def _mentions(self, tokens: Tensor, words: Tensor, mentions: int | None) -> Mentions:
        first = self.config.vocabulary_size - self.config.things
        named = tokens >= first
        count = mentions if mentions is not None else int(named.sum(1).max())
        where = torch.argsort(named, dim=1, descending=True, stable=True)[:, : min(count, self.config.mentions)]
        things = torch.where(named, tokens - first, self.config.things).gather(1, where)
        found: Mentions = self.lexicon(things, words.gather(1, where[..., None].expand(-1, -1, words.shape[-1])))
        return found


def _mean(embeds: Tensor, mask: Tensor) -> Tensor:
    """The mean of the embeddings that are there, (batch, n, width) to (batch, width)."""
    weights = mask[..., None].to(embeds.dtype)
    return (embeds * weights).sum(1) / weights.sum(1)


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
