import colorsys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.icons import IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.recolour import body_lightness, lightness, recoloured

# A body of middling blue, a dark outline and a white eye, all opaque but for one clear pixel.
BODY, OUTLINE, EYE = (60, 90, 200), (10, 10, 12), (255, 255, 255)
PIXELS = [(*BODY, 255)] * 3 + [(*OUTLINE, 255), (*EYE, 255), (0, 0, 0, 0)]
SPRITE: NDArray[np.float32] = np.array([PIXELS], np.float32) / np.float32(255)
HUED = [colour for colour in OBJECT_COLOURS if colour not in ("black", "gray", "white")]


def _painted(colour: str) -> np.ndarray:
    return recoloured(SPRITE, OBJECT_COLOURS[colour], body_lightness(SPRITE))


@pytest.mark.parametrize("colour", OBJECT_COLOURS)
def test_the_body_becomes_the_colour_itself(colour: str) -> None:
    body = _painted(colour)[0, 0, :3] * 255
    assert np.abs(body - OBJECT_COLOURS[colour]).max() < 2


@pytest.mark.parametrize("colour", OBJECT_COLOURS)
def test_outlines_stay_dark_and_eyes_stay_light(colour: str) -> None:
    light = lightness(_painted(colour)[0, :, :3])
    assert light[3] < 0.35
    assert light[4] > 0.85 * max(light[0], 0.85)


def test_what_is_clear_stays_clear() -> None:
    painted = _painted("red")
    assert (painted[0, 5] == 0).all()
    assert np.array_equal(painted[..., 3], SPRITE[..., 3])
    assert (painted[..., :3] <= painted[..., 3:] + 1e-6).all()


@pytest.mark.parametrize("colour", HUED)
@pytest.mark.parametrize("style", ["flat", "glossy"])
def test_an_icon_really_has_the_hue(icons: Path, style: str, colour: str) -> None:
    sprite = IconLibrary(icons).sprite(style, NOUNS[7].icon, 64, colour)
    solid = sprite[(sprite[..., 3] > 0.99) & (sprite[..., :3].max(axis=-1) > 0.2)][:, :3]
    hue = colorsys.rgb_to_hsv(*np.median(solid, axis=0))[0]
    wanted = colorsys.rgb_to_hsv(*(np.array(OBJECT_COLOURS[colour]) / 255))[0]
    assert abs((hue - wanted + 0.5) % 1 - 0.5) < 0.02


def test_a_larger_sprite_has_the_same_colours(icons: Path) -> None:
    small, large = (IconLibrary(icons).sprite("flat", NOUNS[7].icon, side, "purple") for side in (64, 448))
    shrunk = large.reshape(64, 7, 64, 7, 4).mean(axis=(1, 3))
    assert np.abs(shrunk - small).mean() < 0.02
