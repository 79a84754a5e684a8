import torch

from seedbed.evaluation.convolutions import Residual, downward


def test_a_residual_block_begins_as_nothing_but_itself() -> None:
    x = torch.rand(2, 8, 4, 4)
    assert torch.equal(Residual(8)(x), x)


def test_going_down_each_square_becomes_one_number_a_channel() -> None:
    assert downward(3, 8, 4)(torch.rand(2, 3, 16, 24)).shape == (2, 8, 4, 6)
