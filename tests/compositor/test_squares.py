import pytest
import torch

from seedbed.compositor.squares import in_squares, pictures_of


@pytest.mark.parametrize("shape", [(2, 3, 8, 12), (1, 4, 4, 4), (3, 1, 12, 8)])
def test_pictures_in_squares_are_put_together_again(shape: tuple[int, ...]) -> None:
    pictures = torch.arange(torch.Size(shape).numel()).view(shape)
    squares = in_squares(pictures, 4)
    assert squares.shape == (shape[0], shape[2] // 4, shape[3] // 4, shape[1], 4, 4)
    assert torch.equal(pictures_of(squares), pictures)


def test_a_square_is_the_part_of_its_picture() -> None:
    pictures = torch.arange(2 * 3 * 8 * 12).view(2, 3, 8, 12)
    assert torch.equal(in_squares(pictures, 4)[1, 1, 2], pictures[1, :, 4:8, 8:12])
