"""What a picture shows, as data: a `Scene` drawn at random, the same for the same generator."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from seedbed.sprout.plan import ARRANGEMENTS, VARIANTS
from seedbed.world.backgrounds import BLENDS, plain_in_style
from seedbed.world.canvas import Canvas
from seedbed.world.colours import BACKGROUNDS, COLOUR_SYNONYMS, OBJECT_COLOURS, UNNAMED_BACKGROUNDS
from seedbed.world.held_out import is_held_out
from seedbed.world.layout import Box, in_groups, in_line, in_rows, place_box, single, size_of, smaller, spelt_beside
from seedbed.world.layout import spelt as spelt_alone
from seedbed.world.mix import DEFAULT, WorldMix, drawn
from seedbed.world.nouns import NOUNS, phrases, spelt
from seedbed.world.placed import Place, Placed, Relation, Size
from seedbed.world.recolour import lightness
from seedbed.world.styles import STYLES, Style
from seedbed.world.text import Letter, Sign, Text, draw_word
from seedbed.world.wording import SIZE_WORDS

__all__ = [
    "BACKGROUNDS",
    "UNNAMED_BACKGROUNDS",
    "Canvas",
    "Place",
    "Placed",
    "Relation",
    "Scene",
    "Size",
    "can_be_said",
    "draw_held_out_scene",
    "draw_scene",
]

_INKS = ("black", "white")
_SMALLEST = 2
"""Cells of the side of an object that is said to be small beside another."""
_CONTRAST = 0.22
"""How much lighter or darker than what is behind it a word in a colour of its own must be."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture as data; a caption says it, a renderer draws it."""

    canvas: Canvas
    style: Style
    """The hand and medium of the whole picture."""
    style_named: bool
    """Whether the caption says the style; unnamed is always glossy."""
    background: str
    """A key of `BACKGROUNDS`, gradient, stripes, dots, or a scenery's name."""
    background_named: bool
    """Whether the caption says the background."""
    objects: tuple[Placed, ...]
    """None to six objects, in the caption's order, those of one noun together; one at most beside a text."""
    relation: Relation | None = None
    """Where the first of two different objects stands; else None."""
    relation_named: bool = True
    """Whether the caption says the relation, or only names both objects."""
    ground_colours: tuple[str, ...] = ()
    """The two named colours of a gradient, of stripes or of dots."""
    arrangement: int = 0
    """Which of the ways to place what the caption says, 0 to `ARRANGEMENTS` - 1."""
    variant: int = 0
    """Which of the ways to draw the background, 0 to `VARIANTS` - 1."""
    text: Text | None = field(default=None, repr=False)
    """A word that stands in the picture."""

    @property
    def is_count(self) -> bool:
        """Whether it shows several of one noun, so that the caption says how many."""
        return len(self.objects) > 1 and len({placed.noun for placed in self.objects}) == 1

    @property
    def groups(self) -> tuple[tuple[Placed, int], ...]:
        """The first object of each noun, in the caption's order, and how many there are of it."""
        numbers = Counter(placed.noun for placed in self.objects)
        firsts = {placed.noun: placed for placed in reversed(self.objects)}
        return tuple((firsts[noun], number) for noun, number in numbers.items())

    @property
    def is_empty(self) -> bool:
        """Whether it shows nothing but its background."""
        return not self.objects and self.text is None

    @property
    def is_held_out(self) -> bool:
        """Whether training never sees some combination or word in it."""
        return is_held_out(self.objects, self.text.word if self.text else None)


def draw_scene(rng: np.random.Generator, canvas: Canvas, mix: WorldMix = DEFAULT) -> Scene:
    """A random scene for training on `canvas`: no combination in it is held out."""
    while True:
        scene = _draw(rng, canvas, mix)
        if not scene.is_held_out:
            return scene


def draw_held_out_scene(rng: np.random.Generator, canvas: Canvas, mix: WorldMix = DEFAULT) -> Scene:
    """A random scene with a combination that training never sees. `mix` must hold more than single objects."""
    while True:
        scene = _draw(rng, canvas, mix)
        if scene.is_held_out:
            return scene


