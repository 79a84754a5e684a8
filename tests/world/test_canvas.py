import pytest

from seedbed.request import AspectRatio
from seedbed.sprout.canvas import cell_grid
from seedbed.world.canvas import GRID, canvas_of


@pytest.mark.parametrize("ratio", AspectRatio)
def test_a_canvas_is_its_grid_of_cells_in_pixels(ratio: AspectRatio) -> None:
    rows, columns = cell_grid(ratio)
    assert (canvas_of(ratio).width, canvas_of(ratio).height) == (GRID * columns, GRID * rows)
    assert (canvas_of(ratio).rows, canvas_of(ratio).columns) == (rows, columns)
