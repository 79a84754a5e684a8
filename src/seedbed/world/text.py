"""Words in a picture: the characters that stand there, each in a square of whole cells, and what they spell."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from seedbed.sprout.vocabulary import CHARACTERS, MAX_CHARACTERS
from seedbed.world.nouns import NOUNS
from seedbed.world.placed import Relation

__all__ = ["CHARACTERS", "QUOTES", "SIGN_WORDS", "Letter", "Sign", "Text", "draw_word"]

SIGN_WORDS = ("sign", "sign", "board")
"""What signs are called."""
QUOTES = (*('"{}"',) * 6, "“{}”", "“{}”", "'{}'", "‘{}’")
"""Marks around a word that is to be drawn."""
_MADE_UP = 0.5
"""The share of words that mean nothing: only they show every letter at every place."""
_NUMBERS = 0.3
"""The share of those that are numbers."""
_WORDS = """
    am art baby back bag bakery bank bar beach best big bike birthday blue books boss box bread bus buy cafe call
    camp candy car cash city class clean closed club coffee cold cool cupcake dad dance danger deli diner dj do dream
    drink easy eat enjoy enter exit fast food free fresh friday fun game garage gift girl go gold gone good green
    gym happy hello help here hey hi home hope hot hotel house ice info it job joy juice jump kids kiss kitchen lab
    late left life like live lost love lucky lunch magic mail mama market maybe menu milk mom money moon music name new
    news next nice night no north now office ok on one open out party pay peace play please plus pool power private
    pub push quiet rent rest right rock run sale school sea shop show silence smile soon south spa speed spring star
    start stay stop store street summer sun sunday super sweet taxi tea team thanks time tips today top toys travel try
    up vip wait warm warning welcome west wifi win winter work world wow xmas year yes yoga you zen zero zone zoo
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of a word and where it stands, in cells of the canvas's grid."""

    character: str
    """One of `CHARACTERS`."""
    left: int
    top: int


@dataclass(frozen=True, slots=True)
class Sign:
    """A plain board behind the letters."""

    colour: str = "white"
    """A key of `OBJECT_COLOURS`."""
    is_said: bool = False
    """Whether the caption says that it is there, and its colour where that is not white; else it only makes the word
    legible."""


@dataclass(frozen=True, slots=True)
class Text:
    """A word in a picture."""

    letters: tuple[Letter, ...]
    """In reading order."""
    size: int
    """The side of each letter's square, in cells."""
    colour: str = "black"
    """The letters': a key of `OBJECT_COLOURS`."""
    colour_said: bool = False
    """Whether the caption says the colour; unsaid, contrast decides."""
    sign: Sign | None = None
    margin: int = 1
    """By how many cells a sign is wider than the letters: 1, or 0 where the canvas has no room for it."""
    relation: Relation | None = None
    """Where the scene's one object stands: above or below the word; None without an object."""

    @property
    def word(self) -> str:
        """What the letters spell."""
        return "".join(letter.character for letter in self.letters)

    def grain(self, unit: int) -> int:
        """By what styles measure their strokes on a letter, where a cell has `unit` pixels.

        Letters of one cell would be nothing but strokes otherwise.
        """
        return unit // 2 if self.size == 1 else unit

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The first column, the first row, the columns and the rows of all letters together."""
        left, top = (min(getattr(letter, side) for letter in self.letters) for side in ("left", "top"))
        right, bottom = (max(getattr(letter, side) for letter in self.letters) for side in ("left", "top"))
        return left, top, right - left + self.size, bottom - top + self.size


def draw_word(rng: np.random.Generator, nouns: int) -> str:
    """A random word for a picture: one of a list, the name of one of the first `nouns` nouns, or a made up one."""
    if rng.random() < _MADE_UP:
        length = 1 + int(rng.integers(MAX_CHARACTERS))
        spelling = CHARACTERS[26:] if rng.random() < _NUMBERS else CHARACTERS
        return "".join(spelling[int(number)] for number in rng.integers(len(spelling), size=length))
    words: Sequence[str] = _real_words(nouns if rng.random() < 0.5 else 0)
    return words[int(rng.integers(len(words)))]


@cache
def _real_words(nouns: int) -> tuple[str, ...]:
    # The names of nouns teach that a quoted cat is three letters and no animal.
    names = [noun.name for noun in NOUNS[:nouns]] or _WORDS.split()
    return tuple(name.upper() for name in names if len(name) <= MAX_CHARACTERS and set(name.upper()) <= set(CHARACTERS))
