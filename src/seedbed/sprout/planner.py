"""The planner: prompt tokens, a canvas and a few rolls of dice to the plan of a picture.

It reads the prompt once. What the prompt says of the whole picture stands on one token more, which also knows the
canvas and how to arrange what the words leave open; what it says of each noun and letter stands on that one's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from seedbed.sprout.cells import MAX_SIDE
from seedbed.sprout.layers import FeedForward
from seedbed.sprout.lexicon import LARGEST
from seedbed.sprout.plan import ARRANGEMENTS, VARIANTS, Plan, PlannedSign, PlannedThing
from seedbed.sprout.text_encoder import TextEncoder

__all__ = ["INSTANCES", "Planner", "PlannerConfig", "Said"]

INSTANCES = 6
"""How often a picture shows one noun of its prompt at most."""
_LIKELY = 0.2
"""What is less likely than this share of the likeliest is never drawn by lot (min-p sampling, arXiv 2407.01082)."""


@dataclass(frozen=True, slots=True)
class PlannerConfig:
    """The planner's shape."""

    vocabulary_size: int
    """Token ids, special ones and things included."""
    things: int
    """Nouns and letters; their token ids are the last."""
    letters: int
    """How many of them, the last, are letters."""
    styles: int
    grounds: int
    plain: int
    """How many of the grounds, the first, are plain colours."""
    blends: int
    """How many, the next, are blends of two of those."""
    colours: int
    mentions: int = 16
    """Nouns and letters of a prompt that are placed; any beyond them are left out."""
    width: int = 192
    depth: int = 4
    heads: int = 4
    hidden: int = 384
    """Width inside the feed-forward layers."""

    @property
    def first_thing(self) -> int:
        """The token id of the first noun."""
        return self.vocabulary_size - self.things

    @property
    def nouns(self) -> int:
        """How many of the things, the first, are no letters."""
        return self.things - self.letters


class Said(NamedTuple):
    """What the planner makes of prompts, as logits."""

    style: Tensor
    """(batch, styles)."""
    ground: Tensor
    """(batch, grounds)."""
    first: Tensor
    """The first colour of a blend, (batch, plain)."""
    second: Tensor
    """The second colour of a blend, (batch, plain)."""
    sign: Tensor
    """The colour of the sign, (batch, colours + 1); the last is no sign."""
    colour: Tensor
    """The colour of each mention, (batch, mentions, colours + 1); the last is its own."""
    shown: Tensor
    """Whether each instance of each mention is shown, (batch, mentions, INSTANCES)."""
    left: Tensor
    """The first column of each, (batch, mentions, INSTANCES, MAX_SIDE)."""
    top: Tensor
    """The first row of each, (batch, mentions, INSTANCES, MAX_SIDE)."""
    side: Tensor
    """The side of each less one, (batch, mentions, INSTANCES, MAX_SIDE)."""


