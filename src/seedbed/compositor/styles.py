"""`seedbed.world.styles` for batches: what a style makes of sprites and of grounds that are not plain.

Sprites are premultiplied RGBA, (batch, 4, height, width), grounds RGB, (batch, 3, height, width), in 0..1.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from seedbed.compositor.brushes import Noise, blurred, edges, noise_of, pixelated, wash, wobbled
from seedbed.world.recolour import DARKEST, LIGHTEST, LUMA
from seedbed.world.styles import GLOOM, MONOCHROME, SEPIA

__all__ = ["GROUNDS", "SPRITES", "lightness", "recoloured", "styled"]

Filter = Callable[[Tensor, int, Noise], Tensor]
"""Takes pictures, the pixels of a cell, and for `_WITH_NOISE` the pictures' noise; for others it is empty."""
_WITH_NOISE = ("watercolour",)
"""The styles whose filters need noise."""


def styled(
    filters: Mapping[str, Filter], style: str, pictures: Tensor, unit: int, seeds: Callable[[], list[int]]
) -> Tensor:
    """What a style makes of pictures by its filter, if it has one; `seeds` is asked only where there is noise."""
    if style not in filters:
        return pictures
    noise = torch.empty(0)
    if style in _WITH_NOISE:
        noise = noise_of(seeds(), (pictures.shape[2], pictures.shape[3]), unit, pictures.device)
    return filters[style](pictures, unit, noise)


def lightness(pictures: Tensor) -> Tensor:
    """Luma in 0..1, (batch, 1, height, width)."""
    luma = torch.as_tensor(LUMA, device=pictures.device)
    return torch.einsum("bchw,c->bhw", pictures[:, :3], luma)[:, None]


def recoloured(sprites: Tensor, colours: Tensor, bodies: Tensor) -> Tensor:
    """Sprites in shades and tints of `colours`, (batch, 3), which the lightness `bodies`, (batch,), becomes."""
    alpha, body, target = sprites[:, 3:], bodies[:, None, None, None], colours[:, :, None, None]
    light = lightness(sprites) / alpha.clamp(min=1e-3)
    shade = (light / body).clamp(0.0, 1.0) ** 0.8
    tint = LIGHTEST * ((light - body) / (1.0 - body)).clamp(0.0, 1.0) ** 1.5
    rgb = target * (DARKEST + (1.0 - DARKEST) * shade)
    rgb = rgb + (1.0 - rgb) * tint
    return torch.cat((rgb * alpha, alpha), dim=1)


def _paper(pictures: Tensor) -> Tensor:
    return pictures[:, 3:] if pictures.shape[1] == 4 else torch.ones_like(pictures[:, :1])


def _with_colours(pictures: Tensor, rgb: Tensor) -> Tensor:
    return torch.cat((rgb, pictures[:, 3:]), dim=1)


def _toned(tones: tuple[tuple[float, float, float], tuple[float, float, float]]) -> Filter:
    def tone(pictures: Tensor, _unit: int, _noise: Noise) -> Tensor:
        low, high = torch.tensor(tones, device=pictures.device)[:, :, None, None]
        return _with_colours(pictures, low * _paper(pictures) + (high - low) * lightness(pictures))

    return tone


def _pastel(pictures: Tensor, _unit: int, _noise: Noise) -> Tensor:
    light = lightness(pictures)
    soft = light + 0.9 * (pictures[:, :3] - light)
    return _with_colours(pictures, 0.54 * soft + 0.44 * _paper(pictures))


def _pixel_art(sprites: Tensor, unit: int, _noise: Noise) -> Tensor:
    return pixelated(sprites, unit // 8 if sprites.shape[2] < 4 * unit else unit // 4)


def _pixel_ground(grounds: Tensor, unit: int, _noise: Noise) -> Tensor:
    return pixelated(grounds, unit // 4, levels=14)


def _ramp(values: Tensor, start: float, length: float) -> Tensor:
    return ((values - start) / length).clamp(0.0, 1.0)


def _drawn_sprite(sprites: Tensor, unit: int, _noise: Noise) -> Tensor:
    lines = _ramp(edges(sprites, 0.028 * unit), 0.09, 0.16)
    alpha = torch.maximum(sprites[:, 3:], lines)
    grey = alpha * (1.0 - lines) + 0.12 * alpha * lines
    return torch.cat((grey, grey, grey, alpha), dim=1)


def _drawn_ground(grounds: Tensor, unit: int, _noise: Noise) -> Tensor:
    lines = _ramp(edges(grounds, 0.028 * unit), 0.02, 0.07)
    return (1.0 - 0.5 * lines).expand_as(grounds)


def _neon_sprite(sprites: Tensor, unit: int, _noise: Noise) -> Tensor:
    lines = _ramp(edges(sprites, 0.034 * unit), 0.1, 0.2)
    lit = lines * _vivid(blurred(sprites, 0.08 * unit))
    light = (lit + 0.75 * blurred(lit, 0.12 * unit)).clamp(0.0, 1.0)
    alpha = torch.maximum(0.8 * sprites[:, 3:], lines)
    return torch.cat((torch.minimum(light, 1.0 - GLOOM * (1.0 - alpha)), alpha), dim=1)


def _neon_ground(grounds: Tensor, unit: int, _noise: Noise) -> Tensor:
    lines = _ramp(edges(grounds, 0.034 * unit), 0.03, 0.1)
    return (0.24 * grounds + 0.3 * lines * (0.3 + grounds)).clamp(max=GLOOM)


def _vivid(sprites: Tensor) -> Tensor:
    rgb = sprites[:, :3] / sprites[:, 3:].clamp(min=1e-3)
    rgb = rgb - 0.75 * rgb.amin(1, keepdim=True)
    return rgb / rgb.amax(1, keepdim=True).clamp(min=0.08)


def _watercolour(sprites: Tensor, unit: int, noise: Noise) -> Tensor:
    wobbly = wobbled(sprites, 0.09 * unit, noise)
    soft = blurred(wobbly, 0.05 * unit)
    rim = ((wobbly[:, 3:] - blurred(wobbly[:, 3:], 0.16 * unit)) * 1.6).clamp(0.0, 0.6)
    thin = (0.42 - 0.5 * wash(noise) - rim).clamp(0.0, 0.6)
    alpha = soft[:, 3:]
    rgb = soft[:, :3] * (1.0 - thin) + alpha * thin
    return torch.cat((rgb * (1.0 - 0.35 * rim), alpha), dim=1)


def _watercolour_ground(grounds: Tensor, unit: int, noise: Noise) -> Tensor:
    soft = blurred(wobbled(grounds, 0.12 * unit, noise), 0.06 * unit)
    thin = (0.62 - 0.5 * wash(noise)).clamp(0.1, 0.8)
    return soft * (1.0 - thin) + thin


SPRITES: dict[str, Filter] = {
    "line art": _drawn_sprite,
    "pixel art": _pixel_art,
    "watercolour": _watercolour,
    "pastel": _pastel,
    "neon": _neon_sprite,
    "sepia": _toned(SEPIA),
    "monochrome": _toned(MONOCHROME),
}
"""What is made of objects; styles that are not named leave them as they are."""
GROUNDS: dict[str, Filter] = SPRITES | {
    "line art": _drawn_ground,
    "pixel art": _pixel_ground,
    "watercolour": _watercolour_ground,
    "neon": _neon_ground,
}
"""What is made of grounds that are not plain."""
