"""What the lexicon begins with: each noun's looks as principal components of its own icons.

At random, a noun's looks have to be found by gradients that reach them only when the noun is drawn, through layers that
do not yet read them: some 2,600 pictures of each noun, measured. Begun with what the encoder sees in the noun's icons,
they are there from the first step, alike in kind for all nouns; what is left to learn, how to draw from them, is learnt
once for all. They train on from there as any weight. The last few numbers say how another colour falls on a thing:
which of its parts are light and which are dark follows from its own colours, but from no linear function of them.
"""

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

from seedbed.request import AspectRatio
from seedbed.sprout.canvas import latent_grid
from seedbed.sprout.lexicon import LEVELS, SLOTS, ground_places, scenery_slots
from seedbed.sprout.plan import VARIANTS
from seedbed.training.batches import World
from seedbed.training.plans import REPERTOIRE
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.lettering import letter_icon
from seedbed.world.mix import WorldMix
from seedbed.world.nouns import NOUNS
from seedbed.world.text import CHARACTERS

__all__ = ["STROKES", "first_looks", "first_sceneries", "first_shades", "icon_of", "likely_looks"]

_HANDS = ("flat", "glossy")
"""The styles that show the two icon sets as they are; all others are made of these."""
STROKES = ("line art", "neon", "pixel art", "watercolour")
"""The styles whose strokes cannot be told from what a set's icons are as they are: edges, blocks, wobbles."""
_SHADES = ("black", "white")
"""Two colours that all others lie between: what is recoloured is linear in its colour (`world.recolour`)."""
_SPREAD = 0.5
"""The root mean square of a number of the looks."""
_RIDGE = 1e-3
"""By how much the guess of looks is held back, as a variance."""
_ICONS = {noun.name: noun.icon for noun in NOUNS}


def icon_of(thing: str) -> str:
    """The icon of a noun or of a character, by its name in the vocabulary."""
    return letter_icon(thing) if thing in CHARACTERS else _ICONS[thing]


def first_looks(world: World, icons: Sequence[str], width: int) -> Tensor:
    """Looks of the things that `icons` show, (icons, SLOTS, width), in both icon sets and the styles with strokes."""
    return _components(_seen(world, (*_HANDS, *STROKES), icons), width).view(len(icons), SLOTS, width)


def first_shades(world: World, icons: Sequence[str], looks: Tensor, width: int) -> Tensor:
    """What recoloured things look like as far as no linear function of their looks says, (icons, SLOTS, width).

    looks: (icons, SLOTS, numbers). Components are those of pixels, not of latents: there a whole colour counts more.
    """
    scale = world.autoencoder.scale.to(looks.device)
    shown = [
        _levels([world.icons(hand, icons, level, colour)[0] for level in LEVELS]) * scale
        for hand in _HANDS
        for colour in _SHADES
    ]
    seen, known = torch.cat(shown, dim=1), looks.flatten(0, 1)
    left = seen - _predicted(known, seen, known)
    return _components(left, width).view(len(icons), SLOTS, width)


def first_sceneries(world: World, width: int, mix: WorldMix) -> Tensor:
    """Looks of all grounds that are no plain colours, as `ground_places` counts them, (tokens, width).

    Of grounds that `mix` does not show they are zero: to draw all of them takes a CPU half a minute.
    """
    grounds, shown = REPERTOIRE.grounds[len(BACKGROUNDS) :], {name for name, share in mix.backgrounds if share > 0}
    asked = product([number for number, name in enumerate(grounds) if name in shown], range(VARIANTS), AspectRatio)
    looks = torch.zeros(scenery_slots(len(grounds)), width)
    seen, places = [], []
    for ground, variant, ratio in asked:
        seen.append(world.ground(ground, variant, ratio).flatten(1).T)
        places.append(torch.from_numpy(ground_places(ground, len(grounds), variant, *latent_grid(ratio))))
    if seen:
        looks[torch.cat(places)] = _components(torch.cat(seen), width).cpu()
    return looks


def likely_looks(world: World, taught: Sequence[str], looks: Tensor, untaught: Sequence[str]) -> Tensor:
    """Looks of things never drawn, (untaught, SLOTS, width): what those of others would be with their icons.

    taught, looks: the icons of things that were drawn, and what their looks became, (taught, SLOTS, width). The best
    linear guess (ridge regression) from what the encoder sees in an icon.
    """
    guessed = _predicted(_seen(world, _HANDS, taught), looks.flatten(0, 1), _seen(world, _HANDS, untaught))
    return guessed.view(len(untaught), SLOTS, -1)


def _predicted(known: Tensor, told: Tensor, asked: Tensor) -> Tensor:
    """What a linear function says of `asked`, the one that best says `told` of `known` (ridge regression).

    known: (rows, numbers). told: (rows, others). asked: (more rows, numbers).
    """
    middle, mean = known.mean(0), told.mean(0)
    centred = known - middle
    spread = centred.T @ centred + _RIDGE * len(known) * torch.eye(known.shape[1], device=known.device)
    weights = torch.linalg.solve(spread, centred.T @ (told - mean))
    predicted: Tensor = (asked - middle) @ weights + mean
    return predicted


def _seen(world: World, styles: Sequence[str], icons: Sequence[str]) -> Tensor:
    """What each slot of each icon shows in each style, (icons * SLOTS, styles * 2 * channels)."""
    return torch.cat([_seen_in(world, style, icons) for style in styles], dim=1)


def _seen_in(world: World, style: str, icons: Sequence[str]) -> Tensor:
    """The ink behind each slot of each icon, and where it is clear, (icons * SLOTS, 2 * channels)."""
    return _levels([torch.cat(world.icons(style, icons, level), dim=1) for level in LEVELS])


def _levels(levels: Sequence[Tensor]) -> Tensor:
    """Grids of all levels, each (icons, numbers, level, level), slot by slot, (icons * SLOTS, numbers)."""
    return torch.cat([level.flatten(2) for level in levels], dim=2).transpose(1, 2).flatten(0, 1)


def _components(seen: Tensor, count: int) -> Tensor:
    """The first `count` principal components, (rows, count), each divided by the square root of its spread."""
    centred = seen - seen.mean(0)
    _, vectors = torch.linalg.eigh(centred.T @ centred)
    scores = centred @ vectors.flip(1)[:, :count]
    scores = scores / scores.std(0).clamp(min=1e-6).sqrt()
    parts: Tensor = scores * (_SPREAD / scores.square().mean().sqrt())
    return torch.nn.functional.pad(parts, (0, count - parts.shape[1]))
