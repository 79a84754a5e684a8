"""The words that Sprout knows, and how a prompt becomes tokens.

A prompt is split into lower-case words. A known word is one token; a known word with a plural ending is two
(word pieces, greedy longest match first, as in WordPiece: Schuster & Nakajima 2012); any other is unknown.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from seedbed.errors import CheckpointError

__all__ = ["MAX_TOKENS", "NULL", "PACKAGED_VOCABULARY", "PADDING", "UNKNOWN", "ParsedPrompt", "Vocabulary"]

PACKAGED_VOCABULARY = Path(__file__).parent / "weights" / "vocabulary.json"
"""The vocabulary of the weights that ship inside the package."""

PADDING, NULL, UNKNOWN = 0, 1, 2
_SPECIAL = ("[pad]", "[null]", "[unknown]")
_ENDINGS = ("s", "es")
MAX_TOKENS = 32
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """A prompt as tokens, and what of it Sprout will not draw."""

    tokens: tuple[int, ...]
    """At most `MAX_TOKENS` token ids; unknown words are one UNKNOWN each."""
    ignored_words: tuple[str, ...]
    """Words that are unknown, or beyond the last token that fits; each once, in the prompt's order."""


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

    def parse(self, prompt: str) -> ParsedPrompt:
        """Turn a prompt into tokens. Never fails: what is not known is named in `ignored_words`."""
        tokens: list[int] = []
        ignored: dict[str, None] = {}
        for word in _WORD.findall(prompt.lower()):
            pieces = self._pieces(word)
            fits = len(tokens) + len(pieces or (UNKNOWN,)) <= MAX_TOKENS
            if pieces is None or not fits:
                ignored[word] = None
            if fits:
                tokens.extend(pieces or (UNKNOWN,))
        return ParsedPrompt(tuple(tokens) or (NULL,), tuple(ignored))

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
