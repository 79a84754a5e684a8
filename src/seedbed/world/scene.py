"""What a picture shows, as data: a `Scene` drawn at random, the same for the same generator."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from seedbed.world.icons import ICON_SETS, Style
from seedbed.world.nouns import NOUNS

__all__ = ["BACKGROUNDS", "UNNAMED_BACKGROUNDS", "Canvas", "Placed", "Relation", "Scene", "draw_scene"]

RGB = tuple[int, int, int]

GRID = 16
"""Pixels between the places where an object's corner may lie, half a latent: with the compute that trains the first
version, a few places drawn well beat all places drawn badly."""

BACKGROUNDS: dict[str, RGB] = {
    "white": (255, 255, 255),
    "black": (24, 24, 27),
    "gray": (156, 160, 168),
    "red": (220, 60, 55),
    "orange": (247, 148, 50),
    "yellow": (250, 215, 80),
    "green": (86, 172, 92),
    "light green": (190, 230, 180),
    "blue": (58, 110, 214),
    "light blue": (178, 220, 245),
    "dark blue": (28, 42, 96),
    "purple": (136, 84, 190),
    "pink": (250, 180, 205),
    "brown": (140, 96, 66),
    "beige": (240, 226, 200),
    "teal": (44, 156, 160),
}
# What stands behind the objects when the caption names no background: quiet colours only.
UNNAMED_BACKGROUNDS = ("white", "light blue", "pink", "beige")


class Relation(StrEnum):
    """Where the first object of two stands."""

    LEFT_OF = "left of"
    RIGHT_OF = "right of"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture's width and height, in pixels."""

    width: int
    height: int

    @property
    def short_side(self) -> int:
        """The smaller of width and height, in pixels."""
        return min(self.width, self.height)

    def enlarged(self, factor: int) -> "Canvas":
        """This canvas with `factor` times the width and height."""
        return Canvas(self.width * factor, self.height * factor)


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


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture as data; a caption says it, a renderer draws it."""

    canvas: Canvas
    style: Style
    """Whose hand draws the objects."""
    style_named: bool
    """Whether the caption says the style; unnamed is always glossy."""
    background: str
    """A key of `BACKGROUNDS`."""
    background_named: bool
    """Whether the caption says the background."""
    objects: tuple[Placed, ...]
    """One or two objects, in the caption's order."""
    relation: Relation | None
    """Where the first of two objects stands; None for one object."""
    relation_named: bool = True
    """Whether the caption says the relation, or only names both objects."""


def draw_scene(rng: np.random.Generator, canvas: Canvas) -> Scene:
    """A random scene of the declared world on `canvas`."""
    style_named = bool(rng.random() < 0.6)
    background_named = bool(rng.random() < 0.65)
    relation = None if rng.random() < 0.5 else Relation(rng.choice(list(Relation)))
    return Scene(
        canvas=canvas,
        style=str(rng.choice(list(ICON_SETS), p=(2 / 3, 1 / 3))) if style_named else "glossy",
        style_named=style_named,
        background=str(rng.choice(list(BACKGROUNDS) if background_named else list(UNNAMED_BACKGROUNDS))),
        background_named=background_named,
        objects=_one(rng, canvas) if relation is None else _two(rng, relation, canvas),
        relation=relation,
        relation_named=relation is None or bool(rng.random() < 0.8),
    )


def _one(rng: np.random.Generator, canvas: Canvas) -> tuple[Placed, ...]:
    size = _snap(canvas.short_side * float(rng.choice((0.58, 0.7))))
    left = (canvas.width - size) / 2 + float(rng.choice((-GRID, 0, GRID)))
    top = (canvas.height - size) / 2 + float(rng.choice((-GRID, 0, GRID)))
    return (_placed(canvas, int(rng.integers(len(NOUNS))), left, top, size),)


def _two(rng: np.random.Generator, relation: Relation, canvas: Canvas) -> tuple[Placed, ...]:
    nouns = [int(noun) for noun in rng.choice(len(NOUNS), 2, replace=False)]
    upright = relation in (Relation.ABOVE, Relation.BELOW)
    length, breadth = (canvas.height, canvas.width) if upright else (canvas.width, canvas.height)
    size = _snap(min(0.45 * length, 0.7 * breadth))
    gap = (length - 2 * size) / 3
    along = [gap, length - gap - size]
    if relation in (Relation.RIGHT_OF, Relation.BELOW):
        along.reverse()
    across = [(breadth - size) / 2 + float(rng.choice((-GRID, 0, GRID))) for _ in nouns]
    corners = zip(across, along, strict=True) if upright else zip(along, across, strict=True)
    return tuple(_placed(canvas, noun, left, top, size) for noun, (left, top) in zip(nouns, corners, strict=True))


def _placed(canvas: Canvas, noun: int, left: float, top: float, size: int) -> Placed:
    x, y = _snap(left) + size / 2, _snap(top) + size / 2
    return Placed(noun, x / canvas.width, y / canvas.height, size / canvas.short_side)


def _snap(pixels: float) -> int:
    return round(pixels / GRID) * GRID
