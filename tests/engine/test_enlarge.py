import pytest
from PIL import Image

from seedbed.engine.enlarge import enlarge
from seedbed.request import AspectRatio, PixelSize, Resolution


@pytest.mark.parametrize("native", [(1664, 928), (928, 1664), (1056, 1584), (1104, 1472), (1328, 1328)])
@pytest.mark.parametrize("ratio", AspectRatio)
def test_any_picture_becomes_any_size_exactly(native: tuple[int, int], ratio: AspectRatio) -> None:
    size = ratio.pixel_size(Resolution.ONE_K)
    assert enlarge(Image.new("L", native), size).size == (size.width, size.height)


def test_what_is_cut_is_the_rim_and_nothing_is_stretched() -> None:
    picture = Image.new("L", (400, 100), 0)
    picture.paste(255, (150, 0, 250, 100))
    square = enlarge(picture, PixelSize(100, 100))
    assert square.getextrema() == (255, 255)
