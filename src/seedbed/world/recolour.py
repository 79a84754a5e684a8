"""Gives a sprite another colour: each pixel keeps its lightness' rank, so that outlines stay dark and eyes white."""

import numpy as np
from numpy.typing import NDArray

from seedbed.world.colours import RGB

__all__ = ["DARKEST", "LIGHTEST", "LUMA", "body_lightness", "lightness", "recoloured"]

LUMA = np.array((0.299, 0.587, 0.114), np.float32)  # ITU-R BT.601
DARKEST, LIGHTEST = 0.12, 0.85
"""What share of the colour an outline keeps, and of white a highlight takes."""


def lightness(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Luma in 0..1 of colours in 0..1, shape (..., 3)."""
    luma: NDArray[np.float32] = rgb @ LUMA
    return luma


def body_lightness(sprite: NDArray[np.float32]) -> float:
    """The lightness that most of a premultiplied RGBA sprite has, but for its outlines and its white."""
    solid = sprite[sprite[..., 3] > 0.5]
    if not len(solid):
        return 0.5
    light = lightness(solid[:, :3] / solid[:, 3:])
    body = light[(light > 0.15) & (light < 0.92)]
    middle = float(np.median(body if len(body) > 0.3 * len(light) else light))
    return min(max(middle, 0.1), 0.95)


def recoloured(sprite: NDArray[np.float32], colour: RGB, body: float) -> NDArray[np.float32]:
    """A premultiplied RGBA sprite in shades and tints of `colour`, which the lightness `body` becomes."""
    alpha = sprite[..., 3:]
    light = lightness(sprite[..., :3])[..., None] / np.maximum(alpha, 1e-3)
    target = np.asarray(colour, np.float32) / 255.0
    shade = np.clip(light / body, 0.0, 1.0) ** 0.8
    tint = LIGHTEST * np.clip((light - body) / (1.0 - body), 0.0, 1.0) ** 1.5
    rgb = target * (DARKEST + (1.0 - DARKEST) * shade)
    rgb += (1.0 - rgb) * tint
    return np.concatenate([rgb * alpha, alpha], axis=-1)
