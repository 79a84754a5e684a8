from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from seedbed.evaluation.grounds import GroundMatcher
from seedbed.world.backgrounds import BLENDS
from seedbed.world.icons import IconLibrary
from seedbed.world.render import render
from seedbed.world.sceneries import SCENERIES
from tests.evaluation.truth import SQUARE, placed, scene

CAT = placed(3, 0.25, 0.5, 0.5)
CATS_BOX = (0.25 * SQUARE.width, 0.5 * SQUARE.height, 0.5 * SQUARE.width)


@pytest.fixture(scope="module")
def library(icons: Path) -> IconLibrary:
    return IconLibrary(icons)


def _picture(library: IconLibrary, ground: str, style: str = "glossy") -> NDArray[np.float32]:
    colours = ("blue", "yellow") if ground in BLENDS else ()
    shown = scene(CAT, background=ground, style=style, ground_colours=colours, variant=1)
    return render(shown, library).astype(np.float32) / 255.0


def _kind(library: IconLibrary, picture: NDArray[np.float32], style: str = "glossy", *, known: bool = True) -> str:
    return GroundMatcher(library.backgrounds).ground(picture, [CATS_BOX] if known else [], style, SQUARE).kind


@pytest.mark.parametrize("ground", [*SCENERIES, *BLENDS])
def test_every_kind_of_ground_is_told(library: IconLibrary, ground: str) -> None:
    assert _kind(library, _picture(library, ground)) == ground


@pytest.mark.parametrize("ground", ["studio", "city", "stripes", "white"])
@pytest.mark.parametrize("style", ["line art", "neon", "watercolour", "pixel art", "sepia"])
def test_in_every_style(library: IconLibrary, ground: str, style: str) -> None:
    shown = "black" if (ground, style) == ("white", "neon") else ground
    expected = "plain" if ground == "white" else ground
    assert _kind(library, _picture(library, shown, style), style) == expected


@pytest.mark.parametrize("colour", ["white", "red", "dark blue"])
def test_a_plain_ground_with_faults_stays_plain(library: IconLibrary, colour: str) -> None:
    """What a model gets wrong of it: bright cells around an object, and grain."""
    picture = _picture(library, colour)
    picture[64:192, 128:192] += 0.03
    picture += np.random.default_rng(0).normal(0.0, 0.02, picture.shape).astype(np.float32)
    assert _kind(library, np.clip(picture, 0.0, 1.0)) == "plain"


@pytest.mark.parametrize("ground", ["beach", "white", "gradient"])
def test_what_was_overlooked_before_it_does_not_count(library: IconLibrary, ground: str) -> None:
    expected = "plain" if ground == "white" else ground
    assert _kind(library, _picture(library, ground), known=False) == expected


def test_a_blurred_ground_is_still_told(library: IconLibrary) -> None:
    picture = _picture(library, "mountains")
    blurred = picture.reshape(32, 8, 32, 8, 3).mean((1, 3)).repeat(8, 0).repeat(8, 1)
    assert _kind(library, blurred) == "mountains"


def test_what_is_no_ground_is_called_none(library: IconLibrary) -> None:
    mess = np.random.default_rng(0).random((8, 8, 3), np.float32).repeat(32, 0).repeat(32, 1)
    assert _kind(library, mess) == "unknown"


def test_a_picture_filled_by_one_object_is_told_by_its_corners(library: IconLibrary) -> None:
    huge = [(0.5 * SQUARE.width, 0.5 * SQUARE.height, 1.0 * SQUARE.width)]
    picture = render(scene(background="red"), library).astype(np.float32) / 255.0
    assert GroundMatcher(library.backgrounds).ground(picture, huge, "glossy", SQUARE).kind == "plain"


@pytest.mark.parametrize("ground", ["room", "forest", "city"])
def test_a_part_of_a_scenery_is_seen_to_be_one_and_an_object_is_not(library: IconLibrary, ground: str) -> None:
    picture = _picture(library, ground)
    beside = (0.75 * SQUARE.width, 0.5 * SQUARE.height, 0.4 * SQUARE.width)
    seen = GroundMatcher(library.backgrounds).ground(picture, [CATS_BOX], "glossy", SQUARE)
    assert seen.shows(picture, beside, [CATS_BOX])
    assert not seen.shows(picture, CATS_BOX, [])


def test_on_a_plain_ground_nothing_is_a_part_of_it(library: IconLibrary) -> None:
    picture = _picture(library, "white")
    seen = GroundMatcher(library.backgrounds).ground(picture, [CATS_BOX], "glossy", SQUARE)
    assert not seen.shows(picture, (0.75 * SQUARE.width, 0.5 * SQUARE.height, 0.4 * SQUARE.width), [])


def test_a_style_that_the_ground_is_not_drawn_in_explains_less_of_it(library: IconLibrary) -> None:
    picture, matcher = _picture(library, "forest"), GroundMatcher(library.backgrounds)
    left = {style: matcher.ground(picture, [CATS_BOX], style, SQUARE).unexplained for style in ("glossy", "monochrome")}
    assert left["glossy"] < 0.5 * left["monochrome"]
