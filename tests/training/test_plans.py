from dataclasses import replace

import numpy as np
import pytest

from seedbed.request import AspectRatio
from seedbed.sprout.plan import PlannedSign, PlannedThing
from seedbed.training.plans import REPERTOIRE, box_of, plan_of
from seedbed.training.sprout import world_vocabulary
from seedbed.world.backgrounds import BLENDS
from seedbed.world.canvas import canvas_of
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.nouns import NOUNS
from seedbed.world.placed import Relation
from seedbed.world.scene import Placed, Scene, draw_scene
from seedbed.world.text import Letter, Sign, Text

SQUARE = canvas_of(AspectRatio.SQUARE_1_1)
THINGS = world_vocabulary().numbers
NOUN = {noun.name: number for number, noun in enumerate(NOUNS)}
CAT, DOG = Placed(NOUN["cat"], 2.5 / 8, 4.5 / 8, 3 / 8, colour="blue"), Placed(NOUN["dog"], 6.5 / 8, 4.5 / 8, 3 / 8)
PAIR = Scene(SQUARE, "neon", True, "sea", True, (CAT, DOG), Relation.LEFT_OF, variant=2)


def test_a_plan_says_what_a_scene_shows() -> None:
    plan = plan_of(PAIR, THINGS)
    blue = REPERTOIRE.colours.index("blue")
    assert plan.things == (PlannedThing(THINGS["cat"], 1, 3, 3, blue), PlannedThing(THINGS["dog"], 5, 3, 3, None))
    assert (plan.rows, plan.columns, plan.variant, plan.blend, plan.sign) == (8, 8, 2, None, None)
    assert (REPERTOIRE.styles[plan.style], REPERTOIRE.grounds[plan.ground]) == ("neon", "sea")
    dots = replace(PAIR, background="dots", ground_colours=("red", "white"))
    assert [REPERTOIRE.grounds[ground] for ground in plan_of(dots, THINGS).blend or ()] == ["red", "white"]


def test_letters_are_things_and_stand_on_their_sign() -> None:
    text = Text(tuple(Letter(c, column, 5) for column, c in enumerate("LOLL", 2)), 1, "white", sign=Sign("red"))
    plan = plan_of(replace(PAIR, objects=(CAT,), relation=None, text=text), THINGS)
    white, red = (REPERTOIRE.colours.index(colour) for colour in ("white", "red"))
    assert plan.things[1:] == tuple(PlannedThing(THINGS[c], 2 + n, 5, 1, white) for n, c in enumerate("LOLL"))
    assert plan.sign == PlannedSign(red, left=3, top=9, columns=10, rows=4)


def test_plain_grounds_come_first_and_blends_next() -> None:
    assert REPERTOIRE.grounds[: len(BACKGROUNDS)] == tuple(BACKGROUNDS)
    assert REPERTOIRE.grounds[len(BACKGROUNDS) :][: len(BLENDS)] == tuple(BLENDS)


@pytest.mark.parametrize("ratio", AspectRatio)
def test_all_that_the_world_shows_can_be_planned(ratio: AspectRatio) -> None:
    canvas = canvas_of(ratio)
    for number in range(150):
        scene = draw_scene(np.random.default_rng((11, number)), canvas)
        plan = plan_of(scene, THINGS)
        assert len(plan.things) == len(scene.objects) + (len(scene.text.letters) if scene.text else 0)
        for thing in plan.things:
            assert 0 <= thing.left <= plan.columns - thing.side
            assert 0 <= thing.top <= plan.rows - thing.side
        assert (plan.sign is not None) == (scene.text is not None and scene.text.sign is not None)


def test_boxes_are_in_cells() -> None:
    assert box_of(CAT, SQUARE) == (1, 3, 3)
