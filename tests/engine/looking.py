"""Viewers of the tests' own, and a clock that only they move."""

import io
from dataclasses import dataclass, field

from PIL import Image

__all__ = ["Clock", "Looker"]


@dataclass
class Clock:
    """Stands still until somebody moves it; seconds."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Looker:
    """Looks on while it shall, and keeps what it sees."""

    is_looking: bool = True
    seen: list[bytes] = field(default_factory=list)

    def show(self, jpeg: bytes) -> None:
        self.seen.append(jpeg)

    @property
    def pictures(self) -> list[Image.Image]:
        """What it saw, decoded."""
        return [Image.open(io.BytesIO(jpeg), formats=["JPEG"]).convert("RGB") for jpeg in self.seen]
