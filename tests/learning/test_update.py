import pytest
import torch
from torch import nn

from seedbed.errors import TrainingDiverged
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


def test_a_gradient_that_is_no_number_ends_the_run_and_changes_no_weight() -> None:
    network = nn.Linear(2, 1)
    before = network.weight.detach().clone()
    optimizer = torch.optim.SGD([{"params": network.parameters(), "peak": 0.1}], lr=1.0)
    network.weight.grad = torch.tensor([[1.0, float("nan")]])
    with pytest.raises(TrainingDiverged, match="step 3"):
        update(network, [optimizer], 3, steps=10, warm_up=2, decay=0.5)
    assert torch.equal(network.weight, before)
