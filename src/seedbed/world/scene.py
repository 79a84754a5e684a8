"""What a picture shows, as data: a `Scene` drawn at random, the same for the same generator."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from seedbed.world.icons import ICON_SETS, Style
from seedbed.world.nouns import NOUNS

__all__ = ["BACKGROUNDS", "UNNAMED_BACKGROUNDS", "Canvas", "Placed", "Relation", "Scene", "draw_scene"]

RGB = tuple[int, int, int]

GRID = 32
"""Pixels of a cell: objects fill whole cells, as latents do. With the compute that trained the first version, few
places drawn well beat all places drawn badly."""
SMALL = 7
"""Cells below which a side is too short to leave room around an object."""

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
    relation = None if rng.random() < 0.4 else Relation(rng.choice(list(Relation)))
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
    columns, rows = canvas.width // GRID, canvas.height // GRID
    breadth = min(columns, rows)
    # Both leave the middle a whole cell, where there is one; a size between them would stand half a cell aside.
    size = breadth - 2 if breadth < SMALL else breadth - int(rng.choice((2, 4)))
    corner = (_near_middle(rng, columns, size), _near_middle(rng, rows, size))
    return (_placed(canvas, int(rng.integers(len(NOUNS))), *corner, size),)


def _two(rng: np.random.Generator, relation: Relation, canvas: Canvas) -> tuple[Placed, ...]:
    nouns = [int(noun) for noun in rng.choice(len(NOUNS), 2, replace=False)]
    upright = relation in (Relation.ABOVE, Relation.BELOW)
    columns, rows = canvas.width // GRID, canvas.height // GRID
    length, breadth = (rows, columns) if upright else (columns, rows)
    size = min((length - 1) // 2 if length >= SMALL else length // 2, breadth - 1)
    half = length // 2
    # In line and equally far from their halves' middles: each free choice more is one more place to be unsure of.
    across, first = _near_middle(rng, breadth, size), _near_middle(rng, half, size)
    along = [first, length - half + first]
    if relation in (Relation.RIGHT_OF, Relation.BELOW):
        along.reverse()
    corners = [(across, place) if upright else (place, across) for place in along]
    return tuple(_placed(canvas, noun, left, top, size) for noun, (left, top) in zip(nouns, corners, strict=True))


def _near_middle(rng: np.random.Generator, cells: int, size: int) -> int:
    """A place for `size` of `cells` cells: in the middle, or where that is no whole cell, on either side of it."""
    room = cells - size
    return room // 2 + (int(rng.integers(2)) if room % 2 else 0)


def _placed(canvas: Canvas, noun: int, left: int, top: int, size: int) -> Placed:
    """An object whose corner and side are given in cells of the grid."""
    x, y = (left + size / 2) * GRID, (top + size / 2) * GRID
    return Placed(noun, x / canvas.width, y / canvas.height, size * GRID / canvas.short_side)
