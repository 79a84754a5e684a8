import pytest

from seedbed.request import AspectRatio, Resolution
from seedbed.sprout.canvas import latent_grid

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
    assert 54 <= rows * columns <= 66
