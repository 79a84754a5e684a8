from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from seedbed.sprout.plan import VARIANTS
from seedbed.world.backgrounds import background
from seedbed.world.canvas import Canvas
from seedbed.world.sceneries import SCENERIES
from seedbed.world.wording import SCENERY_TAGS
from seedbed.world.wording_held_out import HELD_OUT
from seedbed.world.wording_training import TRAINING

SQUARE = Canvas(128, 128)
each_scenery = pytest.mark.parametrize("name", SCENERIES)


def _drawn(name: str, canvas: Canvas = SQUARE, variant: int = 0) -> np.ndarray:
    return background(name, (), variant, canvas)


def _others(name: str) -> Iterator[np.ndarray]:
    return (_drawn(other) for other in SCENERIES if other != name)


@each_scenery
def test_a_larger_canvas_shows_the_same_scenery(name: str) -> None:
    small, large = (np.uint8(_drawn(name, canvas) * 255) for canvas in (SQUARE, SQUARE.enlarged(2)))
    shrunk = np.asarray(Image.fromarray(large).reduce(2))
    assert np.abs(shrunk.astype(int) - small).mean() < 1


@each_scenery
@pytest.mark.parametrize("canvas", [Canvas(192, 352), Canvas(352, 192)], ids=str)
def test_it_fills_tall_and_wide_canvases(name: str, canvas: Canvas) -> None:
    picture = _drawn(name, canvas)
    assert picture.shape == (canvas.height, canvas.width, 3)
    # Whatever is not drawn is black.
    assert picture.sum(axis=2).min() > 0.05


@each_scenery
def test_it_is_known_by_its_colours(name: str) -> None:
    """Two variants of a scenery have more in common than any two sceneries, by the colours of a coarse look."""
    coarse = [picture.reshape(8, 16, 8, 16, 3).mean(axis=(1, 3)) for picture in (_drawn(name), _drawn(name, variant=1))]
    own = np.abs(coarse[0] - coarse[1]).mean()
    assert all(
        np.abs(coarse[0] - other.reshape(8, 16, 8, 16, 3).mean(axis=(1, 3))).mean() > own for other in _others(name)
    )


@each_scenery
def test_it_is_calm_but_for_its_lines(name: str) -> None:
    picture = _drawn(name, Canvas(256, 256))
    steps = np.abs(np.diff(picture, axis=1)).max(axis=2)
    assert (steps > 0.2).mean() < 0.07


def test_variants_differ() -> None:
    for name in SCENERIES:
        pictures = {_drawn(name, variant=variant).tobytes() for variant in range(VARIANTS)}
        assert len(pictures) > 1


def test_every_scenery_can_be_said() -> None:
    assert set(SCENERY_TAGS) == set(TRAINING.sceneries) == set(HELD_OUT.sceneries) == set(SCENERIES)
