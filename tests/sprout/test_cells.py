import numpy as np
import torch

from seedbed.sprout.canvas import LATENTS_PER_CELL
from seedbed.sprout.cells import MAX_SIDE, PLACES, Sizes, cells_of
from seedbed.sprout.lexicon import ground_places, scenery_slots, slots_of
from seedbed.sprout.plan import VARIANTS, Plan, PlannedSign, PlannedThing

SIZES = Sizes(things=5, styles=2, grounds=4, plain=2, colours=3)
CAT, DOG = PlannedThing(0, 1, 0, 2, colour=2), PlannedThing(1, 3, 1, 3)
PLAN = Plan(4, 6, style=1, ground=1, blend=None, variant=3, things=(CAT, DOG))


def _latents(part: torch.Tensor) -> list[list[int]]:
    grid: list[list[int]] = part.view(8, 12).tolist()
    return grid


def _grid(part: torch.Tensor) -> list[list[int]]:
    """The first latent of each cell; all four of a cell must be alike."""
    grid = part.view(4, LATENTS_PER_CELL, 6, LATENTS_PER_CELL)
    assert (grid == grid[:, :1, :, :1]).all()
    first: list[list[int]] = grid[:, 0, :, 0].tolist()
    return first


def test_each_latent_knows_its_thing_the_slot_and_the_colour() -> None:
    cells = cells_of([PLAN], 4, 6, SIZES)
    assert _grid(cells.things[0]) == [[5, 0, 0, 5, 5, 5], [5, 0, 0, 1, 1, 1], [5, 5, 5, 1, 1, 1], [5, 5, 5, 1, 1, 1]]
    assert _grid(cells.colours[0])[1] == [3, 2, 2, 3, 3, 3]
    slots = cells.slots[0].view(8, 12).numpy()
    assert np.array_equal(slots[:4, 2:6], slots_of(4))
    assert np.array_equal(slots[2:, 6:], slots_of(6))


def test_each_latent_knows_its_place_within_its_thing() -> None:
    cells = cells_of([PLAN], 4, 6, SIZES)
    first = 1 + 3 * MAX_SIDE * LATENTS_PER_CELL
    assert _latents(cells.across[0])[4] == [0] * 6 + [first + column for column in range(6)]
    assert [row[8] for row in _latents(cells.down[0])] == [0, 0, *(first + row for row in range(6))]


def test_the_largest_things_places_are_numbers_of_the_table() -> None:
    huge = Plan(MAX_SIDE, MAX_SIDE, 0, 0, None, 0, (PlannedThing(0, 0, 0, MAX_SIDE),))
    cells = cells_of([huge], MAX_SIDE, MAX_SIDE, SIZES)
    assert int(cells.across.max()) == int(cells.down.max()) == PLACES - 1


def test_the_later_thing_is_in_front_and_what_is_outside_is_cut_away() -> None:
    behind, before = PlannedThing(0, 0, 0, 3), PlannedThing(1, 2, 2, 3)
    outside = PlannedThing(2, -1, 3, 2)
    cells = cells_of([Plan(4, 4, 0, 0, None, 0, (behind, before, outside))], 4, 4, SIZES)
    grid = cells.things[0].view(8, 8)
    assert grid[::2, ::2].tolist() == [[0, 0, 0, 5], [0, 0, 0, 5], [0, 0, 1, 1], [2, 5, 1, 1]]
    assert torch.equal(grid[::2, ::2], grid[1::2, 1::2])
    assert cells.slots[0].view(8, 8)[6, :2].tolist() == slots_of(4)[0, 2:].tolist()
    nowhere = PlannedThing(2, 7, 0, 2)
    assert (cells_of([Plan(4, 4, 0, 0, None, 0, (nowhere,))], 4, 4, SIZES).things == 5).all()


def test_the_whole_picture_is_said_in_five_numbers() -> None:
    striped = Plan(4, 6, style=1, ground=2, blend=(0, 1), variant=3, things=(CAT,))
    plain = Plan(4, 6, style=0, ground=1, blend=None, variant=2, things=())
    cells = cells_of([striped, plain, None], 4, 6, SIZES)
    assert cells.wholes.tolist() == [[1, 2, 0, 1, 3], [0, 1, 4, 4, 2], [2, 4, 4, 4, VARIANTS]]
    assert (cells.things[1:] == 5).all()


def test_what_is_no_plain_ground_has_looks_of_its_own_on_each_canvas() -> None:
    plans = [Plan(8, 8, 0, ground, None, variant, ()) for ground in (2, 3) for variant in range(VARIANTS)]
    grounds = cells_of(plans, 8, 8, SIZES).grounds
    assert len(set(grounds.flatten().tolist())) == grounds.numel() == 2 * VARIANTS * 256
    other = cells_of([Plan(7, 9, 0, 2, None, 0, ())], 7, 9, SIZES).grounds
    assert not set(other.flatten().tolist()) & set(grounds.flatten().tolist())
    assert max(int(grounds.max()), int(other.max())) < scenery_slots(2)
    assert grounds[5].tolist() == ground_places(1, 2, 1, 16, 16).tolist()


def test_plain_grounds_and_strange_canvases_have_none() -> None:
    nothing = scenery_slots(2)
    plain, none = Plan(8, 8, 0, 1, None, 0, ()), None
    assert (cells_of([plain, none], 8, 8, SIZES).grounds == nothing).all()
    assert (cells_of([Plan(4, 6, 0, 3, None, 0, ())], 4, 6, SIZES).grounds == nothing).all()


def test_a_sign_covers_halves_of_cells() -> None:
    letter = PlannedThing(3, 2, 1, 1, colour=0)
    sign = PlannedSign.behind([letter], 1, columns=6)
    cells = cells_of([Plan(4, 6, 0, 0, None, 0, (letter,), sign)], 4, 6, SIZES)
    covered = [[3] * 12, [3] * 3 + [1] * 4 + [3] * 5]
    assert _latents(cells.sign_colours[0]) == [covered[0], *[covered[1]] * 4, *[covered[0]] * 3]


def test_a_sign_at_the_border_is_cut() -> None:
    letters = [PlannedThing(3, column, 0, 1) for column in range(6)]
    sign = PlannedSign.behind(letters, 2, columns=6)
    colours = cells_of([Plan(4, 6, 0, 0, None, 0, tuple(letters), sign)], 4, 6, SIZES).sign_colours
    assert _latents(colours[0]) == [[2] * 12] * 3 + [[3] * 12] * 5
