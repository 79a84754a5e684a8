import numpy as np
import pytest
from PIL import Image

from seedbed.world.backgrounds import BLENDS, BackgroundLibrary, background, plain_in_style
from seedbed.world.canvas import Canvas
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.styles import STYLES

SQUARE = Canvas(128, 128)
BLUE, PINK = (np.array(BACKGROUNDS[colour]) / 255 for colour in ("blue", "pink"))


def _blend(name: str, variant: int = 0, canvas: Canvas = SQUARE) -> np.ndarray:
    return background(name, ("blue", "pink"), variant, canvas)


@pytest.mark.parametrize("colour", BACKGROUNDS)
def test_a_plain_background_is_its_colour(colour: str) -> None:
    picture = background(colour, (), 0, SQUARE)
    assert np.abs(picture * 255 - BACKGROUNDS[colour]).max() < 0.01


def test_a_gradient_goes_from_the_first_colour_at_the_top_to_the_second() -> None:
    picture = _blend("gradient")
    assert np.abs(picture[0] - BLUE).max() < 0.02
    assert np.abs(picture[-1] - PINK).max() < 0.02
    assert np.abs(picture[64] - (BLUE + PINK) / 2).max() < 0.02
    assert (np.diff(picture[:, 5, 0]) > 0).all()


@pytest.mark.parametrize("variant", range(3))
def test_stripes_are_both_colours_by_halves(variant: int) -> None:
    picture = _blend("stripes", variant)
    blue, pink = (np.abs(picture - colour).max(axis=2) < 0.01 for colour in (BLUE, PINK))
    assert abs(blue.mean() - pink.mean()) < 0.08
    assert (blue | pink).mean() > 0.9


@pytest.mark.parametrize("variant", range(2))
def test_dots_are_the_first_colour_on_the_second(variant: int) -> None:
    picture = _blend("dots", variant)
    blue, pink = (np.abs(picture - colour).max(axis=2) < 0.01 for colour in (BLUE, PINK))
    assert 0.08 < blue.mean() < 0.3
    assert pink.mean() > 0.6


@pytest.mark.parametrize("name", BLENDS)
@pytest.mark.parametrize("variant", range(3))
def test_a_larger_canvas_shows_the_same_blend(name: str, variant: int) -> None:
    small, large = (np.uint8(_blend(name, variant, canvas) * 255) for canvas in (SQUARE, SQUARE.enlarged(2)))
    shrunk = np.asarray(Image.fromarray(large).reduce(2))
    assert np.abs(shrunk.astype(int) - small).mean() < 1


@pytest.mark.parametrize("style", STYLES)
def test_a_library_draws_every_style_once(style: str) -> None:
    library = BackgroundLibrary()
    key = (style, "meadow", (), 1, SQUARE)
    picture = library.picture(key)
    assert picture.shape == (128, 128, 3)
    assert picture.dtype == np.uint8
    assert library.picture(key) is picture
    assert np.array_equal(BackgroundLibrary().picture(key), picture)


@pytest.mark.parametrize("style", STYLES)
def test_what_a_style_shows_of_a_plain_colour_is_still_that_colour(style: str) -> None:
    for colour in STYLES[style].grounds:
        shown = BackgroundLibrary().picture((style, colour, (), 0, SQUARE))[3, 3] / 255
        assert np.abs(shown - plain_in_style(colour, style)).max() < 1 / 254
        nearest = min(BACKGROUNDS, key=lambda name: float(np.abs(_hue(name) - _hue(shown)).sum()))
        if style in ("flat", "glossy", "line art", "pixel art", "watercolour"):
            assert nearest == colour or colour in (
                "white",
                "black",
                "gray",
                "light blue",
                "dark blue",
                "beige",
                "brown",
            )


def _hue(colour: object) -> np.ndarray:
    """A colour without its lightness."""
    rgb = np.array(BACKGROUNDS[colour]) / 255 if isinstance(colour, str) else np.asarray(colour)
    vivid: np.ndarray = rgb - rgb.min()
    return np.asarray(vivid / max(vivid.max(), 1e-3))
