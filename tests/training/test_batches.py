"""What scenes and plans a training is shown, before anybody draws them."""

from dataclasses import replace

import pytest
import torch

from seedbed.request import AspectRatio
from seedbed.sprout.cells import cells_of
from seedbed.training.batches import BatchRecipe, drawing_canvas
from seedbed.training.plans import plan_of
from seedbed.training.sprout import world_vocabulary
from seedbed.training.transformer import TransformerRecipe
from seedbed.world.canvas import canvas_of
from seedbed.world.mix import DEFAULT, FIRST
from seedbed.world.scene import BACKGROUNDS

THINGS = world_vocabulary().numbers
SIZES = TransformerRecipe().config(len(THINGS)).sizes
RECIPE = BatchRecipe(0, 4, DEFAULT, THINGS, SIZES, null_plans=0.0)


def test_a_batch_is_scenes_of_one_shape_and_their_plans() -> None:
    for number in range(8):
        scenes, cells = RECIPE.draw(number)
        (canvas,) = {scene.canvas for scene in scenes}
        plans = [plan_of(scene, THINGS) for scene in scenes]
        assert all(map(torch.equal, cells, cells_of(plans, canvas.rows, canvas.columns, SIZES)))


def test_batches_come_in_every_shape_and_never_twice() -> None:
    scenes = [scene for number in range(60) for scene in RECIPE.draw(number)[0]]
    assert {scene.canvas for scene in scenes} == {drawing_canvas(ratio) for ratio in AspectRatio}
    assert len(set(scenes)) > 0.98 * len(scenes)


def test_a_number_is_the_same_batch_every_time_and_a_seed_another_one() -> None:
    one, again = (RECIPE.draw(7) for _ in range(2))
    assert one[0] == again[0]
    assert all(map(torch.equal, one[1], again[1]))
    assert replace(RECIPE, seed=1).draw(7)[0] != one[0]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_some_plans_are_left_out(share: float) -> None:
    batches = [replace(RECIPE, null_plans=share).draw(number)[1] for number in range(50)]
    said = torch.cat([cells.wholes[:, 0] < SIZES.styles for cells in batches]).float().mean()
    assert float(said) == pytest.approx(1.0 - share, abs=0.1 if 0 < share < 1 else 0.0)


def test_a_mix_says_what_is_drawn() -> None:
    scenes = [scene for number in range(20) for scene in replace(RECIPE, mix=FIRST).draw(number)[0]]
    assert {scene.style for scene in scenes} == {"flat", "glossy"}
    assert {scene.background for scene in scenes} <= set(BACKGROUNDS)


@pytest.mark.parametrize("ratio", AspectRatio)
def test_scenes_are_drawn_with_the_cells_they_are_laid_out_in(ratio: AspectRatio) -> None:
    small, large = canvas_of(ratio), drawing_canvas(ratio)
    assert (large.rows, large.columns) == (small.rows, small.columns)
    assert large == small.enlarged(2)
