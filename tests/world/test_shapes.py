from pathlib import Path

import numpy as np
import pytest

from seedbed.world.icons import SHAPE, IconLibrary
from seedbed.world.shapes import SHAPES


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("hand", ["flat", "glossy"])
def test_a_shape_fills_its_square_and_no_more(icons: Path, shape: str, hand: str) -> None:
    alpha = IconLibrary(icons).sprite(hand, SHAPE + shape, 128)[..., 3]
    rows, columns = np.nonzero(alpha > 0.5)
    assert max(np.ptp(rows), np.ptp(columns)) >= 88
    assert min(np.ptp(rows), np.ptp(columns)) >= 50
    assert 0.1 < (alpha > 0.5).mean() < 0.9
    assert alpha[0].max() == alpha[-1].max() == 0


def test_no_two_shapes_look_alike(icons: Path) -> None:
    library = IconLibrary(icons)
    pictures = [library.sprite("flat", SHAPE + shape, 64) for shape in SHAPES]
    for number, picture in enumerate(pictures):
        assert all(np.abs(picture - other).mean() > 0.01 for other in pictures[:number])
