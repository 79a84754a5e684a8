from collections.abc import Iterator

import numpy as np
import pytest

from seedbed.request import AspectRatio
from seedbed.world.canvas import canvas_of
from seedbed.world.mix import FIRST
from seedbed.world.nouns import FIRST_NOUNS
from seedbed.world.scene import BACKGROUNDS, UNNAMED_BACKGROUNDS, Canvas, Placed, Relation, Scene, draw_scene

CANVASES = [canvas_of(ratio) for ratio in AspectRatio]
each_canvas = pytest.mark.parametrize("canvas", CANVASES, ids=str)

# How much of an object's side may lie under the other object.
OVERLAP = 0.05


def _scenes(canvas: Canvas, count: int = 300) -> Iterator[Scene]:
    return (draw_scene(np.random.default_rng((5, number)), canvas) for number in range(count))


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


def test_objects_are_all_the_same_thing_or_all_different() -> None:
    for scene in _scenes(CANVASES[0]):
        assert len({placed.noun for placed in scene.objects}) in ({1} if scene.is_count else {len(scene.objects)})


def test_a_canvas_is_enlarged_both_ways() -> None:
    assert Canvas(3, 5).enlarged(2) == Canvas(6, 10, 64)
    assert Canvas(3, 5).short_side == 3
