import pytest

from seedbed.engine.native_sizes import NativeSizes
from seedbed.request import AspectRatio, PixelSize, Resolution


@pytest.mark.parametrize("ratio", AspectRatio)
def test_a_shape_without_an_entry_has_the_contracts_1k_size(ratio: AspectRatio) -> None:
    assert NativeSizes().size(ratio) == ratio.pixel_size(Resolution.ONE_K)


def test_an_entry_wins() -> None:
    sizes = NativeSizes(table={AspectRatio.SQUARE_1_1: (1328, 1328)})
    assert sizes.size(AspectRatio.SQUARE_1_1) == PixelSize(1328, 1328)


@pytest.mark.parametrize("ratio", AspectRatio)
@pytest.mark.parametrize("megapixels", [0.02, 0.25, 2.0])
def test_another_number_of_pixels_keeps_shape_and_multiple(ratio: AspectRatio, megapixels: float) -> None:
    size = NativeSizes(16).size(ratio, megapixels)
    native = ratio.pixel_size(Resolution.ONE_K)
    assert size.width % 16 == size.height % 16 == 0
    assert abs(size.width * size.height / (megapixels * 2**20) - 1) < 0.15
    assert abs(size.width / size.height / (native.width / native.height) - 1) < 0.15


def test_no_size_is_nothing() -> None:
    assert NativeSizes(64).size(AspectRatio.WIDESCREEN_16_9, 1e-9) == PixelSize(64, 64)
