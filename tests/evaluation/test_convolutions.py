import torch

from seedbed.evaluation.convolutions import Residual, downward


def test_a_residual_block_begins_as_nothing_but_itself() -> None:
    x = torch.rand(2, 8, 4, 4)
    assert torch.equal(Residual(8)(x), x)


def test_going_down_each_square_becomes_one_number_a_channel() -> None:
    assert downward(3, 8, 4)(torch.rand(2, 3, 16, 24)).shape == (2, 8, 4, 6)


def test_reach_is_how_far_neighbours_are_away() -> None:
    for reach in (1, 2):
        block = Residual(4, reach).eval()
        for weight in (block.norm2.weight, block.conv1.weight, block.conv2.weight):
            torch.nn.init.ones_(weight)
        seen = torch.rand(1, 4, 17, 17, generator=torch.Generator().manual_seed(0), requires_grad=True)
        block(seen)[0, :, 8, 8].sum().backward()
        assert seen.grad is not None
        rows = seen.grad.abs().sum((0, 1, 3)).nonzero().flatten()
        assert (int(rows.min()), int(rows.max())) == (8 - 2 * reach, 8 + 2 * reach)
