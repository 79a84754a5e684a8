from collections import Counter

import pytest

from seedbed.request import AspectRatio
from seedbed.sprout.lexicon import LARGEST
from seedbed.sprout.plan import ARRANGEMENTS
from seedbed.world.canvas import Canvas, canvas_of
from seedbed.world.layout import Box, in_line, in_rows, place_box, single, size_of
from seedbed.world.placed import Place, Relation, Size

CANVASES = [canvas_of(ratio) for ratio in AspectRatio]
each_canvas = pytest.mark.parametrize("canvas", CANVASES, ids=str)


def _cells(boxes: list[Box]) -> Counter[tuple[int, int]]:
    return Counter((x, y) for left, top, n in boxes for x in range(left, left + n) for y in range(top, top + n))


def _fit(boxes: list[Box], canvas: Canvas) -> bool:
    """Whether all stand inside, and no cell is taken twice."""
    cells = _cells(boxes)
    inside = all(0 <= x < canvas.columns and 0 <= y < canvas.rows for x, y in cells)
    return inside and max(cells.values()) == 1 and min(size for _, _, size in boxes) >= 1


@each_canvas
@pytest.mark.parametrize("count", range(1, 7))
def test_so_many_objects_stand_in_reading_order(canvas: Canvas, count: int) -> None:
    boxes = in_rows(count, canvas)
    assert len(boxes) == count
    assert _fit(boxes, canvas)
    assert len({size for _, _, size in boxes}) == 1
    assert boxes[0][2] >= 2
    assert boxes == sorted(boxes, key=lambda box: (box[1], box[0]))


@each_canvas
@pytest.mark.parametrize("relation", Relation)
def test_the_first_of_two_stands_where_it_is_said(canvas: Canvas, relation: Relation) -> None:
    drawn = [in_line(number, canvas, relation) for number in range(ARRANGEMENTS)]
    for boxes in drawn:
        (left, top, size), (other_left, other_top, _) = boxes
        assert _fit(boxes, canvas)
        expected = {
            Relation.LEFT_OF: (left + size <= other_left, top == other_top),
            Relation.RIGHT_OF: (other_left + size <= left, top == other_top),
            Relation.ABOVE: (top + size <= other_top, left == other_left),
            Relation.BELOW: (other_top + size <= top, left == other_left),
        }
        assert all(expected[relation])
    assert len({tuple(boxes) for boxes in drawn}) <= 4, "few places are learnt sooner"


@each_canvas
@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("size", [None, 1, 2])
def test_a_place_is_where_it_says(canvas: Canvas, place: Place, size: int | None) -> None:
    left, top, side = box = place_box(1, canvas, place, size)
    assert _fit([box], canvas)
    across = (left + side / 2) / canvas.columns - 0.5
    down = (top + side / 2) / canvas.rows - 0.5
    assert ("left" in place, "right" in place) == (across < -0.2, across > 0.2)
    assert ("top" in place, "bottom" in place) == (down < -0.2, down > 0.2)


@each_canvas
def test_sizes_differ_and_grow(canvas: Canvas) -> None:
    sizes = [size_of(size, canvas) for size in (Size.TINY, Size.SMALL, Size.BIG, Size.HUGE)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) >= 3, "on the square, nothing is larger than big"
    assert sizes[-1] == min(canvas.rows, canvas.columns, LARGEST)
    assert sizes[0] <= 2


@each_canvas
@pytest.mark.parametrize("size", [None, 1, 2, 5])
def test_one_object_stands_in_the_middle(canvas: Canvas, size: int | None) -> None:
    drawn = {single(number, canvas, size) for number in range(ARRANGEMENTS)}
    for left, top, side in drawn:
        assert _fit([(left, top, side)], canvas)
        assert abs(left + side / 2 - canvas.columns / 2) <= 0.5
        assert abs(top + side / 2 - canvas.rows / 2) <= 0.5
    assert len(drawn) <= 4
