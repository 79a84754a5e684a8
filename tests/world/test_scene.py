from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import groupby

import numpy as np
import pytest

from seedbed.request import AspectRatio
from seedbed.world.backgrounds import BLENDS
from seedbed.world.canvas import canvas_of
from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.mix import DEFAULT, FIRST
from seedbed.world.nouns import FIRST_NOUNS, NOUNS
from seedbed.world.placed import Place, Size
from seedbed.world.scene import (
    BACKGROUNDS,
    UNNAMED_BACKGROUNDS,
    Canvas,
    Placed,
    Relation,
    Scene,
    can_be_said,
    draw_scene,
)
from seedbed.world.sceneries import SCENERIES
from seedbed.world.styles import STYLES

CANVASES = [canvas_of(ratio) for ratio in AspectRatio]
_OTHERS = dict.fromkeys(("single", "pair", "count", "grouped", "placed", "several", "scenery", "text"), 0.0)
COLOURED = replace(DEFAULT, **_OTHERS, styles=FIRST.styles)  # type: ignore[arg-type]
each_canvas = pytest.mark.parametrize("canvas", CANVASES, ids=str)

# How much of an object's side may lie under the other object.
OVERLAP = 0.05


def _scenes(canvas: Canvas, count: int = 300) -> Iterator[Scene]:
    seed = (5, canvas.width, canvas.height)
    return (draw_scene(np.random.default_rng((*seed, number)), canvas) for number in range(count))


def _box(placed: Placed, canvas: Canvas) -> tuple[float, float, float, float]:
    """Left, top, right and bottom, in pixels."""
    x, y, half = placed.x * canvas.width, placed.y * canvas.height, placed.size * canvas.short_side / 2
    return x - half, y - half, x + half, y + half


@each_canvas
def test_the_same_generator_gives_the_same_scene(canvas: Canvas) -> None:
    assert list(_scenes(canvas, 20)) == list(_scenes(canvas, 20))
    assert len(set(_scenes(canvas, 100))) > 90


@each_canvas
def test_objects_stand_inside_the_canvas(canvas: Canvas) -> None:
    for scene in _scenes(canvas):
        for placed in scene.objects:
            left, top, right, bottom = _box(placed, canvas)
            assert min(left, top) >= 0
            assert right <= canvas.width
            assert bottom <= canvas.height


@each_canvas
def test_two_objects_do_not_cover_each_other(canvas: Canvas) -> None:
    for scene in (scene for scene in _scenes(canvas) if scene.relation is not None):
        first, second = (_box(placed, canvas) for placed in scene.objects)
        width = min(first[2], second[2]) - max(first[0], second[0])
        height = min(first[3], second[3]) - max(first[1], second[1])
        assert min(width, height) <= OVERLAP * scene.objects[0].size * canvas.short_side


@each_canvas
def test_the_relation_is_true_and_plain_to_see(canvas: Canvas) -> None:
    seen = set()
    for scene in (scene for scene in _scenes(canvas) if scene.relation is not None):
        first, second = scene.objects
        right, down = (second.x - first.x) * canvas.width, (second.y - first.y) * canvas.height
        says = {
            Relation.LEFT_OF: right,
            Relation.RIGHT_OF: -right,
            Relation.ABOVE: down,
            Relation.BELOW: -down,
        }
        told = {relation for relation, distance in says.items() if distance == max(says.values())}
        assert told == {scene.relation}
        seen.add(scene.relation)
    assert seen == set(Relation)


def test_the_first_world_is_what_it_was() -> None:
    scenes = [draw_scene(np.random.default_rng(number), CANVASES[0], FIRST) for number in range(2000)]
    assert {placed.noun for scene in scenes for placed in scene.objects} == set(range(FIRST_NOUNS))
    assert {placed.colour for scene in scenes for placed in scene.objects} == {None}
    assert {len(scene.objects) for scene in scenes} == {1, 2}
    assert {scene.background for scene in scenes if scene.background_named} == set(BACKGROUNDS)
    assert {scene.background for scene in scenes if not scene.background_named} == set(UNNAMED_BACKGROUNDS)
    assert {scene.style for scene in scenes if scene.style_named} == {"flat", "glossy"}
    assert {scene.style for scene in scenes if not scene.style_named} == {"glossy"}
    assert 0.35 < sum(scene.relation is None for scene in scenes) / 2000 < 0.45


