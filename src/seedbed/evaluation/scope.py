"""What may be asked for: only what the weights were taught, however much larger the world has grown since."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from seedbed.errors import ConfigurationError
from seedbed.sprout.vocabulary import CHARACTERS, Vocabulary
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.nouns import NOUNS
from seedbed.world.wording import SCENERY_TAGS, STYLE_WORDS
from seedbed.world.wording_training import TRAINING

__all__ = ["EVERYTHING", "Scope", "scope_of"]

_LEAST = 6
"""Nouns below which skills run out of things to ask for."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the world."""

    nouns: int
    """The first so many nouns."""
    backgrounds: frozenset[str]
    """Kinds of backgrounds: plain, gradient, stripes, dots or a scenery's name."""
    styles: frozenset[str]
    text: bool = False
    """Whether quoted words can be asked for."""

    def limited(self, mix: WorldMix) -> WorldMix:
        """What of a mix lies within."""
        backgrounds = tuple(share for share in mix.backgrounds if share[0] in self.backgrounds)
        styles = tuple(share for share in mix.styles if share[0] in self.styles)
        text = mix.text if self.text else 0.0
        return replace(mix, nouns=self.nouns, backgrounds=backgrounds, styles=styles, text=text)


EVERYTHING = Scope(
    len(NOUNS), frozenset(name for name, _ in DEFAULT.backgrounds), frozenset(name for name, _ in DEFAULT.styles), True
)
"""The whole world."""


def scope_of(vocabulary: Vocabulary) -> Scope:
    """What a vocabulary has all the words for. Raises `ConfigurationError` where that is too little to ask for."""
    things = frozenset(vocabulary.things)
    nouns = sum(1 for _ in takewhile(lambda noun: noun.name in things, NOUNS))
    if nouns < _LEAST:
        raise ConfigurationError(f"these weights know {nouns} of the world's nouns, too few to ask for; try --nouns")
    backgrounds = {"plain", *_known(vocabulary, SCENERY_TAGS), *_known(vocabulary, TRAINING.blends)}
    styles = EVERYTHING.styles & _known(vocabulary, STYLE_WORDS)
    return Scope(nouns, EVERYTHING.backgrounds & backgrounds, styles, len(vocabulary.characters) == len(CHARACTERS))


def _known(vocabulary: Vocabulary, names: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Those of whose names every word is known: "sky" alone may be there for the sake of "sky blue"."""

    def is_known(texts: Iterable[str]) -> bool:
        words = re.findall(r"[a-z0-9]+", re.sub(r"\{\w*\}", " ", " ".join(texts)))
        return all(vocabulary.knows(word) for word in words)

    return frozenset(name for name, texts in names.items() if is_known(texts))
