"""Which combinations training never sees, so that evaluation can ask for what cannot have been learnt by heart."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from zlib import crc32

from seedbed.world.placed import Placed

__all__ = ["SHARE", "is_held_out"]

SHARE = 16
"""One in so many combinations is held out."""


def is_held_out(objects: Sequence[Placed], word: str | None = None) -> bool:
    """Whether some two nouns together, a noun's colour or its number, or the word in the picture are held out."""
    spelt = () if word is None else (f"text {word}",)
    return any(_chosen(combination) for combination in (*_combinations(objects), *spelt))


def _combinations(objects: Sequence[Placed]) -> Iterator[str]:
    nouns = sorted({placed.noun for placed in objects})
    yield from (f"together {one} {other}" for one, other in combinations(nouns, 2))
    yield from {f"colour {placed.noun} {placed.colour}" for placed in objects if placed.colour}
    if len(objects) > 1 and len(nouns) == 1:
        yield f"count {nouns[0]} {len(objects)}"


@cache
def _chosen(combination: str) -> bool:
    # A checksum, not Python's hash: the same in every process and every version.
    return crc32(combination.encode()) % SHARE == 0
