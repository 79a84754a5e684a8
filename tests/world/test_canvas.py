import pytest

from seedbed.request import AspectRatio
from seedbed.sprout.canvas import latent_grid
from seedbed.world.canvas import canvas_of


@pytest.mark.parametrize("ratio", AspectRatio)
def test_a_canvas_is_its_grid_of_latents_in_pixels(ratio: AspectRatio) -> None:
    rows, columns = latent_grid(ratio)
    assert (canvas_of(ratio).width, canvas_of(ratio).height) == (32 * columns, 32 * rows)
