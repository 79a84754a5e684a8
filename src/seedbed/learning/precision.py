"""Whether bfloat16 pays on a processor: with AMX it is ten times faster than float32, without it can be slower."""

from functools import cache
from time import perf_counter

import torch

__all__ = ["bfloat16_pays"]

_SMALL, _LARGE, _ROUNDS = 128, 1024, 8
_HOPELESS = 10
"""So many times slower with small matrices, it is not timed with large ones: that would take a minute and more."""


@cache
def bfloat16_pays(device: torch.device | None = None) -> bool:
    """Whether matrix products are faster in bfloat16 than in float32.

    Of the CPU, which None means, it is measured, once, in a tenth of a second; of a GPU it is known.
    """
    if device is not None and device.type != "cpu":
        return bool(torch.cuda.is_bf16_supported())
    if _seconds(torch.bfloat16, _SMALL) > _HOPELESS * _seconds(torch.float32, _SMALL):
        return False
    return _seconds(torch.bfloat16, _LARGE) < _seconds(torch.float32, _LARGE)


def _seconds(dtype: torch.dtype, side: int) -> float:
    """The fastest of a few products of so many rows: other load can only slow one down."""
    matrix = torch.ones(side, side, dtype=dtype)
    times = []
    for _ in range(_ROUNDS):
        began = perf_counter()
        matrix @ matrix
        times.append(perf_counter() - began)
    return min(times)
