import pytest
import torch
from torch import nn

from seedbed.learning.update import update


@pytest.mark.parametrize(("step", "rate"), [(0, 0.05), (4, 0.1), (9, 0.02)])
def test_a_step_takes_the_rate_of_its_place_in_the_run_and_clears_gradients(step: int, rate: float) -> None:
    network = nn.Linear(1, 1, bias=False)
    before = network.weight.detach().clone()
    optimizer = torch.optim.SGD([{"params": network.parameters(), "peak": 0.1}], lr=1.0)
    # Twice the norm that is let through.
    network.weight.grad = torch.full_like(network.weight, 2.0)
    update(network, [optimizer], step, steps=10, warm_up=2, decay=0.5)
    torch.testing.assert_close(before - network.weight.detach(), torch.full_like(before, rate))
    assert network.weight.grad is None
