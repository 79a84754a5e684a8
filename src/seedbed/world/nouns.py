"""The nouns of Sprout's declared world: each is one icon that both icon sets draw.

Source: `@iconify-json/noto` (Apache-2.0) and `@iconify-json/fluent-emoji` (MIT); further synonyms come from the
tags of `emojibase-data` (MIT). The packages are needed for training only and never ship. `nouns.txt` is our own table.
"""

from dataclasses import dataclass
from pathlib import Path

from seedbed.world.colours import BACKGROUNDS, OBJECT_COLOURS
from seedbed.world.plurals import is_countable, plural

__all__ = ["FIRST_NOUNS", "NOUNS", "Noun", "phrases", "plural", "spelt"]

_COLOUR_WORDS = frozenset(colour.rpartition(" ")[2] for colour in (*BACKGROUNDS, *OBJECT_COLOURS))


@dataclass(frozen=True, slots=True)
class Noun:
    """A thing that Sprout can draw."""

    name: str
    """Its usual name, singular, lower case."""
    icon: str
    """The icon's name in both sets."""
    synonyms: tuple[str, ...] = ()
    """Other names that mean the same picture."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the usual one first."""
        return (self.name, *self.synonyms)

    @property
    def uncoloured_names(self) -> tuple[str, ...]:
        """The names that go with any colour: a red apple cannot be blue."""
        return tuple(name for name in self.names if " " not in name or _COLOUR_WORDS.isdisjoint(name.split()))

    @property
    def is_countable(self) -> bool:
        """Whether "three …" can be said of its usual name: not of bacon, nor of scissors."""
        return is_countable(self.name)


def _parse(line: str) -> Noun:
    name, icon, *synonyms = (cell.strip() for cell in line.split("|"))
    return Noun(name, icon, tuple(word.strip() for word in synonyms[0].split(",")) if synonyms else ())


def _table() -> tuple[Noun, ...]:
    lines = (Path(__file__).parent / "nouns.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_parse(line) for line in lines if line and not line.startswith("#"))


NOUNS: tuple[Noun, ...] = _table()
FIRST_NOUNS = 84
"""How many of them the first world had."""


def phrases(nouns: int = len(NOUNS)) -> dict[str, tuple[int, bool]]:
    """What any of the first `nouns` nouns can be called: its index, and whether the form is a plural.

    Forms are lower-case words with one space between; hyphens are spaces. A form that could mean two nouns means the
    earlier.
    """
    found: dict[str, tuple[int, bool]] = {}
    for index, noun in enumerate(NOUNS[:nouns]):
        for name in noun.names:
            found.setdefault(spelt(name), (index, False))
        for name in noun.names:
            found.setdefault(spelt(plural(name)), (index, True))
    return found


def spelt(name: str) -> str:
    """A name as words that `phrases` knows: without hyphens."""
    return " ".join(name.lower().replace("-", " ").split())
