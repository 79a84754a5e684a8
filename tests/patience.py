"""How long tests wait for what must come. Whoever is patient fails for a reason, not for a busy machine."""

from typing import Final

__all__ = ["PATIENCE"]

PATIENCE: Final = 90.0
"""Seconds; less than a third of what one test may take."""
