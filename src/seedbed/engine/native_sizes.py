"""The sizes that foreign models draw at: those they were trained on, one for each of our shapes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from seedbed.request import AspectRatio, PixelSize, Resolution

__all__ = ["ONE_MEGAPIXEL", "NativeSizes"]

ONE_MEGAPIXEL = 2**20


@dataclass(frozen=True, slots=True)
class NativeSizes:
    """Where one family of models draws best.

    The picture is then cut and enlarged to the contract's pixels.
    """

    multiple: int = 16
    """What both sides must be multiples of."""
    table: Mapping[AspectRatio, tuple[int, int]] = field(default_factory=dict)
    """Width and height for each shape; a shape that is not here has the contract's 1K size."""

    def size(self, aspect_ratio: AspectRatio, megapixels: float | None = None) -> PixelSize:
        """The size to draw `aspect_ratio` at.

        Args:
            aspect_ratio: the shape.
            megapixels: about how many times 2**20 pixels to draw instead; None leaves the native number.
        """
        width, height = self.table.get(aspect_ratio) or _contract(aspect_ratio)
        if megapixels is None:
            return PixelSize(width, height)
        scale = math.sqrt(megapixels * ONE_MEGAPIXEL / (width * height))
        return PixelSize(self._rounded(width * scale), self._rounded(height * scale))

    def _rounded(self, pixels: float) -> int:
        return max(1, round(pixels / self.multiple)) * self.multiple


def _contract(aspect_ratio: AspectRatio) -> tuple[int, int]:
    size = aspect_ratio.pixel_size(Resolution.ONE_K)
    return size.width, size.height