class Planner(nn.Module):
    """Says what stands where."""

    def __init__(self, config: PlannerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.text_encoder = TextEncoder(config.vocabulary_size, width, config.depth, config.heads, config.hidden)
        self.rows = nn.Embedding(MAX_SIDE + 1, width)
        self.columns = nn.Embedding(MAX_SIDE + 1, width)
        self.arrangement = nn.Embedding(ARRANGEMENTS, width)
        self.instance = nn.Embedding(INSTANCES, width)
        self.place = FeedForward(width, config.hidden)
        self.of_whole = nn.Linear(width, config.styles + config.grounds + 2 * config.plain + config.colours + 1)
        self.of_colour = nn.Linear(width, config.colours + 1)
        self.of_instance = nn.Linear(width, 1 + 3 * MAX_SIDE)
        self._begin_alike()

    @torch.no_grad()
    def _begin_alike(self) -> None:
        """All nouns, and all letters, begin as one: where a thing stands rarely depends on what it is."""
        config, table = self.config, self.text_encoder.embedding.weight
        first_letter = config.first_thing + config.nouns
        table[config.first_thing : first_letter] = table[config.first_thing].clone()
        table[first_letter:] = table[-1].clone()

    def forward(self, tokens: Tensor, canvas: Tensor, arrangement: Tensor, mentions: Tensor) -> Said:
        """tokens: (batch, n), padded at the end.

        canvas: rows and columns of each picture, (batch, 2). arrangement: (batch,), below `ARRANGEMENTS`.
        mentions: the places of the nouns and letters in the prompts, as `mentions_of` finds them.
        """
        config = self.config
        lead = self.rows(canvas[:, 0]) + self.columns(canvas[:, 1]) + self.arrangement(arrangement)
        embeds = self.text_encoder(lead, tokens)
        sizes = (config.styles, config.grounds, config.plain, config.plain, config.colours + 1)
        style, ground, first, second, sign = self.of_whole(embeds[:, 0]).split(sizes, dim=-1)
        own = embeds.gather(1, 1 + mentions[..., None].expand(-1, -1, embeds.shape[-1]))
        # Instances are told apart on the canvas that the first token knows.
        each = own[:, :, None] + self.instance.weight + embeds[:, :1, None]
        shown, left, top, side = self.of_instance(each + self.place(each)).split((1, *(MAX_SIDE,) * 3), dim=-1)
        return Said(style, ground, first, second, sign, self.of_colour(own), shown[..., 0], left, top, side)

    def mentions_of(self, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
        """The places of the nouns and letters in each prompt's tokens, in its order."""
        first_thing = self.config.first_thing
        places = ([place for place, token in enumerate(tokens) if token >= first_thing] for tokens in prompts)
        return [named[: self.config.mentions] for named in places]

    @torch.inference_mode()
    def plan(self, tokens: Sequence[int], rows: int, columns: int, generator: torch.Generator) -> Plan:
        """The plan of one picture on a canvas of `rows` and `columns`; what the prompt leaves open is drawn by lot."""
        dice = torch.rand(7, generator=generator).tolist()
        places = self.mentions_of([tokens])[0]
        canvas, arrangement = torch.tensor([[rows, columns]]), int(dice[0] * ARRANGEMENTS)
        mentions = torch.tensor([places], dtype=torch.long)
        said = self(torch.tensor([tokens]), canvas, torch.tensor([arrangement]), mentions)
        named = [tokens[place] - self.config.first_thing for place in places]
        things = self._things(said, named, rows, columns)
        ground = _drawn(said.ground[0], dice[2])
        blend = (_drawn(said.first[0], dice[3]), _drawn(said.second[0], dice[4])) if self._is_blend(ground) else None
        sign, style = self._sign(things, _drawn(said.sign[0], dice[5]), columns), _drawn(said.style[0], dice[6])
        return Plan(rows, columns, style, ground, blend, int(dice[1] * VARIANTS), tuple(things), sign)

    def _things(self, said: Said, named: list[int], rows: int, columns: int) -> list[PlannedThing]:
        found = []
        for mention, thing in enumerate(named):
            colour = int(said.colour[0, mention].argmax())
            for instance in (said.shown[0, mention] > 0).nonzero().flatten().tolist():
                said_side = 1 + int(said.side[0, mention, instance].argmax())
                # Nothing is larger than there are looks for; what is said larger keeps its middle.
                side = min(said_side, LARGEST, rows, columns)
                aside = (said_side - side) // 2
                left = min(int(said.left[0, mention, instance].argmax()) + aside, columns - side)
                top = min(int(said.top[0, mention, instance].argmax()) + aside, rows - side)
                own = colour == self.config.colours
                found.append(PlannedThing(thing, left, top, side, None if own else colour))
        return found

    def _sign(self, things: list[PlannedThing], colour: int, columns: int) -> PlannedSign | None:
        letters = [thing for thing in things if thing.thing >= self.config.nouns]
        return PlannedSign.behind(letters, colour, columns) if letters and colour < self.config.colours else None

    def _is_blend(self, ground: int) -> bool:
        return 0 <= ground - self.config.plain < self.config.blends


def _drawn(logits: Tensor, chance: float) -> int:
    """The one of the likely choices, (n,), that `chance`, in 0..1, falls on."""
    likelihood = torch.softmax(logits.double(), dim=-1)
    likelihood = torch.where(likelihood < _LIKELY * likelihood.max(), 0.0, likelihood)
    reached = likelihood.cumsum(0) > chance * likelihood.sum()
    return int(reached.nonzero()[0]) if reached.any() else int(likelihood.argmax())
