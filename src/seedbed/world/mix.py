"""What training is drawn from: the shares of compositions, backgrounds and styles."""

from collections.abc import Sequence
from dataclasses import dataclass

from seedbed.world.nouns import FIRST_NOUNS, NOUNS
from seedbed.world.sceneries import SCENERIES
from seedbed.world.styles import STYLES

__all__ = ["DEFAULT", "FIRST", "WorldMix", "drawn"]

Shares = tuple[tuple[str, float], ...]


_SCENERIES = tuple((name, 0.33 / len(SCENERIES)) for name in SCENERIES)
_STYLES = tuple((name, 2.0 if name in ("flat", "glossy") else 1.0) for name in STYLES)


@dataclass(frozen=True, slots=True)
class WorldMix:
    """How often what is drawn. Shares are weights: they need not add up to one."""

    nouns: int = len(NOUNS)
    """The first so many nouns are in use."""
    single: float = 0.26
    """One object near the middle."""
    pair: float = 0.22
    """Two objects, one beside or above the other."""
    count: float = 0.13
    """Two to six of one noun."""
    grouped: float = 0.05
    """One to three of each of two nouns."""
    coloured: float = 0.17
    """One or two objects with a colour said."""
    half_coloured: float = 0.35
    """Chance that of two objects, one with a colour said, the other keeps its own."""
    placed: float = 0.15
    """One object, with its place or its size said."""
    several: float = 0.05
    """Three or four objects."""
    scenery: float = 0.02
    """Nothing but a background."""
    text: float = 0.08
    """A word of up to eight characters, on a sign or not, alone or with an object."""
    relation_named: float = 0.8
    """Chance that a pair's relation is said."""
    background_named: float = 0.65
    """Chance that the background is said; unsaid it is plain."""
    backgrounds: Shares = (("plain", 0.5), ("gradient", 0.09), ("stripes", 0.04), ("dots", 0.04), *_SCENERIES)
    """Kinds of backgrounds that are said: plain, gradient, stripes, dots or a scenery's name."""
    style_named: float = 0.6
    """Chance that the style is said; unsaid it is glossy."""
    styles: Shares = _STYLES
    """Styles that are said."""


DEFAULT = WorldMix()
FIRST = WorldMix(
    nouns=FIRST_NOUNS,
    single=0.4,
    pair=0.6,
    count=0.0,
    grouped=0.0,
    coloured=0.0,
    placed=0.0,
    several=0.0,
    scenery=0.0,
    text=0.0,
    backgrounds=(("plain", 1.0),),
    styles=(("flat", 2.0), ("glossy", 1.0)),
)
"""The first world: one or two objects, plain colours, two styles."""


def drawn(shares: Sequence[tuple[str, float]], chance: float) -> str:
    """The name that `chance`, in 0..1, falls on."""
    left = chance * sum(share for _, share in shares)
    for name, share in shares:
        left -= share
        if left < 0:
            return name
    return max(shares, key=lambda entry: entry[1])[0]
