"""Where objects stand: whole cells of the canvas's grid, and four places at most for the same words."""

from functools import cache

from seedbed.sprout.lexicon import LARGEST
from seedbed.world.canvas import Canvas
from seedbed.world.placed import Place, Relation, Size

__all__ = [
    "Box",
    "in_groups",
    "in_line",
    "in_rows",
    "place_box",
    "single",
    "size_of",
    "smaller",
    "spelt",
    "spelt_beside",
]

Box = tuple[int, int, int]
"""An object's first column, first row and side, in cells."""

SMALL = 7
"""Cells below which a side is too short to leave room around an object."""

# How many objects stand in each row, for a number of objects; which one fits best depends on the canvas.
_ROWS: dict[int, tuple[tuple[int, ...], ...]] = {
    1: ((1,),),
    2: ((2,), (1, 1)),
    3: ((3,), (2, 1), (1, 1, 1)),
    4: ((2, 2), (4,), (1, 1, 1, 1)),
    5: ((3, 2), (2, 1, 2)),
    6: ((3, 3), (2, 2, 2)),
}


def single(arrangement: int, canvas: Canvas, size: int | None = None) -> Box:
    """One object near the middle; without `size`, of one of the usual sizes."""
    breadth = min(canvas.columns, canvas.rows)
    if size is None:
        # Both leave the middle a whole cell, where there is one; a size between them would stand half a cell aside.
        size = breadth - 2 if breadth < SMALL else breadth - (2, 2, 2, 4)[arrangement]
    is_later = arrangement % 2
    return _near_middle(canvas.columns, size, is_later), _near_middle(canvas.rows, size, is_later), size


def size_of(said: Size, canvas: Canvas) -> int:
    """The cells of a side that is `said` to be so large on `canvas`."""
    breadth = min(canvas.columns, canvas.rows)
    sizes = {
        Size.TINY: breadth // 4,
        Size.SMALL: max(2, breadth * 3 // 8),
        Size.BIG: max(breadth - 2, 5),
        # Nothing is larger than there are looks for.
        Size.HUGE: min(breadth, LARGEST),
    }
    return sizes[said]


def place_box(arrangement: int, canvas: Canvas, place: Place, size: int | None = None) -> Box:
    """One object in a corner, at an edge or in the centre."""
    if place is Place.CENTRE:
        return single(arrangement, canvas, size)
    size = size or size_of(Size.SMALL, canvas)
    across, down = canvas.columns - size, canvas.rows - size
    left = 0 if "left" in place else across if "right" in place else across // 2
    top = 0 if "top" in place else down if "bottom" in place else down // 2
    return left, top, size


def in_line(arrangement: int, canvas: Canvas, relation: Relation) -> list[Box]:
    """Two objects; the first stands where `relation` says."""
    upright = relation in (Relation.ABOVE, Relation.BELOW)
    length, breadth = (canvas.rows, canvas.columns) if upright else (canvas.columns, canvas.rows)
    size = min((length - 1) // 2 if length >= SMALL else length // 2, breadth - 1)
    half = length // 2
    # In line and equally far from their halves' middles.
    across, first = _near_middle(breadth, size, arrangement % 2), _near_middle(half, size, arrangement // 2)
    along = [first, length - half + first]
    if relation in (Relation.RIGHT_OF, Relation.BELOW):
        along.reverse()
    return [(across, place, size) if upright else (place, across, size) for place in along]


def spelt(count: int, canvas: Canvas) -> list[Box]:
    """The squares of a word's `count` letters, as large as fit: always the same places on the same canvas."""
    lines = _lines(count, canvas)
    size = min(canvas.columns // lines[0], (min(canvas.columns, canvas.rows) - 2) // len(lines))
    return _squares(lines, size, (canvas.rows - size * len(lines)) // 2, canvas)


def spelt_beside(count: int, canvas: Canvas, relation: Relation) -> tuple[list[Box], Box]:
    """The squares of a word's letters, and an object that stands above or below them as `relation` says."""
    half, lines = canvas.rows // 2, _lines(count, canvas)
    room = half - 1 if canvas.rows >= SMALL else 1
    size = min(canvas.columns // lines[0], room // len(lines))
    side = min((canvas.rows - 1) // 2 if canvas.rows >= SMALL else half, canvas.columns - 1)
    height, is_above = size * len(lines), relation is Relation.ABOVE
    # As far from the edge as leaves the word room for a sign behind it.
    edge, first = (half - height + 1) // 2, (half - side) // 2
    squares = _squares(lines, size, canvas.rows - edge - height if is_above else edge, canvas)
    return squares, ((canvas.columns - side) // 2, first if is_above else canvas.rows - first - side, side)


def _lines(count: int, canvas: Canvas) -> tuple[int, ...]:
    """How many letters stand in each line: two lines only where one is too long for the canvas."""
    return (count,) if count <= canvas.columns else (-(-count // 2), count // 2)


def _squares(lines: tuple[int, ...], size: int, top: int, canvas: Canvas) -> list[Box]:
    lefts = [(canvas.columns - count * size) // 2 for count in lines]
    return [
        (left + number * size, top + line * size, size)
        for line, (left, count) in enumerate(zip(lefts, lines, strict=True))
        for number in range(count)
    ]


@cache
def in_rows(count: int, canvas: Canvas) -> list[Box]:
    """`count` objects in rows, in reading order: always the same places on the same canvas."""
    return _in_lines(max(_ROWS[count], key=lambda rows: _fitting(rows, canvas)), canvas)


@cache
def in_groups(counts: tuple[int, int], canvas: Canvas) -> list[Box]:
    """The objects of two groups, the first group's first: one above the other, or on wide canvases in one row."""
    return _in_lines(max((counts, (sum(counts),)), key=lambda rows: _fitting(rows, canvas)), canvas)


def smaller(box: Box, side: int) -> Box:
    """A square of `side` cells in the middle of `box`, which is no smaller."""
    left, top, size = box
    return left + (size - side) // 2, top + (size - side) // 2, side


def _in_lines(rows: tuple[int, ...], canvas: Canvas) -> list[Box]:
    size = _fitting(rows, canvas)
    tops = _spread(canvas.rows, len(rows), size)
    return [(left, top, size) for top, n in zip(tops, rows, strict=True) for left in _spread(canvas.columns, n, size)]


def _fitting(rows: tuple[int, ...], canvas: Canvas) -> int:
    """The largest side, in cells, with which so many objects a row fit, with gaps where they leave two cells."""
    return min(_share(canvas.rows, len(rows)), _share(canvas.columns, max(rows)))


def _share(length: int, count: int) -> int:
    if count == 1:
        return length - 2
    apart = (length - count + 1) // count
    return apart if apart >= 2 else length // count


def _spread(length: int, count: int, size: int) -> list[int]:
    """The first cells of `count` sides on `length` cells: evenly, and alike from both ends where it goes."""
    room = length - count * size
    gaps = [gap for gap in range(room + 1) if (count - 1) * gap <= room]
    gap = min(gaps, key=lambda gap: ((room - (count - 1) * gap) % 2, abs(gap - room / count), -gap))
    first = (room - (count - 1) * gap) // 2
    return [first + number * (size + gap) for number in range(count)]


def _near_middle(cells: int, size: int, is_later: int) -> int:
    """A place for `size` of `cells` cells: in the middle, or where that is no whole cell, before or behind it."""
    room = cells - size
    return room // 2 + (is_later if room % 2 else 0)
