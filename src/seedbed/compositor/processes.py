"""Work for all of a machine's cores: what Python and the rasteriser do, they do one at a time in one process."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

__all__ = ["in_processes"]

Item = TypeVar("Item")
Result = TypeVar("Result")
_AT_ONCE = 8
"""Items that a process takes at once."""


def in_processes(work: Callable[[Item], Result], items: Sequence[Item], processes: int) -> Iterator[Result]:
    """What `work`, a function of a module's, makes of each item, in their order; with 0 processes it is done here."""
    if not processes:
        yield from map(work, items)
        return
    # Begun anew, not forked: a fork of a process that uses a GPU cannot use it, and may hang.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(work, items, chunksize=_AT_ONCE)
