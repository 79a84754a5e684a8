"""What one caller may take: so many requests a minute."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Allowance", "RateLimiter"]

WINDOW = 60.0
"""Seconds that a rate counts."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a caller after this request."""

    limit: int
    """Requests a window."""
    remaining: int
    """Requests left in this window."""
    reset: int
    """Seconds until the next window."""
    granted: bool
    """Whether this request is within the limit."""

    @property
    def headers(self) -> dict[str, str]:
        """The contract's three headers."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(self.reset),
        }


class RateLimiter:
    """Counts each caller's requests in windows of one minute, in this process.

    Thirty lines of ours instead of a library: those that exist bring three packages, a timer thread and
    back ends we do not have, for one counter; the contract's headers want exactly a window's numbers.

    Args:
        limit: requests a window.
        clock: seconds, from anywhere, never backwards.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, int] = {}

    def take(self, caller: str, own_limit: int | None = None) -> Allowance:
        """Count one request of `caller`, who may have a limit of its own."""
        limit = self._limit if own_limit is None else own_limit
        now = self._clock()
        window = int(now // WINDOW)
        with self._lock:
            if window != self._window:
                # All callers share the window's start: the old counts go in one stroke and never pile up.
                self._window, self._counts = window, {}
            count = self._counts[caller] = self._counts.get(caller, 0) + 1
        reset = math.ceil((window + 1) * WINDOW - now)
        return Allowance(limit, max(0, limit - count), reset, count <= limit)
