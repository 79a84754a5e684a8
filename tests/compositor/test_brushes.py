"""The brushes for batches against the world's own."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from seedbed.compositor import brushes
from seedbed.world import brushes as world

CPU = torch.device("cpu")
UNIT, SEEDS = 16, (3, 70)


def _pictures(channels: int) -> np.ndarray:
    """A square on nothing, and uneven paint, (2, 64, 80, channels)."""
    pictures = np.zeros((2, 64, 80, channels), np.float32)
    pictures[0, 16:48, 20:60] = (0.8, 0.2, 0.1, 1.0)[:channels]
    paint = np.stack([world.wash((64, 80), UNIT, seed) for seed in range(channels)], axis=-1)
    pictures[1] = paint if channels == 3 else paint * paint[..., 3:]
    return pictures


def _apart(found: Tensor, meant: list[np.ndarray]) -> Tensor:
    """How far each pixel of the batch is from what the world's brush makes of each picture."""
    return (found - torch.from_numpy(np.stack(meant)).permute(0, 3, 1, 2)).abs()


def _tensor(pictures: np.ndarray) -> Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("sigma", [1.8, 5.1])
def test_a_blur_is_nearly_pillows(channels: int, sigma: float) -> None:
    pictures = _pictures(channels)
    apart = _apart(brushes.blurred(_tensor(pictures), sigma), [world.blurred(one, sigma) for one in pictures])
    # Pillow blurs with three boxes, each of which meets the border anew, and rounds to 1 / 255.
    assert float(apart[..., 12:-12, 12:-12].max()) < 0.02
    assert float(apart.mean()) < 0.003


@pytest.mark.parametrize("channels", [3, 4])
def test_edges_are_as_steep(channels: int) -> None:
    pictures = _pictures(channels)
    meant = [world.edges(one, 1.8)[..., None] for one in pictures]
    apart = _apart(brushes.edges(_tensor(pictures), 1.8), meant)
    assert float(apart.max()) < 0.03
    assert float(apart.mean()) < 0.004
    assert max(edges.max() for edges in meant) > 0.2


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("levels", [7, 14])
def test_blocks_are_the_same(channels: int, levels: int) -> None:
    pictures = _pictures(channels)
    meant = [world.pixelated(one, 8, levels) for one in pictures]
    assert float(_apart(brushes.pixelated(_tensor(pictures), 8, levels), meant).max()) < 1e-5


def _noise() -> Tensor:
    return brushes.noise_of(SEEDS, (64, 80), UNIT, CPU)


def test_paint_is_as_uneven() -> None:
    meant = [world.wash((64, 80), UNIT, seed)[..., None] for seed in SEEDS]
    apart = _apart(brushes.wash(_noise()), meant)
    assert float(apart.max()) < 1e-4
    assert float(_apart(brushes.wash(_noise()), meant[::-1]).mean()) > 0.1


@pytest.mark.parametrize("channels", [3, 4])
def test_pixels_are_moved_as_far(channels: int) -> None:
    pictures = _pictures(channels)
    meant = [world.wobbled(one, 3.0, UNIT, seed) for one, seed in zip(pictures, SEEDS, strict=True)]
    apart = _apart(brushes.wobbled(_tensor(pictures), 3.0, _noise()), meant)
    assert float(apart.max()) < 1e-3
    assert float(_apart(_tensor(pictures), meant).mean()) > 0.01


def _blur(pictures: Tensor) -> Tensor:
    return brushes.blurred(pictures, 2.0)


def _block(pictures: Tensor) -> Tensor:
    return brushes.pixelated(pictures, 8)


@pytest.mark.parametrize("brush", [_blur, _block])
def test_a_picture_is_painted_the_same_in_any_batch(brush: Callable[[Tensor], Tensor]) -> None:
    pictures = _tensor(_pictures(4))
    torch.testing.assert_close(brush(pictures)[1:], brush(pictures[1:]), atol=1e-6, rtol=0.0)
