"""What the lexicon begins with: each noun's looks as principal components of its own icons.

At random, a noun's looks have to be found by gradients that reach them only when the noun is drawn, through layers that
do not yet read them: some 2,600 pictures of each noun, measured. Begun with what the encoder sees in the noun's icons,
they are there from the first step, alike in kind for all nouns; what is left to learn, how to draw from them, is learnt
once for all. They train on from there as any weight.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from seedbed.sprout.lexicon import LEVELS, SLOTS
from seedbed.training.latents import SceneLatents
from seedbed.world.lettering import letter_icon
from seedbed.world.nouns import NOUNS
from seedbed.world.text import CHARACTERS

__all__ = ["STROKES", "first_looks", "icon_of", "likely_looks"]

_HANDS = ("flat", "glossy")
"""The styles that show the two icon sets as they are; all others are made of these."""
STROKES = ("line art", "neon", "pixel art", "watercolour")
"""The styles whose strokes cannot be told from what a set's icons are as they are: edges, blocks, wobbles."""
_SHOWN = (_HANDS[:1], _HANDS[1:], STROKES)
"""What each third of the looks begins with."""
_SPREAD = 0.5
"""The root mean square of a number of the looks."""
_RIDGE = 1e-3
"""By how much the guess of looks is held back, as a variance."""
_ICONS = {noun.name: noun.icon for noun in NOUNS}


def icon_of(thing: str) -> str:
    """The icon of a noun or of a character, by its name in the vocabulary."""
    return letter_icon(thing) if thing in CHARACTERS else _ICONS[thing]


def first_looks(world: SceneLatents, icons: Sequence[str], width: int) -> Tensor:
    """Looks of the things that `icons` show, (icons, SLOTS, width), for the two icon sets and the styles with strokes.

    Each of the three has a third of a slot's numbers: `width` must be a multiple of 3.
    """
    thirds = [_components(_seen(world, styles, icons), width // len(_SHOWN)) for styles in _SHOWN]
    return torch.cat(thirds, dim=1).view(len(icons), SLOTS, width)


def likely_looks(world: SceneLatents, taught: Sequence[str], looks: Tensor, untaught: Sequence[str]) -> Tensor:
    """Looks of things never drawn, (untaught, SLOTS, width): what those of others would be with their icons.

    taught, looks: the icons of things that were drawn, and what their looks became, (taught, SLOTS, width). The best
    linear guess (ridge regression) from what the encoder sees in an icon.
    """
    seen = _seen(world, _HANDS, taught)
    middle, mean = seen.mean(0), looks.flatten(0, 1).mean(0)
    centred = seen - middle
    spread = centred.T @ centred + _RIDGE * len(seen) * torch.eye(seen.shape[1])
    weights = torch.linalg.solve(spread, centred.T @ (looks.flatten(0, 1) - mean))
    guessed: Tensor = (_seen(world, _HANDS, untaught) - middle) @ weights + mean
    return guessed.view(len(untaught), SLOTS, -1)


def _seen(world: SceneLatents, styles: Sequence[str], icons: Sequence[str]) -> Tensor:
    """What each slot of each icon shows in each style, (icons * SLOTS, styles * 2 * channels)."""
    return torch.cat([_seen_in(world, style, icons) for style in styles], dim=1)


def _seen_in(world: SceneLatents, style: str, icons: Sequence[str]) -> Tensor:
    """The ink behind each slot of each icon, and where it is clear, (icons * SLOTS, 2 * channels)."""
    drawn = (world.icon(style, icon, level) for icon in icons for level in LEVELS)
    return torch.cat([torch.cat((ink, clear.mean(0))).flatten(1).T for ink, clear in drawn])


def _components(seen: Tensor, count: int) -> Tensor:
    """The first `count` principal components, (rows, count), each divided by the square root of its spread."""
    centred = seen - seen.mean(0)
    _, vectors = torch.linalg.eigh(centred.T @ centred)
    scores = centred @ vectors.flip(1)[:, :count]
    scores = scores / scores.std(0).clamp(min=1e-6).sqrt()
    parts: Tensor = scores * (_SPREAD / scores.square().mean().sqrt())
    return torch.nn.functional.pad(parts, (0, count - parts.shape[1]))
