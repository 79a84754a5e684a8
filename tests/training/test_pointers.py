from dataclasses import replace

import torch

from seedbed.request import AspectRatio
from seedbed.training.pointers import IGNORED, pointer_loss, pointers
from seedbed.world.canvas import canvas_of
from seedbed.world.nouns import NOUNS
from seedbed.world.scene import Placed, Relation, Scene
from seedbed.world.text import Letter, Text

SQUARE = canvas_of(AspectRatio.SQUARE_1_1)
CAT, DOG = "cat", "dog"
NOUN = {noun.name: number for number, noun in enumerate(NOUNS)}
SLOTS = 36


def _scene(*objects: Placed) -> Scene:
    relation = Relation.LEFT_OF if len(objects) == 2 else None
    return Scene(SQUARE, "flat", True, "white", True, objects, relation)


PAIR = _scene(Placed(NOUN[CAT], 2.5 / 8, 4.5 / 8, 3 / 8), Placed(NOUN[DOG], 6.5 / 8, 4.5 / 8, 3 / 8))


def _grid(targets: torch.Tensor) -> torch.Tensor:
    return targets.view(2, 2, 8, 8)


def test_a_cell_of_six_by_six_shows_one_slot_in_all_its_quarters() -> None:
    grid = _grid(pointers(_scene(Placed(NOUN[CAT], 0.5, 0.5, 6 / 8)), [CAT], 2, SLOTS))
    for quarter in grid.flatten(0, 1):
        assert quarter[1:7, 1:7].flatten().tolist() == list(range(36))
    assert (grid[:, :, 0] == 2 * SLOTS).all()
    assert (grid[:, :, :, 7] == 2 * SLOTS).all()


def test_each_quarter_of_a_cell_of_three_by_three_shows_a_slot_of_its_own() -> None:
    left, top = 1, 3  # the cat of the pair covers columns 1 to 3 and rows 3 to 5
    grid = _grid(pointers(PAIR, [CAT, DOG], 2, SLOTS))
    cell = grid[:, :, top, left]
    assert cell.tolist() == [[0, 1], [6, 7]]
    assert grid[:, :, top + 2, left + 2].tolist() == [[28, 29], [34, 35]]


def test_slots_are_counted_in_the_captions_order() -> None:
    grid = _grid(pointers(PAIR, [DOG, CAT], 2, SLOTS))
    assert grid[0, 0, 3, 1] == SLOTS
    assert grid[0, 0, 3, 5] == 0


def test_without_a_caption_all_cells_look_at_nothing() -> None:
    assert (pointers(PAIR, [], 2, SLOTS) == 2 * SLOTS).all()


def test_what_cannot_be_told_apart_or_is_not_looked_up_is_not_asked() -> None:
    assert (_grid(pointers(PAIR, [CAT, CAT, DOG], 3, SLOTS))[:, :, 3, 1] == IGNORED).all()
    assert (_grid(pointers(PAIR, [CAT, DOG], 1, SLOTS))[:, :, 3, 5] == IGNORED).all()


WORD = _scene(Placed(NOUN[CAT], 0.5, 1.5 / 8, 3 / 8))
WORD = replace(WORD, text=Text(tuple(Letter(c, column, 5) for column, c in enumerate("LOLL", 2)), 1))


def test_each_letter_looks_at_its_own_mention() -> None:
    grid = _grid(pointers(WORD, [CAT, *"LOLL"], 6, SLOTS))
    for number in range(4):
        # A letter of one cell shows a quarter of its looks in each quarter.
        assert grid[:, :, 5, 2 + number].tolist() == [[(number + 1) * SLOTS + slot for slot in row] for row in CORNERS]
    assert grid[0, 0, 0, 2] == 0
    assert (grid[:, :, 5, 6] == 6 * SLOTS).all()


CORNERS = ((7, 10), (25, 28))


def test_letters_that_a_caption_lost_are_not_asked() -> None:
    grid = _grid(pointers(WORD, [*"LO"], 2, SLOTS))
    assert grid[0, 0, 5, 2:4].tolist() == [7, SLOTS + 7]
    assert (grid[:, :, 5, 4:6] == IGNORED).all()


def test_the_loss_falls_where_the_lookups_are_right() -> None:
    targets = pointers(PAIR, [CAT, DOG], 2, SLOTS)[None]
    right = 20.0 * torch.nn.functional.one_hot(targets, 2 * SLOTS + 1).float()
    assert pointer_loss([right, right], targets) < 1e-3
    assert pointer_loss([right, torch.zeros_like(right)], targets) > 1.0
