"""One object of a scene, and the words that may say how it stands there."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Place", "Placed", "Relation", "Size"]


class Relation(StrEnum):
    """Where the first object of two stands."""

    LEFT_OF = "left of"
    RIGHT_OF = "right of"
    ABOVE = "above"
    BELOW = "below"


class Place(StrEnum):
    """Where an object stands on the canvas."""

    TOP_LEFT = "top left"
    TOP_RIGHT = "top right"
    BOTTOM_LEFT = "bottom left"
    BOTTOM_RIGHT = "bottom right"
    TOP = "top"
    BOTTOM = "bottom"
    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


class Size(StrEnum):
    """How much of the canvas an object takes."""

    TINY = "tiny"
    SMALL = "small"
    BIG = "big"
    HUGE = "huge"


@dataclass(frozen=True, slots=True)
class Placed:
    """One object in a scene."""

    noun: int
    """Its index in `NOUNS`."""
    x: float
    """Its centre, from the left, as a share of the width."""
    y: float
    """Its centre, from the top, as a share of the height."""
    size: float
    """Its side, as a share of the canvas's short side."""
    colour: str | None = None
    """The key of `OBJECT_COLOURS` that it is recoloured with; the caption says it."""
    said_place: Place | None = None
    """Where the caption says that it stands."""
    said_size: Size | None = None
    """How large the caption says that it is."""
