"""What stands where in a picture, decided before it is drawn: a `Plan`, as small whole numbers.

Layout first and pixels second is an old idea of text-to-image models (Hong et al., arXiv 1801.05091). Here the plan is
all that the transformer knows of a prompt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["ARRANGEMENTS", "VARIANTS", "Plan", "PlannedSign", "PlannedThing", "Repertoire"]

ARRANGEMENTS = 4
"""How many ways there are to place what a prompt says, where it leaves that open."""
VARIANTS = 4
"""How many ways there are to draw the same background."""


@dataclass(frozen=True, slots=True)
class Repertoire:
    """What a plan's numbers stand for, besides things: each is a place in one of these."""

    styles: tuple[str, ...]
    grounds: tuple[str, ...]
    """Backgrounds: plain colours, blends of two of them, sceneries."""
    colours: tuple[str, ...]
    """What things can be recoloured with."""

    @classmethod
    def from_json(cls, content: Mapping[str, Sequence[str]]) -> "Repertoire":
        """The inverse of `dataclasses.asdict`. Raises `KeyError` and `TypeError` for anything else."""
        return cls(tuple(content["styles"]), tuple(content["grounds"]), tuple(content["colours"]))


@dataclass(frozen=True, slots=True)
class PlannedThing:
    """One noun or letter, in a square of whole cells."""

    thing: int
    """An index of `Vocabulary.things`."""
    left: int
    """The first column, in cells."""
    top: int
    """The first row, in cells."""
    side: int
    """In cells."""
    colour: int | None = None
    """An index of `Repertoire.colours`; None for the colours that it has by nature."""


@dataclass(frozen=True, slots=True)
class PlannedSign:
    """A board behind the letters, in halves of cells: half a cell larger than they are."""

    colour: int
    """An index of `Repertoire.colours`."""
    left: int
    """The first half column."""
    top: int
    """The first half row."""
    columns: int
    """In halves of cells."""
    rows: int
    """In halves of cells."""

    @classmethod
    def behind(cls, letters: Sequence[PlannedThing], colour: int, columns: int) -> "PlannedSign":
        """The sign behind `letters` on a canvas of so many `columns`; where there is no room, no wider than they."""
        left, top = min(letter.left for letter in letters), min(letter.top for letter in letters)
        right = max(letter.left + letter.side for letter in letters)
        bottom = max(letter.top + letter.side for letter in letters)
        margin = int(columns - (right - left) >= 2)
        return cls(colour, 2 * left - margin, 2 * top - 1, 2 * (right - left + margin), 2 * (bottom - top + 1))


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole picture, before it is drawn."""

    rows: int
    """Of the canvas, in cells."""
    columns: int
    """Of the canvas, in cells."""
    style: int
    """An index of `Repertoire.styles`."""
    ground: int
    """An index of `Repertoire.grounds`."""
    blend: tuple[int, int] | None
    """The two plain grounds that a blend is made of; None for any other ground."""
    variant: int
    """Which of the ways to draw the ground, 0 to `VARIANTS` - 1."""
    things: tuple[PlannedThing, ...]
    """In the prompt's order; where two overlap, the later one is in front."""
    sign: PlannedSign | None = None
