"""Pictures cut into squares, and put together again."""

from torch import Tensor

__all__ = ["in_squares", "pictures_of"]


def in_squares(pictures: Tensor, side: int) -> Tensor:
    """(batch, channels, height, width) in squares of `side` pixels, (batch, rows, columns, channels, side, side)."""
    batch, channels, height, width = pictures.shape
    squares = pictures.reshape(batch, channels, height // side, side, width // side, side)
    return squares.permute(0, 2, 4, 1, 3, 5)


def pictures_of(squares: Tensor) -> Tensor:
    """The inverse of `in_squares`."""
    return squares.permute(0, 3, 1, 4, 2, 5).flatten(4, 5).flatten(2, 3)
