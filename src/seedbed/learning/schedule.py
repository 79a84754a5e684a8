"""How the learning rate goes over a run: up, level, down to zero."""

__all__ = ["learning_rate"]


def learning_rate(step: int, steps: int, peak: float, warm_up: int, decay: float) -> float:
    """The learning rate of `step` (from 0): linear up over `warm_up` steps, linear down over the last `decay`."""
    rise = min(1.0, (step + 1) / max(warm_up, 1))
    fall = min(1.0, (steps - step) / max(steps * decay, 1.0))
    return peak * min(rise, fall)
