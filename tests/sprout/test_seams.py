import torch

from seedbed.sprout.seams import mended

PATCH = 32


def _squares(*brightness: float) -> torch.Tensor:
    """A row of squares, each of one brightness, (1, 3, PATCH, width)."""
    row = torch.tensor(brightness).repeat_interleave(PATCH)
    return row.expand(1, 3, PATCH, len(row)).clone()


def _steepest(picture: torch.Tensor) -> float:
    return max(float(picture.diff(dim=dim).abs().max()) for dim in (-1, -2))


def test_a_small_step_becomes_a_slope_on_both_sides() -> None:
    picture = mended(_squares(0.0, 0.1), PATCH)
    assert _steepest(picture) < 0.1 / 30
    torch.testing.assert_close(picture[..., PATCH - 1 : PATCH + 1].mean(-1), torch.full((1, 3, PATCH), 0.05))
    # In the middle of each square nothing changes.
    assert float(picture[..., PATCH // 2 - 1].abs().max()) < 0.002
    torch.testing.assert_close(picture[..., 0], torch.zeros(1, 3, PATCH))


def test_from_top_to_bottom_as_well() -> None:
    picture = _squares(0.0, 0.1)
    torch.testing.assert_close(mended(picture.mT, PATCH), mended(picture, PATCH).mT)


def test_an_edge_stays_to_the_last_bit() -> None:
    picture = _squares(-0.5, 0.5, 0.2)
    assert torch.equal(mended(picture, PATCH), picture)


def test_an_edge_along_a_part_of_a_seam_leaves_the_rest_to_be_mended() -> None:
    picture = _squares(0.0, 0.1)
    picture[..., :16, PATCH:] = 1.0
    after = mended(picture, PATCH)
    assert torch.equal(after[..., :16, :], picture[..., :16, :])
    assert float(after[..., 16:, :].diff(dim=-1).abs().max()) < 0.1 / 30


def test_one_colour_stays_one_colour() -> None:
    picture = torch.full((2, 3, 3 * PATCH, 2 * PATCH), 0.3)
    assert torch.equal(mended(picture, PATCH), picture)


def test_it_can_be_learnt_through() -> None:
    picture = _squares(0.0, 0.1).requires_grad_()
    mended(picture, PATCH).square().sum().backward()  # type: ignore[no-untyped-call]
    assert picture.grad is not None
    assert picture.grad.isfinite().all()
