"""What things look like: a table of learned tokens for every noun, and the layer that looks them up.

A network that keeps every noun's looks in its shared weights has to learn each against all others. Here each noun
owns a small grid of tokens, its looks, which only its own pictures change, and the shared weights learn what is common:
where things stand, how a style draws them, what is behind them. Which part of which thing a cell of the picture shows
is a question of its own, and the renderer knows the answer: training tells it to the lookup (`training/pointers.py`).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.sprout.layers import unit

__all__ = ["HEADS", "Lexicon", "Lookup", "Mentions"]

HEADS = 4
"""Each head of a lookup answers for one quarter of a cell: top left, top right, bottom left, bottom right."""


class Mentions(NamedTuple):
    """The nouns that a prompt names, in its order; n of them, or padding."""

    looks: Tensor
    """(batch, n, slots, width)."""
    roles: Tensor
    """What the prompt says of each: the embedding of its word, (batch, n, width)."""
    named: Tensor
    """(batch, n), True where a noun is."""


class Lexicon(nn.Module):
    """The looks of each of `things` nouns: `slots` tokens of `width` numbers."""

    def __init__(self, things: int, slots: int, width: int) -> None:
        super().__init__()
        self.things, self.slots = things, slots
        # One row more: what stands where a prompt names fewer nouns than others of its batch. It is never seen.
        self.looks = nn.Embedding(things + 1, slots * width)
        nn.init.normal_(self.looks.weight, std=0.02)

    def forward(self, things: Tensor, roles: Tensor) -> Mentions:
        """things: the nouns named, (batch, n), `self.things` where there is none. roles: (batch, n, width)."""
        looks = self.looks(things).unflatten(-1, (self.slots, -1))
        return Mentions(looks, roles, things < self.things)


class Lookup(nn.Module):
    """Cross-attention from the picture's cells to the looks of the nouns named, or to nothing.

    A key says which place of which thing it is, and knows nothing of its looks; a value is the looks alone.
    """

    def __init__(self, slots: int, width: int, text_width: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width, bias=False)
        self.role = nn.Linear(text_width, width, bias=False)
        self.value = nn.Linear(text_width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.places = nn.Parameter(torch.randn(slots, width) * 0.5)
        self.nothing = nn.Parameter(torch.randn(width) * 0.5)
        self.sharpness = nn.Parameter(torch.full((HEADS, 1, 1), 2.0))

    def forward(self, x: Tensor, mentions: Mentions) -> tuple[Tensor, Tensor]:
        """What `x`, shape (batch, cells, width), finds, of the same shape, and where it looked.

        Where: scores before the softmax, (batch, heads, cells, n * slots + 1); the last is nothing.
        """
        keys = self.places + self.role(mentions.roles)[:, :, None]
        key = _heads(torch.cat((keys.flatten(1, 2), self.nothing.expand(len(x), 1, -1)), dim=1))
        value = _heads(functional.pad(self.value(mentions.looks).flatten(1, 2), (0, 0, 0, 1)))
        query = _heads(self.query(unit(x)))
        scores = (unit(query) @ unit(key).transpose(-1, -2)).float() * self.sharpness / query.shape[-1] ** 0.5
        seen = mentions.named.repeat_interleave(mentions.looks.shape[2], dim=1)
        scores = scores.masked_fill(~functional.pad(seen, (0, 1), value=True)[:, None, None], -1e9)
        found: Tensor = self.out((torch.softmax(scores, -1).to(value.dtype) @ value).transpose(1, 2).flatten(2))
        return found, scores


def _heads(x: Tensor) -> Tensor:
    """(batch, n, width) to (batch, heads, n, width / heads)."""
    batch, count, width = x.shape
    return x.view(batch, count, HEADS, width // HEADS).transpose(1, 2)
