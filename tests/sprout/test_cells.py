import torch

from seedbed.sprout.cells import MAX_SIDE, Sizes, cells_of
from seedbed.sprout.lexicon import slots_of
from seedbed.sprout.plan import VARIANTS, Plan, PlannedSign, PlannedThing, Repertoire

SIZES = Sizes(things=5, styles=2, grounds=4, colours=3)
CAT, DOG = PlannedThing(0, 1, 0, 2, colour=2), PlannedThing(1, 3, 1, 3)
PLAN = Plan(4, 6, style=1, ground=2, blend=(0, 1), variant=3, things=(CAT, DOG))


def _grid(part: torch.Tensor) -> list[list[int]]:
    grid: list[list[int]] = part.view(4, 6).tolist()
    return grid


def test_sizes_count_a_repertoire() -> None:
    assert Sizes.of(5, Repertoire(("a", "b"), ("c", "d", "e", "f"), ("g", "h", "i"))) == SIZES


def test_each_cell_knows_its_thing_the_slot_and_the_colour() -> None:
    cells = cells_of([PLAN], 4, 6, SIZES)
    assert _grid(cells.things[0]) == [[5, 0, 0, 5, 5, 5], [5, 0, 0, 1, 1, 1], [5, 5, 5, 1, 1, 1], [5, 5, 5, 1, 1, 1]]
    assert _grid(cells.colours[0])[1] == [3, 2, 2, 3, 3, 3]
    slots = cells.slots[0].view(4, 6, 4)
    assert torch.equal(slots[:2, 1:3], slots_of(2))
    assert torch.equal(slots[1:, 3:], slots_of(3))


def test_each_cell_knows_its_place_within_its_thing() -> None:
    cells = cells_of([PLAN], 4, 6, SIZES)
    first = 1 + 3 * MAX_SIDE
    assert _grid(cells.across[0])[2] == [0, 0, 0, first, first + 1, first + 2]
    assert [row[4] for row in _grid(cells.down[0])] == [0, first, first + 1, first + 2]


def test_the_later_thing_is_in_front_and_what_is_outside_is_cut_away() -> None:
    behind, before = PlannedThing(0, 0, 0, 3), PlannedThing(1, 2, 2, 3)
    outside = PlannedThing(2, -1, 3, 2)
    cells = cells_of([Plan(4, 4, 0, 0, None, 0, (behind, before, outside))], 4, 4, SIZES)
    grid = cells.things[0].view(4, 4)
    assert grid.tolist() == [[0, 0, 0, 5], [0, 0, 0, 5], [0, 0, 1, 1], [2, 5, 1, 1]]
    assert cells.slots[0].view(4, 4, 4)[3, 0].tolist() == slots_of(2)[0, 1].tolist()
    nowhere = PlannedThing(2, 7, 0, 2)
    assert (cells_of([Plan(4, 4, 0, 0, None, 0, (nowhere,))], 4, 4, SIZES).things == 5).all()


def test_the_whole_picture_is_said_in_five_numbers() -> None:
    plain = Plan(4, 6, style=0, ground=1, blend=None, variant=2, things=())
    cells = cells_of([PLAN, plain, None], 4, 6, SIZES)
    assert cells.wholes.tolist() == [[1, 2, 0, 1, 3], [0, 1, 4, 4, 2], [2, 4, 4, 4, VARIANTS]]
    assert (cells.things[1:] == 5).all()


def test_a_sign_covers_quarters_of_cells() -> None:
    letter = PlannedThing(3, 2, 1, 1, colour=0)
    sign = PlannedSign.behind([letter], 1, columns=6)
    cells = cells_of([Plan(4, 6, 0, 0, None, 0, (letter,), sign)], 4, 6, SIZES)
    corners = [[0, 8, 12, 4, 0, 0], [0, 10, 15, 5, 0, 0], [0, 2, 3, 1, 0, 0], [0] * 6]
    assert _grid(cells.signs[0]) == corners
    assert _grid(cells.sign_colours[0])[0] == [3, 1, 1, 1, 3, 3]
