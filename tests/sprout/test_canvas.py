import pytest

from seedbed.request import AspectRatio, Resolution
from seedbed.sprout.canvas import LATENTS_PER_CELL, cell_grid, latent_grid

MOST_CUT = 0.05


@pytest.mark.parametrize("ratio", AspectRatio)
def test_little_is_cut_from_any_canvas(ratio: AspectRatio) -> None:
    rows, columns = latent_grid(ratio)
    size = ratio.pixel_size(Resolution.TWO_K)
    canvas, wanted = columns / rows, size.width / size.height
    assert 1 - min(canvas, wanted) / max(canvas, wanted) <= MOST_CUT


@pytest.mark.parametrize("ratio", AspectRatio)
def test_all_canvases_cost_about_the_same(ratio: AspectRatio) -> None:
    rows, columns = latent_grid(ratio)
    assert 216 <= rows * columns <= 264
    assert (rows, columns) == tuple(LATENTS_PER_CELL * cells for cells in cell_grid(ratio))
