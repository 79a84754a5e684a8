from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seedbed.world.backgrounds import background
from seedbed.world.canvas import Canvas
from seedbed.world.icons import ICON_SETS, IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.recolour import lightness
from seedbed.world.styles import STYLES
from seedbed.world.wording import STYLE_WORDS

each_style = pytest.mark.parametrize("style", STYLES)
FILTERED = [name for name, rule in STYLES.items() if rule.sprite]
ICON = NOUNS[3].icon


@pytest.fixture(scope="module")
def library(icons: Path) -> IconLibrary:
    return IconLibrary(icons)


def _ground(style: str, name: str = "meadow") -> np.ndarray:
    drawn = background(name, (), 0, Canvas(128, 128))
    ground = STYLES[style].ground
    return ground(drawn, 32, 1) if ground else drawn


def _saturation(rgb: np.ndarray) -> float:
    return float((rgb.max(axis=-1) - rgb.min(axis=-1)).mean())


def test_every_style_has_words_and_a_hand() -> None:
    assert set(STYLE_WORDS) == set(STYLES)
    assert {rule.hand for rule in STYLES.values()} == set(ICON_SETS)


@each_style
@pytest.mark.parametrize("cells", [1, 3, 6])
def test_a_sprite_stays_one(library: IconLibrary, style: str, cells: int) -> None:
    sprite = library.sprite(style, ICON, 32 * cells)
    assert sprite.shape == (32 * cells, 32 * cells, 4)
    assert sprite.min() >= 0
    assert sprite.max() <= 1
    assert sprite[..., 3].mean() > 0.1


@each_style
def test_an_object_stays_where_it_is(library: IconLibrary, style: str) -> None:
    """The same scene in two styles keeps its composition."""
    shape = library.sprite(style, ICON, 96)[..., 3] > 0.5
    hand = library.sprite(STYLES[style].hand, ICON, 96)[..., 3] > 0.5
    assert (shape & hand).sum() / (shape | hand).sum() > 0.85


@pytest.mark.parametrize("style", FILTERED)
def test_a_larger_sprite_is_the_same_picture(library: IconLibrary, style: str) -> None:
    small, large = (library.sprite(style, ICON, 96 * scale, unit=32 * scale) for scale in (1, 2))
    shrunk = large.reshape(96, 2, 96, 2, 4).mean(axis=(1, 3))
    assert np.abs(shrunk - small).mean() < 0.02


@each_style
def test_no_two_styles_draw_alike(library: IconLibrary, style: str) -> None:
    own = library.sprite(style, ICON, 96)
    for other in STYLES:
        assert other == style or np.abs(library.sprite(other, ICON, 96) - own).mean() > 0.015


@pytest.mark.parametrize("style", [name for name, rule in STYLES.items() if rule.ground])
def test_no_two_styles_have_the_same_ground(style: str) -> None:
    own = _ground(style)
    assert own.shape == (128, 128, 3)
    for other in STYLES:
        assert other == style or np.abs(_ground(other) - own).mean() > 0.01


def test_each_style_looks_like_what_it_is_called(library: IconLibrary) -> None:
    def solid(style: str) -> np.ndarray:
        sprite = library.sprite(style, ICON, 192)
        return sprite[sprite[..., 3] > 0.9][:, :3]

    assert _saturation(solid("line art")) == _saturation(solid("monochrome")) == 0
    assert np.quantile(lightness(solid("line art")), 0.5) > 0.95
    assert 0.03 < (lightness(solid("line art")) < 0.3).mean() < 0.5
    sepia = solid("sepia")
    assert (sepia[:, 0] >= sepia[:, 2]).all()
    assert (sepia[:, 0] > sepia[:, 2] + 0.03).mean() > 0.9
    assert lightness(solid("pastel")).min() > 0.4
    assert lightness(solid("pastel")).mean() > lightness(solid("glossy")).mean()
    assert len(np.unique(solid("pixel art"), axis=0)) < len(np.unique(solid("watercolour"), axis=0)) / 4


def test_neon_is_light_on_the_dark(library: IconLibrary) -> None:
    sprite, ground = library.sprite("neon", ICON, 192), _ground("neon")
    assert ground.max() < 0.4
    assert sprite[..., :3].max() > 0.9
    # Light that adds to the ground must not burn out.
    assert (sprite[..., :3] + (1 - sprite[..., 3:]) * ground.max()).max() <= 1.01
    beside = sprite[..., 3] == 0
    assert sprite[beside][:, :3].max() > 0.02, "no glow"


@each_style
def test_a_coloured_object_shows_its_colour(library: IconLibrary, style: str) -> None:
    for colour in STYLES[style].colours:
        others = (library.sprite(style, ICON, 96, other) for other in STYLES[style].colours if other != colour)
        own = library.sprite(style, ICON, 96, colour)
        assert all(np.abs(own - other).max() > 0.1 for other in others)


def test_grounds_are_drawn_the_same_at_twice_the_size() -> None:
    for style, rule in STYLES.items():
        if rule.ground is None:
            continue
        small, large = (
            np.uint8(rule.ground(background("mountains", (), 0, Canvas(128, 128, 32).enlarged(s)), 32 * s, 5) * 255)
            for s in (1, 2)
        )
        shrunk = np.asarray(Image.fromarray(large).reduce(2))
        assert np.abs(shrunk.astype(int) - small).mean() < 4, style