def _draw(rng: np.random.Generator, canvas: Canvas, mix: WorldMix) -> Scene:
    style_named = bool(rng.random() < mix.style_named)
    style = drawn(mix.styles, rng.random()) if style_named else "glossy"
    shares = [(name, getattr(mix, name)) for name in _COMPOSITIONS]
    arrangement = int(rng.integers(ARRANGEMENTS))
    scene = Scene(canvas, style, style_named, "white", False, (), arrangement=arrangement)
    scene = _COMPOSITIONS[drawn(shares, rng.random())](rng, scene, mix)
    return _legible(_with_background(rng, scene, mix))


def _with_background(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    coloured = scene.text is not None and scene.text.colour_said
    named = scene.is_empty or coloured or bool(rng.random() < mix.background_named)
    kind = drawn(mix.backgrounds, rng.random()) if named and not coloured else "plain"
    free = _free_colours(scene, named)
    colours: tuple[str, ...] = ()
    if kind == "plain":
        kind = _pick(rng, free)
    elif kind in BLENDS:
        colours = tuple(free[number] for number in _numbers(rng, len(free), 2))
    variant = 0 if kind in BACKGROUNDS else int(rng.integers(VARIANTS))
    return replace(scene, background=kind, background_named=named, ground_colours=colours, variant=variant)


def _free_colours(scene: Scene, named: bool) -> list[str]:
    """The plain colours that may stand behind the objects: what the style shows, and no object's own colour."""
    shown = STYLES[scene.style].grounds
    colours = shown if named else [colour for colour in UNNAMED_BACKGROUNDS if colour in shown] or shown[:2]
    # An object would vanish before its own colour.
    taken = {placed.colour for placed in scene.objects}
    if scene.text is not None:
        taken |= {colour for colour in shown if _hides(scene.text, plain_in_style(colour, scene.style))}
        taken |= {scene.text.sign.colour} - {"white"} if scene.text.sign else set()
    return [colour for colour in colours if colour not in taken] or list(shown)


def _hides(text: Text, behind: NDArray[np.float32]) -> bool:
    """Whether a word in a colour of its own is hard to read before another, shape (3,)."""
    return text.colour_said and abs(_light_of(text.colour) - float(lightness(behind))) < _CONTRAST


def _legible(scene: Scene) -> Scene:
    """The scene with its word, if any, on a sign where the background is not plain, in black or white if unsaid."""
    text = scene.text
    if text is None:
        return scene
    if text.sign is None and scene.background not in BACKGROUNDS:
        text = replace(text, sign=Sign())
    if not text.colour_said:
        behind = float(lightness(_behind(scene, text)))
        text = replace(text, colour=max(_INKS, key=lambda ink: abs(_light_of(ink) - behind)))
    return replace(scene, text=text)


def _behind(scene: Scene, text: Text) -> NDArray[np.float32]:
    """The colour behind the letters, shape (3,), as the style shows it."""
    if text.sign is None:
        return plain_in_style(scene.background, scene.style)
    plain = STYLES[scene.style].plain
    painted = np.asarray(OBJECT_COLOURS[text.sign.colour], np.float32) / 255.0
    return plain(painted) if plain else painted


def _light_of(colour: str) -> float:
    return float(lightness(np.asarray(OBJECT_COLOURS[colour], np.float32) / 255.0))


def _single(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    box = single(scene.arrangement, scene.canvas)
    return replace(scene, objects=(_placed(scene.canvas, _nouns(rng, mix, 1)[0], box),))


def _pair(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    named = bool(rng.random() < mix.relation_named)
    relation = _pick(rng, list(Relation)) if named else _unsaid_relation(rng, scene)
    boxes = in_line(scene.arrangement if named else 0, scene.canvas, relation)
    objects = [_placed(scene.canvas, noun, box) for noun, box in zip(_nouns(rng, mix, 2), boxes, strict=True)]
    scene = replace(scene, objects=tuple(objects), relation=relation, relation_named=named)
    return _unlike(rng, scene, boxes) if mix.placed and rng.random() < 0.12 else scene


def _unlike(rng: np.random.Generator, scene: Scene, boxes: Sequence[Box]) -> Scene:
    """A pair of which one is said to be small, and perhaps the other to be big."""
    one = int(rng.integers(2))
    if boxes[one][2] <= _SMALLEST or not all(_takes_sizes(placed.noun) for placed in scene.objects):
        return scene
    small = _placed(scene.canvas, scene.objects[one].noun, smaller(boxes[one], max(boxes[one][2] // 2, _SMALLEST)))
    objects = list(scene.objects)
    objects[one] = replace(small, said_size=_pick(rng, (Size.TINY, Size.SMALL)))
    if rng.random() < 0.5:
        objects[1 - one] = replace(objects[1 - one], said_size=_pick(rng, (Size.BIG, Size.HUGE)))
    return replace(scene, objects=tuple(objects))


def _unsaid_relation(rng: np.random.Generator, scene: Scene) -> Relation:
    """Side by side, or on some tall canvases one above the other: the arrangement says which comes first."""
    is_upright = scene.canvas.rows > scene.canvas.columns and rng.random() < 0.6
    ways = (Relation.ABOVE, Relation.BELOW) if is_upright else (Relation.LEFT_OF, Relation.RIGHT_OF)
    return ways[scene.arrangement % 2]


def _count(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    noun = _nouns(rng, mix, 1)[0]
    while not NOUNS[noun].is_countable:
        noun = _nouns(rng, mix, 1)[0]
    boxes = in_rows(2 + int(rng.integers(5)), scene.canvas)
    scene = replace(scene, objects=tuple(_placed(scene.canvas, noun, box) for box in boxes))
    return _recoloured(rng, scene, all_alike=True) if mix.coloured and rng.random() < 0.15 else scene


def _grouped(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    """One to three of each of two nouns, and not one of both."""
    nouns = _nouns(rng, mix, 2)
    while not all(NOUNS[noun].is_countable for noun in nouns):
        nouns = _nouns(rng, mix, 2)
    counts = (1 + int(rng.integers(3)), 1 + int(rng.integers(3)))
    while counts == (1, 1):
        counts = (1 + int(rng.integers(3)), 1 + int(rng.integers(3)))
    named = [noun for noun, count in zip(nouns, counts, strict=True) for _ in range(count)]
    boxes = in_groups(counts, scene.canvas)
    objects = [_placed(scene.canvas, noun, box) for noun, box in zip(named, boxes, strict=True)]
    return replace(scene, objects=tuple(objects))


def _coloured(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    composition = _single if rng.random() < 0.5 else _pair
    composed = composition(rng, scene, mix)
    while not _takes_colours(composed):
        composed = composition(rng, scene, mix)
    coloured = _recoloured(rng, composed, all_alike=False)
    is_half = len(coloured.objects) == 2 and mix.half_coloured and rng.random() < mix.half_coloured
    return _with_one_colour(coloured, int(rng.integers(2))) if is_half else coloured


def _with_one_colour(scene: Scene, number: int) -> Scene:
    """The scene with only one of its objects in a colour of which the caption speaks."""
    objects = (placed if at == number else replace(placed, colour=None) for at, placed in enumerate(scene.objects))
    return replace(scene, objects=tuple(objects))


def _set_down(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    """One object, with its place said, or its size, or both."""
    canvas, noun = scene.canvas, _nouns(rng, mix, 1)[0]
    while not _takes_sizes(noun):
        noun = _nouns(rng, mix, 1)[0]
    if rng.random() < 0.4:
        size = _pick(rng, list(Size))
        placed = _placed(canvas, noun, single(scene.arrangement, canvas, size_of(size, canvas)))
        return _perhaps_coloured(rng, replace(scene, objects=(replace(placed, said_size=size),)), mix)
    place = _pick(rng, list(Place))
    said = _pick(rng, (Size.TINY, Size.SMALL)) if rng.random() < 0.2 else None
    placed = _placed(canvas, noun, place_box(scene.arrangement, canvas, place, size_of(said, canvas) if said else None))
    scene = replace(scene, objects=(replace(placed, said_place=place, said_size=said),))
    return _perhaps_coloured(rng, scene, mix)


def _several(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    nouns = _nouns(rng, mix, 3 + int(rng.integers(2)))
    boxes = in_rows(len(nouns), scene.canvas)
    objects = [_placed(scene.canvas, noun, box) for noun, box in zip(nouns, boxes, strict=True)]
    return _perhaps_coloured(rng, replace(scene, objects=tuple(objects)), mix)


def _scenery(_rng: np.random.Generator, scene: Scene, _mix: WorldMix) -> Scene:
    return scene


def _text(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    """A word, alone or with one object above or below it."""
    word, canvas = draw_word(rng, mix.nouns), scene.canvas
    if rng.random() < 0.25:
        relation = _pick(rng, (Relation.ABOVE, Relation.BELOW))
        boxes, box = spelt_beside(len(word), canvas, relation)
        scene = replace(scene, objects=(_placed(canvas, _nouns(rng, mix, 1)[0], box),))
    else:
        relation, boxes = None, spelt_alone(len(word), canvas)
    letters = (Letter(character, left, top) for character, (left, top, _) in zip(word, boxes, strict=True))
    text = Text(tuple(letters), boxes[0][2], relation=relation)
    text = replace(text, margin=int(canvas.columns - text.box[2] >= 2))
    return replace(scene, text=_dressed(rng, text, STYLES[scene.style].colours))


def _dressed(rng: np.random.Generator, text: Text, colours: Sequence[str]) -> Text:
    """The word on a sign, in a colour that is said, or neither; `colours` are those that the style shows."""
    chance, is_coloured = rng.random(), bool(colours) and rng.random() < 0.4
    if chance < 0.45:
        return replace(text, sign=Sign(_pick(rng, colours) if is_coloured else "white", is_said=True))
    if is_coloured:
        return replace(text, colour=_pick(rng, colours), colour_said=True)
    return text


# By the name of their share in `WorldMix`.
_COMPOSITIONS: dict[str, Callable[[np.random.Generator, Scene, WorldMix], Scene]] = {
    "single": _single,
    "pair": _pair,
    "count": _count,
    "grouped": _grouped,
    "coloured": _coloured,
    "placed": _set_down,
    "several": _several,
    "scenery": _scenery,
    "text": _text,
}


def _perhaps_coloured(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    """The scene, now and then with its objects in colours."""
    return _recoloured(rng, scene, all_alike=False) if mix.coloured and rng.random() < 0.2 else scene


def _recoloured(rng: np.random.Generator, scene: Scene, all_alike: bool) -> Scene:
    """The scene with its objects in colours, no two the same, or in one colour; each can be said in words.

    Unchanged where the style shows no colours, or the objects' names say one.
    """
    shown = STYLES[scene.style].colours if _takes_colours(scene) else ()
    while shown:
        number = 1 if all_alike else len(scene.objects)
        picked = [shown[n] for n in _numbers(rng, len(shown), number)]
        colours = picked * len(scene.objects) if all_alike else picked
        pairs = list(zip(scene.objects, colours, strict=True))
        if all(can_be_said(placed.noun, colour) for placed, colour in pairs):
            return replace(scene, objects=tuple(replace(placed, colour=colour) for placed, colour in pairs))
    return scene


def _takes_colours(scene: Scene) -> bool:
    nouns = [NOUNS[placed.noun] for placed in scene.objects]
    return all(noun.name in noun.uncoloured_names for noun in nouns)


@cache
def _takes_sizes(noun: int) -> bool:
    """Whether every size may be said before every name of the noun: a small airplane is another noun here."""
    spoken = (f"{word} {name}" for words in SIZE_WORDS.values() for word in words for name in NOUNS[noun].names)
    return all(_phrases().get(spelt(phrase), (noun, False))[0] == noun for phrase in spoken)


@cache
def can_be_said(noun: int, colour: str) -> bool:
    """Whether the colour before any of the noun's names still names that noun: a black cat is another noun here.

    Nor can a green book be blue.
    """
    names = NOUNS[noun].uncoloured_names
    if not names:
        return False
    known = _phrases()
    words = COLOUR_SYNONYMS.get(colour, (colour,))
    spoken = (spelt(f"{word} {name}") for word in words for name in names)
    return all(known.get(phrase, (noun, False))[0] == noun for phrase in spoken)


_phrases = cache(phrases)
_Item = TypeVar("_Item")


def _pick(rng: np.random.Generator, options: Sequence[_Item]) -> _Item:
    return options[int(rng.integers(len(options)))]


def _nouns(rng: np.random.Generator, mix: WorldMix, count: int) -> list[int]:
    return _numbers(rng, mix.nouns, count)


def _numbers(rng: np.random.Generator, below: int, count: int) -> list[int]:
    """`count` different numbers; drawing again is faster than `rng.choice`, which shuffles all of them."""
    numbers: dict[int, None] = {}
    while len(numbers) < count:
        numbers[int(rng.integers(below))] = None
    return list(numbers)


def _placed(canvas: Canvas, noun: int, box: Box) -> Placed:
    left, top, size = box
    x, y = (left + size / 2) * canvas.unit, (top + size / 2) * canvas.unit
    return Placed(noun, x / canvas.width, y / canvas.height, size * canvas.unit / canvas.short_side)
