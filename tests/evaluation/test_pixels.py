import numpy as np
import pytest

from seedbed.evaluation.pixels import SIDE, body_mask, ground_colour, lab, nearest, object_colour, saturation
from seedbed.world.colours import BACKGROUNDS, OBJECT_COLOURS
from seedbed.world.icons import ICON_SETS, IconLibrary
from seedbed.world.nouns import NOUNS


@pytest.mark.parametrize(
    ("rgb", "expected"),
    # http://www.brucelindbloom.com, sRGB and D65.
    [((1, 1, 1), (100, 0, 0)), ((1, 0, 0), (53.24, 80.09, 67.2)), ((0, 0, 1), (32.3, 79.19, -107.86))],
)
def test_lab_is_the_standards(rgb: tuple[float, ...], expected: tuple[float, ...]) -> None:
    np.testing.assert_allclose(lab(np.array(rgb, np.float32)), expected, atol=0.1)


def test_every_named_colour_is_nearest_to_itself() -> None:
    for names in (BACKGROUNDS, OBJECT_COLOURS):
        for name, rgb in names.items():
            assert nearest(lab(np.array(rgb, np.float32) / np.float32(255)), names) == name


def _ground(colour: str) -> np.ndarray:
    return np.full((96, 160, 3), BACKGROUNDS[colour], np.float32) / 255


@pytest.mark.parametrize("colour", BACKGROUNDS)
def test_a_plain_ground_is_told_beside_what_stands_on_it(colour: str) -> None:
    picture = _ground(colour)
    picture[10:80, 20:90] = np.random.default_rng(0).random((70, 70, 3))
    assert ground_colour(picture, [(55, 45, 70)], BACKGROUNDS) == colour


def test_what_fills_the_picture_leaves_its_corners() -> None:
    picture = _ground("teal")[:, :96]
    picture[1:-1, 1:-1] = 0.0
    assert ground_colour(picture, [(48, 48, 96)], BACKGROUNDS) == "teal"


def test_an_uneven_ground_has_no_colour() -> None:
    picture = _ground("blue")
    picture[:, 80:] = _ground("yellow")[:, 80:]
    assert ground_colour(picture, [], BACKGROUNDS) is None


@pytest.mark.parametrize("hand", ICON_SETS)
@pytest.mark.parametrize("colour", OBJECT_COLOURS)
def test_the_colour_that_an_icon_was_given_is_told(library: IconLibrary, hand: str, colour: str) -> None:
    icon = NOUNS[5].icon
    picture = np.ones((120, 120, 3), np.float32)
    sprite = library.sprite(hand, icon, 80, colour)
    picture[20:100, 30:110] = picture[20:100, 30:110] * (1 - sprite[..., 3:]) + sprite[..., :3]
    body = body_mask(library.sprite(hand, icon, SIDE))
    assert object_colour(picture, (70, 60, 80), body) == colour


def test_a_body_is_neither_outline_nor_highlight() -> None:
    sprite = np.ones((SIDE, SIDE, 4), np.float32)
    sprite[..., :3] = 0.5
    sprite[:8, :, :3] = 0.0
    sprite[-8:, :, :3] = 1.0
    body = body_mask(sprite)
    assert body[8:-8].all()
    assert not body[:8].any()
    assert not body[-8:].any()


def test_saturation_is_that_of_hsv() -> None:
    picture = np.array([[[1.0, 0.0, 0.0], [0.5, 0.5, 0.5]]], np.float32)
    assert saturation(picture) == pytest.approx(0.5)
