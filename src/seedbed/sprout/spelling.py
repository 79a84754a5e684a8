"""What a misspelt word was meant to be: the nearest word that Sprout knows, where there is no doubt about it.

Nothing that is an English word is ever changed, so that a horse stays a horse (and is named as not known) and never
becomes a house. What no dictionary has is held against the known words by optimal string alignment (Damerau-Levenshtein
in which no letter is moved twice: Boytsov 2011, section 2.2).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from typing import NamedTuple
from unicodedata import normalize

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

__all__ = ["Correction", "Spelling", "plural_forms"]

_SHORTEST = 4
"""Letters of the shortest word that is put right. One still shorter is found only behind a doubled letter."""
_SHORT = 5
"""Letters of a word in which only the slips that hands make are believed."""
_LONG = 8
"""Letters of a word from which on two slips are forgiven."""
_LONGEST = 30
"""Letters beyond which nothing is a misspelt word of ours."""
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


class Correction(NamedTuple):
    """A word that was read as another."""

    written: str
    """As the prompt has it, lower case."""
    read_as: str
    """As it was understood: a known word, or a noun's name."""


@dataclass(frozen=True)
class Spelling:
    """Puts right what is nearly one of `known`."""

    known: frozenset[str]
    """Single words, lower case."""

    def meant(self, word: str, fitting: Collection[str] = ()) -> str | None:
        """The one word that `word` was meant to be; None where it is a word itself, or where there is doubt.

        fitting: words that would make sense where it stands, such as "christmas" before "tree"; they go before others.
        """
        if not (_SHORTEST <= len(word) <= _LONGEST and word.isalpha()):
            return None
        found = _nearest(word, sorted(fitting)) or _nearest(word, self._choices)
        return None if found is None or _is_english(word) else found

    @cached_property
    def _choices(self) -> list[str]:
        return sorted(self.known)


class _Slip(NamedTuple):
    """How one word became another; the smaller, the likelier."""

    distance: int
    unusual: bool
    other_start: bool
    other_end: bool


def _nearest(word: str, choices: Sequence[str]) -> str | None:
    """The likeliest of `choices`, if there is a single one."""
    slips = 1 if len(word) < _LONG else 2
    near: dict[_Slip, list[str]] = defaultdict(list)
    for other, distance, _ in extract(word, choices, scorer=OSA.distance, score_cutoff=slips, limit=None):
        slip = _Slip(int(distance), not _is_usual(word, other), word[0] != other[0], word[-1] != other[-1])
        if _is_likely(slip, word, other):
            near[slip].append(other)
    likeliest = near[min(near)] if near else []
    return likeliest[0] if len(likeliest) == 1 else None


def _is_likely(slip: _Slip, word: str, other: str) -> bool:
    """Whether one may think of `other` at all."""
    if len(other) < _SHORTEST:
        return _runs(word) == _runs(other)
    # Hands slip within a word: with another beginning, or in few letters, it is as a rule another word.
    return not slip.unusual or (len(word) > _SHORT and not slip.other_start)


def _is_usual(written: str, meant: str) -> bool:
    """Whether a hand slipped as hands do: left a letter out, doubled one, swapped two, hit the key beside."""
    if _runs(written) == _runs(meant) or OSA.distance(written, meant) > 1:
        return _runs(written) == _runs(meant)
    if len(written) != len(meant):
        return len(written) < len(meant)
    return sorted(written) == sorted(meant) or any(_beside(*pair) for pair in zip(written, meant, strict=True))


def _runs(word: str) -> str:
    """The word with each doubled letter written once."""
    return "".join(letter for letter, _ in groupby(word))


def _beside(key: str, other: str) -> bool:
    """Whether two keys touch."""
    places = {letter: (row, column + row / 2) for row, keys in enumerate(_KEYS) for column, letter in enumerate(keys)}
    if key == other or not {key, other} <= places.keys():
        return False
    (row, column), (other_row, other_column) = places[key], places[other]
    return abs(row - other_row) <= 1 and abs(column - other_column) <= 1


def _is_english(word: str) -> bool:
    return word in _english()


@cache
def _english() -> frozenset[str]:
    """The words of English, with and without their apostrophes and accents."""
    # A third of a second and 20 MB, which only a prompt with a doubtful word pays.
    from spellchecker import SpellChecker

    words = SpellChecker(language="en").word_frequency.keys()
    return frozenset(form for word in words for form in (word, _plain(word)))


def _plain(word: str) -> str:
    """The word as those write it who have neither apostrophe nor accents on their keyboard."""
    return word if word.isascii() and word.isalpha() else "".join(filter(str.isalpha, normalize("NFD", word)))


def plural_forms(name: str) -> tuple[str, ...]:
    """What English may call several of `name`, whether or not it should: "volcano" gives "volcanos" and "volcanoes"."""
    head, space, word = name.rpartition(" ")
    endings = {
        "y": ("ies",),
        "f": ("ves",),
        "fe": ("ves",),
        "man": ("men",),
        "us": ("i",),
        **dict.fromkeys(("s", "x", "z", "ch", "sh", "o"), ()),
    }
    forms = []
    if not word.endswith("s") or word.endswith(("ss", "us")):
        forms.append(f"{word}s")
    for ending, others in endings.items():
        if word.endswith(ending) and forms:
            forms += [word.removesuffix(ending) + other for other in others] or [f"{word}es"]
    return tuple(f"{head}{space}{form}" for form in forms if len(form) >= _SHORTEST)
