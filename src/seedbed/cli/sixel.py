"""A picture as sixel data: DEC's graphics, six rows at a time, which many terminals show.

Source: DEC, "VT330/VT340 Programmer Reference Manual", volume 2, chapter 14.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["COLOURS", "sixel_data"]

COLOURS: Final = 256
"""As many registers as common terminals have."""
ROWS: Final = 6
FIRST_CHARACTER: Final = 0x3F
"""What stands for a column of six pixels of which none is set; 63 further ones follow."""
SHORTEST_RUN: Final = 4
"""Fewer equal characters are no shorter with their count before them."""


def sixel_data(picture: "Image") -> str:
    """The device control string that shows the picture, in at most `COLOURS` colours of its own.

    Args:
        picture: RGB, of any size.
    """
    indexed = picture.quantize(COLOURS)
    palette = np.array(indexed.getpalette(), dtype=np.uint8).reshape(-1, 3)
    pixels = np.asarray(indexed)
    height, width = pixels.shape
    bands = (_band(pixels[top : top + ROWS]) for top in range(0, height, ROWS))
    # P2=1: what no colour sets stays as it is; 1;1: pixels are square.
    return f'\x1bP0;1;0q"1;1;{width};{height}{_registers(palette)}{"-".join(bands)}\x1b\\'


def _registers(palette: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]") -> str:
    """Each colour's definition; 2: red, green and blue, in percent."""
    shares = np.rint(palette * (100 / 255)).astype(int)
    return "".join(f"#{number};2;{red};{green};{blue}" for number, (red, green, blue) in enumerate(shares))


def _band(rows: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]") -> str:
    """Up to six rows, one colour over the other; `$` goes back to their left edge."""
    width = rows.shape[1]
    layers = np.zeros((COLOURS, width), dtype=np.uint8)
    for bit, row in enumerate(rows):
        layers[row, np.arange(width)] |= 1 << bit
    return "$".join(f"#{colour}{_runs(layers[colour])}" for colour in np.unique(rows))


def _runs(columns: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> str:
    """The columns as characters, runs of equal ones as their count; what is empty at the right is left out."""
    starts = np.flatnonzero(np.diff(columns, prepend=np.int16(-1)))
    lengths = np.diff(starts, append=len(columns))
    pairs = list(zip(columns[starts].tolist(), lengths.tolist(), strict=True))
    if pairs[-1][0] == 0:
        del pairs[-1]
    return "".join(_run(chr(FIRST_CHARACTER + value), length) for value, length in pairs)


def _run(character: str, length: int) -> str:
    return character * length if length < SHORTEST_RUN else f"!{length}{character}"
