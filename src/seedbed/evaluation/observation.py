"""What the judge says of a picture, as data."""

from dataclasses import dataclass

__all__ = ["Detection", "Observation"]


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
    """The key of `OBJECT_COLOURS` nearest to its body's colour."""


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
