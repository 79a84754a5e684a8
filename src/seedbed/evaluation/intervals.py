"""How far a share that was counted may be from the true one."""

from dataclasses import dataclass
from math import sqrt

__all__ = ["Share"]

_Z = 1.959964
"""Standard deviations on either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    successes: int
    trials: int

    @property
    def value(self) -> float:
        """The share itself, 0 to 1; 0 where nothing was tried."""
        return self.successes / self.trials if self.trials else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval (E. B. Wilson, 1927, JASA 22, 209), which holds near 0 and 1 too."""
        if not self.trials:
            return 0.0, 1.0
        square = _Z**2 / self.trials
        middle = (self.value + square / 2) / (1 + square)
        reach = _Z * sqrt(self.value * (1 - self.value) / self.trials + square / (4 * self.trials)) / (1 + square)
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __add__(self, other: "Share") -> "Share":
        return Share(self.successes + other.successes, self.trials + other.trials)
