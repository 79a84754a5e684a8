"""A picture at the contract's exact pixels, whatever size its model drew."""

from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from seedbed.request import PixelSize

__all__ = ["enlarge"]


def enlarge(picture: Image.Image, size: PixelSize) -> Image.Image:
    """The picture at exactly `size`: cut to its ratio around the middle, never stretched."""
    scale = min(picture.width / size.width, picture.height / size.height)
    # Rounding must not lead past the picture's edges, which Pillow refuses.
    width, height = min(size.width * scale, picture.width), min(size.height * scale, picture.height)
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    box = (left, top, left + width, top + height)
    if picture.mode != "RGB":
        return _resized(picture, size, box)
    # Channel by channel it is the same, and takes as many of the machine's cores.
    with ThreadPoolExecutor(len(picture.mode)) as pool:
        return Image.merge("RGB", list(pool.map(lambda channel: _resized(channel, size, box), picture.split())))


def _resized(picture: Image.Image, size: PixelSize, box: tuple[float, float, float, float]) -> Image.Image:
    return picture.resize((size.width, size.height), Image.Resampling.LANCZOS, box=box)
