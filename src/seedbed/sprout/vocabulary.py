"""The words that Sprout knows, and how a prompt becomes tokens.

A prompt is split into lower-case words. Names of nouns are matched first, the longest of them at each place (greedy,
as in WordPiece: Schuster & Nakajima 2012), and all names of a noun are the same token: "christmas tree" and "xmas tree"
are one thing to learn, not five words. Plurals are the noun's token and one that says so. Then come single words, one
token each; a word that is nearly one of them is read as it (`spelling`), which is told; any other is unknown. Emoji
and other symbols are no words: no token stands for them, but they are named as ignored. A short word of capitals and
digits in quotation marks is text to be drawn: one token for each character, and one at either end that says so. Behind
words such as "says" it may be of small letters, and is read as capitals, which is told. Thus no other word is ever
taken for letters.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from seedbed.errors import CheckpointError
from seedbed.sprout.spelling import Correction, Spelling, plural_forms

__all__ = [
    "CHARACTERS",
    "CLOSING",
    "MAX_CHARACTERS",
    "MAX_TOKENS",
    "NULL",
    "OPENING",
    "PACKAGED_VOCABULARY",
    "PADDING",
    "PLURAL",
    "UNKNOWN",
    "Name",
    "ParsedPrompt",
    "Vocabulary",
]

PACKAGED_VOCABULARY = Path(__file__).parent / "weights" / "vocabulary.json"
"""The vocabulary of the weights that ship inside the package."""

PADDING, NULL, UNKNOWN, PLURAL = 0, 1, 2, 3
_FIRST_WORD = 4
MAX_TOKENS = 32
"""Tokens that a prompt may have; longer ones were never trained on, and their end is named as ignored."""
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
"""What quoted words may be spelt with; each is a thing of its own in a vocabulary that knows it."""
MAX_CHARACTERS = 8
"""Characters of the longest quoted word."""
OPENING, CLOSING = "“", "”"
"""The words that stand for the beginning and the end of a quoted word, whichever marks a prompt has."""
_QUOTED_WORD = f"([A-Za-z0-9]{{1,{MAX_CHARACTERS}}})"
_QUOTED = re.compile(rf"""(?<!\w)(?:["“”„‟«»]{_QUOTED_WORD}["“”„‟«»]|['‘’‚‛‹›]{_QUOTED_WORD}['‘’‚‛‹›])(?!\w)""")
_SAYING = frozenset({"say", "says", "saying", "read", "reads", "reading", "spells", "word", "words", "text", "letters"})
"""Words behind which what is quoted is meant to be read, whether or not it is all capitals."""
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
# What makes one emoji of several: the picture selector, the joiner, the keycap and the skin tones.
_EMOJI_PARTS = frozenset("\ufe0f\u200d\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


class Name(NamedTuple):
    """What a noun's name stands for."""

    thing: int
    """The noun, as an index of `Vocabulary.things`."""
    plural: bool
    """Whether the name says that there are several."""


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """A prompt as tokens, and what of it Sprout will not draw."""

    tokens: tuple[int, ...]
    """At most `MAX_TOKENS` token ids; unknown words are one UNKNOWN each."""
    ignored_words: tuple[str, ...]
    """Words and emoji that are unknown, or beyond the last token that fits; each once, in the prompt's order.

    A prompt with neither, such as "?!", is named whole.
    """
    corrections: tuple[Correction, ...] = ()
    """Words that were misspelt, and what they were read as; each once, in the prompt's order."""


