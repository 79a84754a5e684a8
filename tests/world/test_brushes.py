import numpy as np
import pytest

from seedbed.world.brushes import blurred, edges, pixelated, wash, wobbled

STEP = np.zeros((64, 64, 3), np.float32)
STEP[:, 32:] = 1.0
DOT = np.zeros((64, 64, 4), np.float32)
DOT[16:48, 16:48] = (0.8, 0.2, 0.1, 1.0)


def test_a_blur_spreads_and_loses_nothing() -> None:
    soft = blurred(DOT, 3.0)
    assert soft.shape == DOT.shape
    assert abs(soft.sum() - DOT.sum()) < 0.01 * DOT.sum()
    assert 0.4 < soft[32, 16, 3] < 0.65
    assert soft[32, 13, 3] > 0.05
    assert blurred(DOT[..., :1], 3.0).shape == (64, 64, 1)


@pytest.mark.parametrize("scale", [1, 2])
def test_edges_are_where_colours_change_whatever_the_size(scale: int) -> None:
    found = edges(STEP.repeat(scale, 0).repeat(scale, 1), 1.5 * scale)
    assert found[:, 31 * scale].mean() == pytest.approx(0.39, abs=0.06)
    assert found[:, : 24 * scale].max() < 0.01


def test_blocks_have_one_colour_each() -> None:
    large = pixelated(DOT, 8)
    assert large.shape == DOT.shape
    blocks = large.reshape(8, 8, 8, 8, 4)
    assert np.ptp(blocks, axis=(1, 3)).max() == 0
    assert set(np.unique(large[..., 3])) == {0.0, 1.0}


def test_what_is_no_multiple_of_a_block_keeps_its_size() -> None:
    assert pixelated(DOT[:50, :43], 8).shape == (50, 43, 4)


def test_blocks_have_few_colours() -> None:
    ramp = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None].repeat(64, 0).repeat(3, 2)
    assert len(np.unique(pixelated(ramp, 4, levels=5))) == 5


def test_a_wash_is_uneven_and_the_same_at_any_size() -> None:
    small, large = (wash((32 * scale, 48 * scale), 8 * scale, seed=4) for scale in (1, 2))
    assert small.shape == (32, 48)
    assert small.std() > 0.1
    assert np.abs(large.reshape(32, 2, 48, 2).mean(axis=(1, 3)) - small).mean() < 0.01
    assert np.abs(wash((32, 48), 8, seed=5) - small).mean() > 0.1


def test_what_is_wobbled_keeps_its_colours_and_moves_a_little() -> None:
    moved = wobbled(STEP, 4.0, 16, seed=1)
    border = (moved[..., 0] < 0.5).sum(axis=1)
    assert np.ptp(border) > 1
    assert abs(border - 32).max() <= 4
    assert np.array_equal(wobbled(STEP, 0.0, 16, seed=1), STEP)
