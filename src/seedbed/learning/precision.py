"""Whether bfloat16 pays on a processor: with AMX it is ten times faster than float32, without it can be slower."""

from functools import cache
from time import perf_counter

import torch

__all__ = ["bfloat16_pays"]

_SIDE, _ROUNDS = 1024, 8


@cache
def bfloat16_pays(device: torch.device | None = None) -> bool:
    """Whether matrix products are faster in bfloat16 than in float32.

    Of the CPU, which None means, it is measured, once, in a tenth of a second; of a GPU it is known.
    """
    if device is not None and device.type != "cpu":
        return torch.cuda.is_bf16_supported()
    return _seconds(torch.bfloat16) < _seconds(torch.float32)


def _seconds(dtype: torch.dtype) -> float:
    """The fastest of a few products: other load can only slow one down."""
    matrix = torch.ones(_SIDE, _SIDE, dtype=dtype)
    times = []
    for _ in range(_ROUNDS):
        began = perf_counter()
        matrix @ matrix
        times.append(perf_counter() - began)
    return min(times)
