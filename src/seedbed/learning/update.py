"""One step of several optimizers at the rate that a run has come to."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import Optimizer

from seedbed.errors import TrainingDiverged
from seedbed.learning.schedule import learning_rate

__all__ = ["update"]


def update(
    network: nn.Module, optimizers: Iterable[Optimizer], step: int, steps: int, warm_up: int, decay: float
) -> None:
    """Make step `step` of `steps` with the gradients that are there, cut to a norm of 1, and clear them.

    Each group of parameters has the highest rate of its run as `peak`; `learning_rate` says what is left of it.

    Raises `TrainingDiverged`, having changed no weight, where a gradient is no number.
    """
    norm = nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    if not torch.isfinite(norm):
        raise TrainingDiverged(f"gradients of step {step} are no numbers: the last checkpoint stays as it is")
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps, group["peak"], warm_up, decay)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
