import pytest
import torch

from seedbed.evaluation.namer import CROP, Namer, crops


def picture(left: int, top: int, side: int) -> torch.Tensor:
    """White with one black square."""
    pixels = torch.ones(1, 3, 256, 352)
    pixels[..., top : top + side, left : left + side] = -1.0
    return pixels


@pytest.mark.parametrize("side", [32, 64, 128, 200])
def test_a_crop_is_its_object_and_a_little_around(side: int) -> None:
    crop = crops(picture(40, 30, side), [(0, 40 + side / 2, 30 + side / 2, side)])
    assert crop.shape == (1, 3, CROP, CROP)
    # One part in six of a crop's side is not the object's.
    assert (crop[0, 0] < 0).float().mean() == pytest.approx((5 / 6) ** 2, abs=0.04)
    assert crop[0, 0, 0, 0] > 0
    assert crop[0, 0, 8, 8] < 0


def test_each_box_is_cut_from_its_own_picture() -> None:
    pictures = torch.stack([torch.full((3, 64, 64), float(number)) for number in range(3)])
    found = crops(pictures, [(2, 32, 32, 40), (0, 32, 32, 40)])
    assert found.mean((1, 2, 3)).tolist() == pytest.approx([2.0, 0.0])


def test_beyond_the_edge_the_edge_goes_on() -> None:
    assert crops(picture(0, 0, 64), [(0, 0, 0, 64)])[0, 0].max() < -0.9


def test_a_bend_moves_what_is_sampled() -> None:
    box = [(0, 100.0, 100.0, 64.0)]
    bend = torch.zeros(1, CROP, CROP, 2)
    assert torch.equal(crops(picture(40, 30, 90), box, bend), crops(picture(40, 30, 90), box))
    bend[..., 0] = 0.5
    moved = crops(picture(40, 30, 90), [(0, 68.0, 100.0, 64.0)], bend)
    torch.testing.assert_close(moved, crops(picture(40, 30, 90), box), atol=1e-4, rtol=0)


def test_there_is_one_name_more_than_nouns() -> None:
    names = Namer(7, 2).eval()(torch.zeros(3, 3, CROP, CROP))
    assert names.noun.shape == (3, 8)
    assert names.style.shape == (3, 2)
    assert names.step.shape == (3, 3)
