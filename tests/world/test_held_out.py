from dataclasses import replace

import numpy as np
import pytest

from seedbed.world.held_out import SHARE, is_held_out
from seedbed.world.mix import FIRST
from seedbed.world.placed import Placed
from seedbed.world.scene import Canvas, draw_held_out_scene, draw_scene

SQUARE = Canvas(256, 256)
ONE = Placed(0, 0.5, 0.5, 0.5)
HELD_WITH_THE_CAT = [1, 18, 30, 51]


def _pair(one: int, other: int) -> tuple[Placed, ...]:
    return replace(ONE, noun=one), replace(ONE, noun=other)


def test_training_never_sees_what_evaluation_asks_for() -> None:
    for seed in range(400):
        trained, asked = (draw(np.random.default_rng(seed), SQUARE) for draw in (draw_scene, draw_held_out_scene))
        assert not is_held_out(trained.objects, trained.text.word if trained.text else None)
        assert is_held_out(asked.objects, asked.text.word if asked.text else None)
        assert is_held_out(draw_held_out_scene(np.random.default_rng(seed), SQUARE, FIRST).objects)


def test_one_in_so_many_combinations_is_held_out() -> None:
    pairs = [is_held_out(_pair(one, other)) for one in range(60) for other in range(one)]
    assert 0.7 / SHARE < np.mean(pairs) < 1.4 / SHARE


def test_neither_order_nor_place_matters() -> None:
    for one in range(40):
        assert is_held_out(_pair(one, 50)) == is_held_out(_pair(50, one))
        moved = tuple(replace(placed, x=0.1, size=0.2) for placed in _pair(one, 50))
        assert is_held_out(moved) == is_held_out(_pair(one, 50))


def test_one_object_without_a_colour_is_always_seen() -> None:
    assert not any(is_held_out((replace(ONE, noun=noun),)) for noun in range(500))
    assert not is_held_out(())


@pytest.mark.parametrize("objects", [3, 5])
def test_numbers_and_colours_are_held_out_too(objects: int) -> None:
    counts = [is_held_out((replace(ONE, noun=noun),) * objects) for noun in range(300)]
    colours = [is_held_out((replace(ONE, noun=noun, colour="blue"),)) for noun in range(300)]
    assert 0 < np.mean(counts) < 0.15
    assert 0 < np.mean(colours) < 0.15


def test_the_choice_is_fixed() -> None:
    held = [noun for noun in range(1, 60) if is_held_out(_pair(0, noun))]
    assert held == HELD_WITH_THE_CAT, "weights have been trained without these and no others"
