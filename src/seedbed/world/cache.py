"""What was computed once and is kept as long as it fits: the least recently used goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["BoundedCache", "bytes_of_array"]

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """Values by key, of at most `limit` bytes together as `size` counts them."""

    def __init__(self, limit: int, size: Callable[[Value], int]) -> None:
        self._limit = limit
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of `key`, made now if it is not kept."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = self._values[key] = make()
        self._bytes += self._size(value)
        while self._bytes > self._limit and len(self._values) > 1:
            self._bytes -= self._size(self._values.popitem(last=False)[1])
        return value

    def __len__(self) -> int:
        return len(self._values)


def bytes_of_array(array: NDArray[np.uint8]) -> int:
    """How much an array weighs."""
    return array.nbytes
