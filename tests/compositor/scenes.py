"""Scenes that show all that is composited: colours, sizes, shadows, blends, sceneries, letters, signs, cut edges."""

from collections.abc import Iterable
from dataclasses import replace

from seedbed.request import AspectRatio
from seedbed.training.batches import drawing_canvas
from seedbed.world.lettering import letter_icon, sign_icon
from seedbed.world.nouns import NOUNS
from seedbed.world.scene import Placed, Scene
from seedbed.world.styles import STYLES
from seedbed.world.text import Letter, Sign, Text

CANVASES = {"square": drawing_canvas(AspectRatio.SQUARE_1_1), "wide": drawing_canvas(AspectRatio.WIDESCREEN_16_9)}
SQUARE, WIDE = CANVASES.values()
CAT, FOX = 0, 3


def word(spelt: str, left: int, top: int, size: int, sign: Sign | None = None) -> Text:
    letters = tuple(Letter(character, left + number * size, top) for number, character in enumerate(spelt))
    return Text(letters, size, "black", sign=sign)


def on(left: int, top: int, side: int, noun: int, colour: str | None = None, canvas: str = "square") -> Placed:
    """An object whose square begins at that cell."""
    rows, columns, short = CANVASES[canvas].rows, CANVASES[canvas].columns, min(8, CANVASES[canvas].rows)
    return Placed(noun, (left + side / 2) / columns, (top + side / 2) / rows, side / short, colour)


PAIR = (on(0, 2, 3, CAT), on(5, 3, 2, FOX, "blue"))
PLAIN = Scene(SQUARE, "flat", True, "teal", True, PAIR)
STUDIO = replace(PLAIN, background="studio", variant=1)
DOTS = replace(PLAIN, background="dots", ground_colours=("pink", "white"), objects=(on(1, 1, 6, CAT, "red"),))
SIGN = replace(PLAIN, background="beach", objects=(on(3, 0, 2, FOX),), text=word("HOLA", 2, 5, 1, Sign("white")))
LARGE = replace(PLAIN, background="gray", objects=(), text=word("HOL", 1, 3, 2))
CUT = replace(PLAIN, objects=(on(-1, -1, 3, CAT), on(6, 6, 4, FOX, "green"), on(12, 3, 2, CAT)))
BROAD = replace(PLAIN, canvas=WIDE, background="room", objects=(on(6, 2, 3, CAT, canvas="wide"),), variant=2)
BROAD_WORD = replace(BROAD, background="gradient", ground_colours=("yellow", "white"), text=word("OLA", 1, 2, 1))
SCENES = (PLAIN, STUDIO, DOTS, SIGN, LARGE, CUT, BROAD, BROAD_WORD)


def in_style(scene: Scene, style: str) -> Scene:
    """The scene in another style, its objects in their own colours where the style has no others."""
    colours = STYLES[style].colours
    objects = tuple(p if p.colour in colours else replace(p, colour=None) for p in scene.objects)
    return replace(scene, style=style, objects=objects)


def names_of(scenes: Iterable[Scene]) -> tuple[str, ...]:
    """The icons that `scenes` show: for an atlas with no more than these."""
    names: dict[str, None] = {}
    for scene in scenes:
        shown = [NOUNS[placed.noun].icon for placed in scene.objects]
        if scene.text is not None:
            shown += [letter_icon(letter.character) for letter in scene.text.letters]
        if scene.text is not None and scene.text.sign is not None:
            _, _, columns, rows = scene.text.box
            shown.append(sign_icon(columns + scene.text.margin, rows + 1))
        names |= dict.fromkeys(shown)
    return tuple(names)
