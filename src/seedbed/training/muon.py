"""Muon (Jordan et al., 2024): steps for matrices whose singular values are all about equal.

torch's own does its Newton-Schulz products in bfloat16 whatever the machine, and one matrix after another. Where
bfloat16 is the slower format that was a third of a training step, so this one takes the format that is faster here and
all matrices of a shape at once; the step itself is the same (a test compares them).
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from seedbed.learning.precision import bfloat16_pays

__all__ = ["Muon", "orthogonal"]

# The quintic that raises small singular values fastest, from the source; five rounds bring them to about 0.7 to 1.2.
_A, _B, _C = 3.4445, -4.7750, 2.0315
_ROUNDS = 5


class Muon(Optimizer):
    """Nesterov momentum, made orthogonal, for parameters that are matrices.

    Source: https://kellerjordan.github.io/posts/muon/, with its scale of sqrt(max(1, rows / columns)).
    """

    def __init__(
        self, params: Iterable[dict[str, Any]], lr: float, momentum: float = 0.95, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})
        self._dtype = dtype or (torch.bfloat16 if bfloat16_pays() else torch.float32)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002 (torch's signature)
        """Make one step with the gradients that are there."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                by_shape[parameter.shape].append(parameter)
            for shape, parameters in by_shape.items():
                momenta = torch.stack([self._momentum(p, group["momentum"]) for p in parameters])
                updates = orthogonal(momenta, self._dtype)
                scale = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for parameter, update in zip(parameters, updates, strict=True):
                    parameter.sub_(update, alpha=scale)

    def _momentum(self, parameter: Tensor, momentum: float) -> Tensor:
        gradient = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
        state = self.state[parameter]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        buffer: Tensor = state["momentum_buffer"].lerp_(gradient, 1 - momentum)
        return gradient.lerp(buffer, momentum)


def orthogonal(matrices: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Matrices (n, rows, columns) with their singular values brought near 1, by Newton-Schulz in `dtype`."""
    x = matrices.to(dtype)
    wide = x.mT if x.shape[1] > x.shape[2] else x
    wide = wide / torch.linalg.matrix_norm(wide, keepdim=True).clamp(min=1e-7)
    for _ in range(_ROUNDS):
        gram = wide @ wide.mT
        wide = torch.baddbmm(wide, torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C), wide, beta=_A)
    return (wide.mT if x.shape[1] > x.shape[2] else wide).to(matrices.dtype)