@dataclass(frozen=True)
class Vocabulary:
    """Every word and every thing that Sprout knows, in the order of their token ids: words first, things last."""

    words: tuple[str, ...]
    things: tuple[str, ...] = ()
    """What it draws: nouns by their usual names, then the characters of quoted words, if it knows any."""
    names: Mapping[str, Name] = field(default_factory=dict, hash=False)
    """Every name of every noun, lower case, its words separated by single spaces."""

    @classmethod
    def from_pretrained(cls, path: Path) -> "Vocabulary":
        """Read a vocabulary written by `save`. Raises `CheckpointError` where there is none."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            names = {name: Name(int(thing), bool(plural)) for name, (thing, plural) in content["names"].items()}
            return cls(tuple(content["words"]), tuple(content["things"]), names)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"no vocabulary at {path}: {error}") from error

    def save(self, path: Path) -> None:
        """Write the vocabulary as JSON."""
        path.write_text(self._json(), encoding="utf-8")

    def __len__(self) -> int:
        return self.first_thing + len(self.things)

    @property
    def first_thing(self) -> int:
        """The token id of the first noun; those of the others follow."""
        return _FIRST_WORD + len(self.words)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each thing, as plans and the lexicon count them."""
        return {thing: number for number, thing in enumerate(self.things)}

    @cached_property
    def characters(self) -> dict[str, int]:
        """The characters of quoted words that it draws, each with its token id; none where it knows no text."""
        if not {OPENING, CLOSING} <= self.ids.keys():
            return {}
        things = enumerate(self.things, self.first_thing)
        return {thing: token for token, thing in things if len(thing) == 1 and thing in CHARACTERS}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides what tokens a prompt becomes, hexadecimal."""
        return hashlib.sha256(self._json().encode()).hexdigest()

    def parse(self, prompt: str) -> ParsedPrompt:
        """Turn a prompt into tokens. Never fails: what is not known is named in `ignored_words`."""
        tokens: list[int] = []
        ignored: dict[str, None] = {}
        terms, corrections = self._put_right(self._terms(prompt))
        for text, pieces in self._matched(terms):
            known = pieces is not None and UNKNOWN not in pieces
            fits = pieces is None or len(tokens) + len(pieces) <= MAX_TOKENS
            if not (known and fits):
                ignored[text] = None
            if fits:
                tokens.extend(pieces or ())
        left_out = tuple(ignored) or (() if tokens else (prompt.strip(),))
        return ParsedPrompt(tuple(tokens) or (NULL,), left_out, corrections)

    def meanings(self, prompt: str) -> tuple[tuple[str, str], ...]:
        """The nouns that a prompt names, in its order: as it says each, and by its usual name."""
        return tuple(
            (text, self.things[pieces[0] - self.first_thing])
            for text, pieces in self._matched(self._put_right(self._terms(prompt))[0])
            if pieces is not None and pieces[0] >= self.first_thing
        )

    def knows(self, words: str) -> bool:
        """Whether a word, or a noun's name of several, is known."""
        matched = list(self._matched(self._terms(words)))
        return len(matched) == 1 and UNKNOWN not in (matched[0][1] or (UNKNOWN,))

    def _put_right(self, terms: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], tuple[Correction, ...]]:
        """The terms with each misspelt word as what it was meant to be, and what was done."""
        right: list[tuple[str, str]] = []
        corrections: dict[Correction, None] = {}
        for at, (kind, term) in enumerate(terms):
            if kind == "quoted" and term != term.upper():
                corrections[Correction(term[1:-1], term[1:-1].upper())] = None
                right.append((kind, term.upper()))
                continue
            is_doubtful = kind == "word" and term not in self._parts and at < MAX_TOKENS * self._longest
            meant = self._meant(terms, at) if is_doubtful else None
            right += [(kind, word) for word in (meant or term).split()]
            if meant:
                corrections[Correction(term, meant)] = None
        return right, tuple(corrections)

    def _meant(self, terms: list[tuple[str, str]], at: int) -> str | None:
        """What the unknown word at that place was meant to be: a name without its spaces, or a word misspelt."""
        word = terms[at][1]
        return self._joined.get(word) or self._spelling.meant(word, self._fitting([term for _, term in terms], at))

    def _fitting(self, words: list[str], at: int) -> set[str]:
        """The words that would make one name of those around the place."""
        found: set[str] = set()
        for count in range(2, self._longest + 1):
            for first in range(max(0, at - count + 1), at + 1):
                around = (*words[first:at], "", *words[at + 1 : first + count])
                found |= self._gaps.get(around, set())
        return found

    def _matched(self, terms: list[tuple[str, str]]) -> Iterator[tuple[str, tuple[int, ...] | None]]:
        """The prompt in order: each known name or single word with its tokens, each symbol with None."""
        at = 0
        while at < len(terms):
            kind, term = terms[at]
            count, pieces = self._longest_name(terms[at : at + self._longest])
            if kind == "symbol":
                yield term, None
            elif kind == "quoted":
                yield term[1:-1], self._spelt(term)
            else:
                yield " ".join(word for _, word in terms[at : at + count]), pieces or self._word(term)
            at += count

    def _longest_name(self, terms: list[tuple[str, str]]) -> tuple[int, tuple[int, ...] | None]:
        """How many of the next terms are one noun's name, and its tokens; (1, None) where none is."""
        for count in range(len(terms), 0, -1):
            name = self._all_names.get(" ".join(term for _, term in terms[:count]))
            if name is not None:
                token = self.first_thing + name.thing
                return count, (token, PLURAL) if name.plural else (token,)
        return 1, None

    def _terms(self, prompt: str) -> list[tuple[str, str]]:
        """The words, symbols and quoted words of a prompt, each with its kind."""
        text, at = unicodedata.normalize("NFKC", prompt), 0
        terms: list[tuple[str, str]] = []
        for quoted in _QUOTED.finditer(text):
            word, before = quoted[1] or quoted[2], [*terms, *_plain_terms(text[at : quoted.start()])]
            is_said = word == word.upper() or (before and before[-1][1] in _SAYING)
            if is_said and self.characters.keys() >= set(word.upper()):
                # With its marks: a quoted 8 before a ball is not the 8 ball.
                terms, at = [*before, ("quoted", f"{OPENING}{word}{CLOSING}")], quoted.end()
        return [*terms, *_plain_terms(text[at:])]

    def _spelt(self, quoted: str) -> tuple[int, ...]:
        return tuple(self.characters.get(mark) or self.ids[mark] for mark in quoted)

    def _word(self, word: str) -> tuple[int, ...]:
        return (self.ids.get(word, UNKNOWN),)

    def _json(self) -> str:
        names = {name: (entry.thing, int(entry.plural)) for name, entry in self.names.items()}
        content = {"things": self.things, "words": self.words, "names": names}
        lines = (f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in content.items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @cached_property
    def ids(self) -> dict[str, int]:
        """The token id of each word."""
        return {word: _FIRST_WORD + number for number, word in enumerate(self.words)}

    @cached_property
    def _all_names(self) -> dict[str, Name]:
        """The names, and by rule the plurals that they lack."""
        found = dict(self.names)
        for name, entry in self.names.items():
            for form in plural_forms(name) if not entry.plural else ():
                if form not in self.ids:
                    found.setdefault(form, Name(entry.thing, plural=True))
        return found

    @cached_property
    def _longest(self) -> int:
        """Words in the longest name."""
        return max((len(name.split()) for name in self.names), default=1)

    @cached_property
    def _parts(self) -> frozenset[str]:
        """Every word that can be part of something known."""
        return frozenset(self.words).union(*(name.split() for name in self._all_names))

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(frozenset((*self.words, *(name for name in self.names if " " not in name))))

    @cached_property
    def _joined(self) -> dict[str, str]:
        """The names of several words, by how they look without their spaces."""
        return {name.replace(" ", ""): name for name in self.names if " " in name}

    @cached_property
    def _gaps(self) -> dict[tuple[str, ...], set[str]]:
        """For names of several words with one of them left blank, what may stand there."""
        found: dict[tuple[str, ...], set[str]] = {}
        for words in (name.split() for name in self.names):
            for at, word in enumerate(words if len(words) > 1 else ()):
                found.setdefault((*words[:at], "", *words[at + 1 :]), set()).add(word)
        return found


def _plain_terms(prompt: str) -> Iterator[tuple[str, str]]:
    """The words and symbols of what is not quoted; letters as in ｃａｔ are the plain ones already (NFKC)."""
    text = _POSSESSIVE.sub("", prompt.lower())
    for kind, characters in groupby(text, _kind):
        term = "".join(characters)
        if kind == "word" or (kind == "symbol" and not _EMOJI_PARTS.issuperset(term)):
            yield kind, term


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if character in _EMOJI_PARTS or category == "So":
        return "symbol"
    # Letters, digits, and the marks that belong to them.
    return "word" if category[0] in "LNM" else "between"
