"""The plans that rendered scenes followed: what the planner learns to say, and the transformer to draw."""

from collections.abc import Mapping
from functools import cache

from seedbed.sprout.plan import Plan, PlannedSign, PlannedThing, Repertoire
from seedbed.world.backgrounds import BLENDS
from seedbed.world.colours import BACKGROUNDS, OBJECT_COLOURS
from seedbed.world.layout import Box
from seedbed.world.nouns import NOUNS
from seedbed.world.scene import Canvas, Placed, Scene
from seedbed.world.styles import STYLES
from seedbed.world.wording import SCENERY_TAGS

__all__ = ["REPERTOIRE", "box_of", "plan_of"]

REPERTOIRE = Repertoire(tuple(STYLES), (*BACKGROUNDS, *BLENDS, *SCENERY_TAGS), tuple(OBJECT_COLOURS))
"""All that the world can show, but for things."""


def plan_of(scene: Scene, things: Mapping[str, int]) -> Plan:
    """The plan of `scene`; `things` are the numbers of all nouns and letters by their names."""
    canvas, text = scene.canvas, scene.text
    objects = tuple(_object(placed, canvas, things) for placed in scene.objects)
    letters: tuple[PlannedThing, ...] = ()
    sign = None
    if text is not None:
        ink = _colours()[text.colour]
        squares = ((things[letter.character], letter.left, letter.top) for letter in text.letters)
        letters = tuple(PlannedThing(*square, text.size, ink) for square in squares)
        sign = PlannedSign.behind(letters, _colours()[text.sign.colour], canvas.columns) if text.sign else None
    return Plan(
        canvas.rows,
        canvas.columns,
        REPERTOIRE.styles.index(scene.style),
        _grounds()[scene.background],
        _blend(scene.ground_colours),
        scene.variant,
        (*objects, *letters),
        sign,
    )


def box_of(placed: Placed, canvas: Canvas) -> Box:
    """The first column, the first row and the side of an object, in cells of the canvas's grid."""
    side = placed.size * canvas.short_side
    corner = (placed.x * canvas.width - side / 2, placed.y * canvas.height - side / 2)
    left, top, cells = (round(pixels / canvas.unit) for pixels in (*corner, side))
    return left, top, cells


def _object(placed: Placed, canvas: Canvas, things: Mapping[str, int]) -> PlannedThing:
    colour = _colours()[placed.colour] if placed.colour else None
    return PlannedThing(things[NOUNS[placed.noun].name], *box_of(placed, canvas), colour)


def _blend(colours: tuple[str, ...]) -> tuple[int, int] | None:
    if not colours:
        return None
    first, second = (_grounds()[colour] for colour in colours)
    return first, second


@cache
def _grounds() -> dict[str, int]:
    return {name: number for number, name in enumerate(REPERTOIRE.grounds)}


@cache
def _colours() -> dict[str, int]:
    return {name: number for number, name in enumerate(REPERTOIRE.colours)}
