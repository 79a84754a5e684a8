import pytest
import torch

from seedbed.training.muon import Muon, orthogonal


def _matrices(*shape: int) -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for _ in range(3)]


@pytest.mark.parametrize("shape", [(24, 24), (48, 24), (24, 48)])
def test_its_steps_are_torchs(shape: tuple[int, int]) -> None:
    """Within what bfloat16 rounds, in which torch always computes."""
    ours, theirs = _matrices(*shape), _matrices(*shape)
    before = [matrix.detach().clone() for matrix in ours]
    optimizers = (
        Muon([{"params": ours}], lr=0.1),
        torch.optim.Muon([{"params": theirs}], lr=0.1, weight_decay=0.0),
    )
    for step in range(3):
        gradients = torch.randn((3, *shape), generator=torch.Generator().manual_seed(step + 1))
        for optimizer, matrices in zip(optimizers, (ours, theirs), strict=True):
            for matrix, gradient in zip(matrices, gradients, strict=True):
                matrix.grad = gradient.clone()
            optimizer.step()
    for one, other, start in zip(ours, theirs, before, strict=True):
        assert (one - other).norm() < 0.03 * (one - start).norm()


@pytest.mark.parametrize("shape", [(2, 8, 8), (2, 16, 8), (2, 8, 16)])
def test_singular_values_are_brought_near_one(shape: tuple[int, int, int]) -> None:
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(0))))
    assert values.min() > 0.4
    assert values.max() < 1.4


def test_a_matrix_without_a_gradient_stays() -> None:
    (matrix, *_others) = _matrices(8, 8)
    before = matrix.detach().clone()
    Muon([{"params": [matrix]}], lr=0.1).step()
    assert torch.equal(matrix, before)