def test_objects_of_one_noun_come_together_in_no_more_groups_than_a_caption_can_say() -> None:
    for scene in _scenes(CANVASES[0]):
        runs = [noun for noun, _ in groupby(placed.noun for placed in scene.objects)]
        assert runs == [placed.noun for placed, _ in scene.groups]
        assert sum(number for _, number in scene.groups) == len(scene.objects)
        assert len(scene.groups) in (0, 1, 2, len(scene.objects))


def test_a_canvas_is_enlarged_both_ways() -> None:
    assert Canvas(3, 5).enlarged(2) == Canvas(6, 10, 64)
    assert Canvas(3, 5).short_side == 3


@each_canvas
def test_objects_fill_whole_cells(canvas: Canvas) -> None:
    for scene in _scenes(canvas):
        for placed in scene.objects:
            edges = [edge / canvas.unit for edge in _box(placed, canvas)]
            assert edges == pytest.approx([round(edge) for edge in edges])


@cache
def _all_scenes() -> tuple[Scene, ...]:
    return tuple(scene for canvas in CANVASES for scene in _scenes(canvas))


def test_no_objects_cover_each_other() -> None:
    for scene in _all_scenes():
        boxes = [_box(placed, scene.canvas) for placed in scene.objects]
        for number, one in enumerate(boxes):
            for other in boxes[:number]:
                apart = max(max(one[axis], other[axis]) - min(one[axis + 2], other[axis + 2]) for axis in (0, 1))
                assert apart >= -1e-6


def test_no_object_stands_before_its_own_colour() -> None:
    for scene in _all_scenes():
        behind = {scene.background, *scene.ground_colours}
        assert behind.isdisjoint(placed.colour for placed in scene.objects)


def test_a_style_is_asked_for_no_colour_that_it_cannot_show() -> None:
    for scene in _all_scenes():
        rule = STYLES[scene.style]
        assert {placed.colour for placed in scene.objects} - {None} <= set(rule.colours)
        assert {scene.background, *scene.ground_colours} & set(BACKGROUNDS) <= set(rule.grounds)


def test_a_background_that_is_not_said_is_quiet() -> None:
    for scene in _all_scenes():
        if not scene.background_named and scene.style != "neon":
            assert scene.background in UNNAMED_BACKGROUNDS
            assert not scene.ground_colours
        assert scene.style_named or scene.style == "glossy"


def test_now_and_then_only_one_of_two_has_a_colour() -> None:
    scenes = [draw_scene(np.random.default_rng(seed), CANVASES[0], COLOURED) for seed in range(200)]
    coloured = [[placed.colour is not None for placed in scene.objects] for scene in scenes]
    assert {tuple(which) for which in coloured if len(which) == 2} == {(True, True), (True, False), (False, True)}


def test_two_colours_at_once_are_two_colours() -> None:
    mix = replace(COLOURED, half_coloured=0.0)
    scenes = [draw_scene(np.random.default_rng(seed), CANVASES[0], mix) for seed in range(200)]
    assert {len(scene.objects) for scene in scenes} == {1, 2}
    for scene in scenes:
        colours = [placed.colour for placed in scene.objects]
        assert None not in colours
        assert len(set(colours)) == len(colours)


def test_a_black_cat_is_no_cat_painted_black() -> None:
    names = [noun.name for noun in NOUNS]
    assert not can_be_said(names.index("cat"), "black")
    assert not can_be_said(names.index("apple"), "green")
    assert not can_be_said(names.index("green book"), "blue")
    assert can_be_said(names.index("cat"), "blue")
    # All apples are red: the words still lead to the same noun.
    assert can_be_said(names.index("apple"), "red")


def test_what_is_named_for_its_colour_is_never_recoloured() -> None:
    green_book = [noun.name for noun in NOUNS].index("green book")
    assert not any(can_be_said(green_book, colour) for colour in OBJECT_COLOURS)
    coloured = {placed.noun for scene in _all_scenes() for placed in scene.objects if placed.colour}
    assert all(NOUNS[noun].name in NOUNS[noun].uncoloured_names for noun in coloured)


def test_the_whole_world_is_drawn_from() -> None:
    scenes = _all_scenes()
    assert len({placed.noun for scene in scenes for placed in scene.objects}) > 0.8 * len(NOUNS)
    assert {scene.style for scene in scenes} == set(STYLES)
    assert {scene.background for scene in scenes} == {*BACKGROUNDS, *BLENDS, *SCENERIES}
    assert {placed.colour for scene in scenes for placed in scene.objects} == {None, *OBJECT_COLOURS}
    assert {placed.said_place for scene in scenes for placed in scene.objects} == {None, *Place}
    assert {placed.said_size for scene in scenes for placed in scene.objects} == {None, *Size}
