"""What the judge says of a picture, as data."""

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Detection", "Observation", "Reading"]


class Reading(NamedTuple):
    """What an object may be called: a red "closed book" is a "red book", and nobody could say which was meant."""

    noun: int
    """Its index in `NOUNS`."""
    colour: str | None
    """The colour that it was given; None for its own."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One object that the judge sees."""

    noun: int | None
    """Its index in `NOUNS`, or None where the judge is not sure enough of any."""
    confidence: float
    """How sure the judge is of the noun, 0 to 1."""
    x: float
    """Its centre, from the left, as a share of the width."""
    y: float
    """Its centre, from the top, as a share of the height."""
    size: float
    """Its side, as a share of the picture's short side."""
    colour: str
    """The key of `OBJECT_COLOURS` that it was given, or that is nearest to its body's colour."""
    readings: tuple[Reading, ...] = ()
    """All that the renderer draws just like it, the noun's own reading included."""

    def may_be(self, noun: int) -> bool:
        """Whether it shows this noun, as far as anybody could tell."""
        return self.noun == noun or any(reading.noun == noun for reading in self.readings)

    def colour_as(self, noun: int) -> str:
        """Its colour, if it is this noun."""
        given = (reading.colour for reading in self.readings if reading.noun == noun)
        return next((colour for colour in given if colour), self.colour)


@dataclass(frozen=True, slots=True)
class Observation:
    """All that the judge says of one picture."""

    detections: tuple[Detection, ...]
    """The surest first."""
    background: str
    """A key of `BACKGROUNDS` where it is plain, else its kind."""
    style: str
    """A style of the world."""
    text: str | None = None
    """What stands where a word should; None where none was asked for, or nobody could read it."""
