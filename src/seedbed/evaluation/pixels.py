"""Colours by rule: what a picture's pixels are nearest to, in a space made for differences that people see."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seedbed.world.colours import OBJECT_COLOURS, RGB
from seedbed.world.recolour import body_lightness, lightness

__all__ = ["body_mask", "free_mask", "free_pixels", "ground_colour", "lab", "nearest", "object_colour", "saturation"]

Pixels = NDArray[np.float32]
SIDE = 48
"""Pixels of a side at which an object's colour is read."""
_EVEN = 14.0
"""How far, in Lab, most of a plain ground's pixels may be from its middle."""
# sRGB to CIE XYZ over the white of D65 (IEC 61966-2-1).
_XYZ = np.array(((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)), np.float32)
_WHITE = np.array((0.9505, 1.0, 1.089), np.float32)


def lab(rgb: Pixels) -> Pixels:
    """CIE L*a*b* of sRGB colours in 0..1, shape (..., 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0.0) + 0.055) / 1.055) ** 2.4)
    share = (linear @ _XYZ.T) / _WHITE
    root = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1).astype(np.float32)


def nearest(colour: Pixels, names: Mapping[str, RGB]) -> str:
    """The name whose colour is nearest to a colour in Lab, shape (3,)."""
    return min(names, key=lambda name: float(np.linalg.norm(_lab_of(names[name]) - colour)))


def body_mask(sprite: Pixels) -> NDArray[np.bool_]:
    """Where a premultiplied RGBA sprite has the lightness that a colour replaces: neither outline nor highlight."""
    alpha = sprite[..., 3]
    light = lightness(sprite[..., :3]) / np.maximum(alpha, 1e-3)
    far = np.where(alpha > 0.9, np.abs(light - body_lightness(sprite)), np.inf)
    solid = int((alpha > 0.9).sum())
    # The nearest third: enough to be read even where no part is quite of that lightness.
    most = max(solid // 3, 1)
    body: NDArray[np.bool_] = far <= np.partition(far, most, axis=None)[most]
    return body


def object_colour(picture: Pixels, box: tuple[float, float, float], body: NDArray[np.bool_]) -> str:
    """The named colour of an object's body.

    picture: (height, width, 3) in 0..1. box: the object's centre and side in pixels. body: where on the object to
    look, (SIDE, SIDE).
    """
    x, y, side = box
    image = Image.fromarray((picture * 255.0 + 0.5).astype(np.uint8))
    left, top = x - side / 2, y - side / 2
    square = image.crop((round(left), round(top), round(left + side), round(top + side)))
    small = np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32) / 255.0
    return nearest(np.median(lab(small[body]), axis=0), OBJECT_COLOURS)


def ground_colour(picture: Pixels, boxes: Sequence[tuple[float, float, float]], names: Mapping[str, RGB]) -> str | None:
    """The name of a plain ground's colour, or None where it is not plain.

    picture: (height, width, 3) in 0..1. boxes: centre and side of what stands before it, in pixels. names: what plain
    grounds look like.
    """
    colours = lab(free_pixels(picture, boxes))
    middle = np.median(colours, axis=0)
    even = np.linalg.norm(colours - middle, axis=-1) < _EVEN
    return nearest(middle, names) if even.mean() > 0.6 else None


def free_pixels(picture: Pixels, boxes: Sequence[tuple[float, float, float]]) -> Pixels:
    """The picture where nothing stands, (pixels, 3); its corners where it is filled by one huge object."""
    height, width, _ = picture.shape
    free = free_mask(height, width, boxes)
    if free.mean() < 0.03:
        free[:] = False
        free[:: height - 1, :: width - 1] = True
    return picture[free]


def free_mask(height: int, width: int, boxes: Sequence[tuple[float, float, float]]) -> NDArray[np.bool_]:
    """Where nothing stands, (height, width). boxes: centre and side of what does, in pixels."""
    free = np.ones((height, width), bool)
    for x, y, side in boxes:
        left, top, right, bottom = (round(value) for value in (x - side / 2, y - side / 2, x + side / 2, y + side / 2))
        free[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = False
    return free


def saturation(picture: Pixels) -> float:
    """Mean saturation, as of HSV, of a picture in 0..1."""
    highest = picture.max(-1)
    return float(((highest - picture.min(-1)) / np.maximum(highest, 1e-3)).mean())


@cache
def _lab_of(colour: RGB) -> Pixels:
    return lab(np.asarray(colour, np.float32) / 255.0)
