"""The words that Sprout knows, and how a prompt becomes tokens.

A prompt is split into lower-case words. A known word is one token; a known word with a plural ending is two
(word pieces, greedy longest match first, as in WordPiece: Schuster & Nakajima 2012); any other is unknown.
Emoji and other symbols are no words: no token stands for them, but they are named as ignored.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path

from seedbed.errors import CheckpointError

__all__ = ["MAX_TOKENS", "NULL", "PACKAGED_VOCABULARY", "PADDING", "UNKNOWN", "ParsedPrompt", "Vocabulary"]

PACKAGED_VOCABULARY = Path(__file__).parent / "weights" / "vocabulary.json"
"""The vocabulary of the weights that ship inside the package."""

PADDING, NULL, UNKNOWN = 0, 1, 2
_SPECIAL = ("[pad]", "[null]", "[unknown]")
_ENDINGS = ("s", "es")
MAX_TOKENS = 24
"""Tokens that a prompt may have; longer ones were never trained on, and their end is named as ignored."""
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
# What makes one emoji of several: the picture selector, the joiner, the keycap and the skin tones.
_EMOJI_PARTS = frozenset("\ufe0f\u200d\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """A prompt as tokens, and what of it Sprout will not draw."""

    tokens: tuple[int, ...]
    """At most `MAX_TOKENS` token ids; unknown words are one UNKNOWN each."""
    ignored_words: tuple[str, ...]
    """Words and emoji that are unknown, or beyond the last token that fits; each once, in the prompt's order.

    A prompt with neither, such as "?!", is named whole.
    """


@dataclass(frozen=True)
class Vocabulary:
    """Every word that Sprout knows, in the order of its token ids."""

    words: tuple[str, ...]
    things: tuple[str, ...] = field(default=(), compare=False)
    """The nouns it draws, for people to read."""

    @classmethod
    def from_pretrained(cls, path: Path) -> "Vocabulary":
        """Read a vocabulary written by `save`. Raises `CheckpointError` where there is none."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(tuple(content["words"]), tuple(content["things"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"no vocabulary at {path}: {error}") from error

    def save(self, path: Path) -> None:
        """Write the vocabulary as JSON."""
        content = {"words": self.words, "things": self.things}
        path.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")

    def __len__(self) -> int:
        return len(_SPECIAL) + len(_ENDINGS) + len(self.words)

    @property
    def digest(self) -> str:
        """SHA-256 of the words in their order, hexadecimal."""
        return hashlib.sha256("\n".join(self.words).encode()).hexdigest()

    def parse(self, prompt: str) -> ParsedPrompt:
        """Turn a prompt into tokens. Never fails: what is not known is named in `ignored_words`."""
        tokens: list[int] = []
        ignored: dict[str, None] = {}
        for kind, word in _terms(prompt):
            if kind == "symbol":
                ignored[word] = None
                continue
            pieces = self._pieces(word)
            fits = len(tokens) + len(pieces or (UNKNOWN,)) <= MAX_TOKENS
            if pieces is None or not fits:
                ignored[word] = None
            if fits:
                tokens.extend(pieces or (UNKNOWN,))
        return ParsedPrompt(tuple(tokens) or (NULL,), tuple(ignored) or (() if tokens else (prompt.strip(),)))

    def knows(self, word: str) -> bool:
        """Whether one word, without punctuation, is known."""
        return self._pieces(word.lower()) is not None

    def _pieces(self, word: str) -> tuple[int, ...] | None:
        if word in self._ids:
            return (self._ids[word],)
        for number, ending in enumerate(_ENDINGS):
            stem = word.removesuffix(ending)
            if stem != word and stem in self._ids:
                return (self._ids[stem], len(_SPECIAL) + number)
        return None

    @cached_property
    def _ids(self) -> dict[str, int]:
        first = len(_SPECIAL) + len(_ENDINGS)
        return {word: first + number for number, word in enumerate(self.words)}


def _terms(prompt: str) -> Iterator[tuple[str, str]]:
    """The words and symbols of a prompt, each with its kind; letters as in ｃａｔ become the plain ones (NFKC)."""
    text = _POSSESSIVE.sub("", unicodedata.normalize("NFKC", prompt).lower())
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
