"""What the styles' filters are made of: blurs, edges, blocks and uneven paint, all at any size."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

__all__ = ["blurred", "edges", "pixelated", "wash", "wobbled"]

Pixels = NDArray[np.float32]


def blurred(picture: Pixels, sigma: float) -> Pixels:
    """A Gaussian blur of `sigma` pixels; shape (height, width, channels), one, three or four of them, in 0..1."""
    # Pillow's blur is rounded to 1 / 255, and many times as fast as one of numpy's.
    pixels = (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(sigma))).astype(np.float32) / 255.0
    return soft.reshape(picture.shape)


def edges(picture: Pixels, sigma: float) -> Pixels:
    """How much the picture changes over a length of `sigma` pixels, shape (height, width)."""
    soft = blurred(picture, sigma)
    down, across = np.gradient(soft, axis=(0, 1))
    slope: Pixels = np.sqrt((down**2 + across**2).max(axis=-1)) * np.float32(sigma)
    return slope


def pixelated(picture: Pixels, block: int, levels: int = 7) -> Pixels:
    """Blocks of one colour out of few; of a sprite, each block is there or is not."""
    height, width, channels = picture.shape
    rows, columns = -(-height // block), -(-width // block)
    whole = np.pad(picture, ((0, rows * block - height), (0, columns * block - width), (0, 0)), mode="edge")
    means = whole.reshape(rows, block, columns, block, channels).mean(axis=(1, 3))
    if channels == 4:
        solid = (means[..., 3:] > 0.5).astype(np.float32)
        means = np.concatenate([means[..., :3] / np.maximum(means[..., 3:], 1e-3), solid], axis=-1)
    few = np.round(np.clip(means[..., :3], 0.0, 1.0) * (levels - 1)) / (levels - 1)
    if channels == 4:
        few = np.concatenate([few * means[..., 3:], means[..., 3:]], axis=-1)
    large: Pixels = few.repeat(block, axis=0).repeat(block, axis=1).astype(np.float32)
    return large[:height, :width]


def wash(shape: tuple[int, int], unit: int, seed: int) -> Pixels:
    """Uneven paint in 0..1: coarse blots and finer ones, the same at any size."""
    return 0.65 * _noise(shape, unit, 1.0, seed) + 0.35 * _noise(shape, unit, 4.0, seed + 1)


def wobbled(picture: Pixels, reach: float, unit: int, seed: int) -> Pixels:
    """The picture with each pixel moved by up to `reach` pixels, neighbours alike."""
    height, width, _ = picture.shape
    rows = np.arange(height)[:, None] + reach * (2 * _noise((height, width), unit, 2.0, seed + 2) - 1)
    columns = np.arange(width)[None, :] + reach * (2 * _noise((height, width), unit, 2.0, seed + 3) - 1)
    top, left = np.clip(rows, 0, height - 1.001), np.clip(columns, 0, width - 1.001)
    y, x = top.astype(int), left.astype(int)
    down, right = (top - y)[..., None].astype(np.float32), (left - x)[..., None].astype(np.float32)
    above: Pixels = picture[y, x] * (1 - right) + picture[y, x + 1] * right
    below = picture[y + 1, x] * (1 - right) + picture[y + 1, x + 1] * right
    moved: Pixels = above * (1 - down) + below * down
    return moved


@lru_cache(64)
def _noise(shape: tuple[int, int], unit: int, fineness: float, seed: int) -> Pixels:
    """Smooth noise in 0..1 with `fineness` blots to a cell."""
    rows, columns = (max(2, int(side / unit * fineness) + 2) for side in shape)
    blots = np.random.default_rng(seed).random((rows, columns), np.float32)
    image = Image.fromarray(blots).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    noise: Pixels = np.clip(np.asarray(image), 0.0, 1.0)
    return noise
